import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Script, ScriptedConnection, WireRequest } from './scripted-server.js';

interface Line {
  readonly dir: string;
  readonly msg?: {
    id?: number;
    method?: string;
    params?: Record<string, unknown>;
    [member: string]: unknown;
  };
}

/**
 * Answers requests as the reference server did in a recording. A request takes the first recorded request of the same
 * content that is left; events that followed it come after the answer. What the recording only mentions
 * (subscriptions, `closeSession`) is answered as usual.
 */
export class TranscriptScript {
  readonly #lines: readonly Line[];
  readonly #used = new Set<number>();
  #subscriptions = 0;

  constructor(recording: string) {
    // Compiled files have no fixtures beside them.
    const file = new URL(`../../src/fixtures/wire/${recording}.jsonl`, import.meta.url);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    this.#lines = lines.map((line) => JSON.parse(line) as Line);
  }

  readonly script: Script = (request, connection) => {
    const index = this.#lines.findIndex((line, i) => !this.#used.has(i) && isSame(line, request));
    if (index >= 0) {
      this.#used.add(index);
      this.#answer(index, request, connection);
    } else if (request.method === 'subscribe') {
      connection.answer(request, { sessionId: 'session-1', value: `mentioned-${this.#subscriptions++}` });
    } else if (request.method === 'closeSession') {
      connection.answer(request, null);
    } else {
      connection.refuse(request, -32000, 'SERVER_ERROR', `not recorded: ${JSON.stringify(request)}`);
    }
  };

  /** The result that was recorded for the n-th request of a method. */
  recordedResult(method: string, n = 0): unknown {
    const request = this.#lines.filter(({ dir, msg }) => dir === 'c2s' && msg?.method === method)[n];
    return this.#lines.find(({ dir, msg }) => dir === 's2c' && msg?.id === request?.msg?.id)?.msg?.result;
  }

  #answer(index: number, request: WireRequest, connection: ScriptedConnection): void {
    const recorded = this.#lines[index]?.msg?.id;
    const answer = this.#lines.find(({ dir, msg }, i) => i > index && dir === 's2c' && msg?.id === recorded);
    connection.send({ jsonrpc: '2.0', ...answer?.msg, id: request.id });
    for (const { dir, msg } of this.#lines.slice(index + 1)) {
      if (dir === 'c2s') break;
      if (msg?.method === 'onEvent') connection.send({ jsonrpc: '2.0', ...msg });
    }
  }
}

function isSame({ dir, msg }: Line, { method, params }: WireRequest): boolean {
  return dir === 'c2s' && msg?.method === method && isDeepStrictEqual(plain(msg.params), plain(params));
}

/** Without what clients may leave out: session, hints, and members that are empty objects. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .filter(([name]) => !['sessionId', '__module__', '__type__', 'jsonrpc'].includes(name))
    .map(([name, member]): [string, unknown] => [name, plain(member)])
    .filter(
      ([, member]) => !(typeof member === 'object' && member !== null && Object.keys(member).length === 0),
    );
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
