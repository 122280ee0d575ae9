import { get as httpGet } from 'node:http';

/** Parts and segments that are kept for other players. */
const MAX_KEPT = 24;
/** A playlist or part may be waited for this long at its origin, ms; a little more than that waits by itself. */
const TIMEOUT_MILLIS = 15_000;
const PASSED = ['content-type', 'cache-control', 'retry-after'] as const;

export interface LiveReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What an HTTP server on this machine answers, asked once for however many want the same. */
export class LiveReplies {
  readonly #base: string;
  readonly #replies = new Map<string, Promise<LiveReply>>();

  /** @param base what its URLs begin with */
  constructor(base: string) {
    this.#base = base;
  }

  /** Rejects when it can't be reached. */
  get(file: string, query: string | undefined): Promise<LiveReply> {
    const name = query === undefined ? file : `${file}?${query}`;
    const known = this.#replies.get(name);
    if (known !== undefined) return known;
    const reply = fetchReply(this.#base + name);
    this.#replies.set(name, reply);
    const forget = (): void => {
      if (this.#replies.get(name) === reply) this.#replies.delete(name);
    };
    // Names of media are never given again; a playlist is another one the next time.
    const isMedia = /^(init|part|segment)-\d+\./.test(name);
    reply.then(({ status }) => (isMedia && status === 200 ? this.#keep() : forget()), forget);
    return reply;
  }

  #keep(): void {
    for (const name of this.#replies.keys()) {
      if (this.#replies.size <= MAX_KEPT) return;
      this.#replies.delete(name);
    }
  }
}

function fetchReply(url: string): Promise<LiveReply> {
  return new Promise((resolve, reject) => {
    const request = httpGet(url, { timeout: TIMEOUT_MILLIS }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const headers: Record<string, string> = {};
        for (const name of PASSED) {
          const value = answer.headers[name];
          if (value !== undefined) headers[name] = value;
        }
        resolve({ status: answer.statusCode ?? 502, headers, body: Buffer.concat(parts) });
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  });
}
