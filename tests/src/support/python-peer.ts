import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EchoChannel, InteropPeer, Received } from './interop.js';
import type { Candidate } from './kurento.js';

// Debian's, which its bindings are for; another may come first in the path.
const PYTHON = '/usr/bin/python3';
const STATUS_INTERVAL_MS = 50;

interface Status {
  state: string;
  channelIsOpen: boolean;
  received: Received;
}

interface Line {
  id?: number;
  result?: unknown;
  message?: string;
  bytes?: string;
}

/**
 * A peer in Python, in a process of its own that is led by JSON lines on its standard input: see gstreamer_peer.py and
 * aiortc_peer.py.
 */
export class PythonPeer implements InteropPeer {
  readonly #process: ChildProcess;
  readonly #pending: { resolve(result: unknown): void; reject(error: Error): void }[] = [];
  readonly #messages: (string | Buffer)[] = [];
  readonly #timer = setInterval(() => {
    if (this.#opened) this.#asking ??= this.#askStatus();
  }, STATUS_INTERVAL_MS);
  #status: Status = { state: 'new', channelIsOpen: false, received: { audio: 0, video: 0, strange: 0 } };
  #opened = false;
  #asking: Promise<void> | undefined;

  constructor(
    program: string,
    readonly media: boolean,
  ) {
    const path = fileURLToPath(new URL(`../../src/support/${program}`, import.meta.url));
    this.#process = spawn(PYTHON, [path], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#process.stdout! }).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      if (line.id !== undefined) this.#pending[line.id]?.resolve(line.result);
      else this.#messages.push(line.message ?? Buffer.from(line.bytes ?? '', 'base64'));
    });
    this.#process.once('exit', (code, signal) => {
      // Those that were answered take no notice.
      for (const { reject } of this.#pending) reject(new Error(`the peer ended: ${code ?? signal}`));
    });
  }

  get received(): Received {
    return this.#status.received;
  }

  async createOffer(): Promise<string> {
    await this.#open();
    return this.#request<string>('offer');
  }

  createDirectedOffer(direction: 'sendonly' | 'sendrecv'): Promise<string> {
    return this.#request('directed_offer', { direction });
  }

  createAnswer(sdp: string): Promise<string> {
    this.#opened = true;
    return this.#request('answer', { sdp });
  }

  async acceptAnswer(sdp: string): Promise<void> {
    await this.#request('accept', { sdp });
  }

  async addCandidate({ candidate, sdpMLineIndex }: Candidate): Promise<void> {
    await this.#request('candidate', { index: sdpMLineIndex, line: candidate });
  }

  isConnected(): boolean {
    return this.#status.state === 'connected';
  }

  /** Its pipeline sends from the moment it is connected. */
  startMedia(): void {}

  createChannel(label: string): EchoChannel {
    void this.#open();
    void this.#request('make_channel', { label });
    return {
      messages: this.#messages,
      send: (message) =>
        void this.#request(
          'send',
          typeof message === 'string' ? { text: message } : { data: message.toString('base64') },
        ),
    };
  }

  channelIsOpen(): boolean {
    return this.#status.channelIsOpen;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#asking;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill();
    await ended;
  }

  async #open(): Promise<void> {
    if (this.#opened) return;
    this.#opened = true;
    await this.#request('open', { media: this.media });
  }

  async #askStatus(): Promise<void> {
    this.#status = await this.#request<Status>('status');
    this.#asking = undefined;
  }

  #request<T>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = this.#pending.push({ resolve: (result) => resolve(result as T), reject }) - 1;
      this.#process.stdin?.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }
}

/** Whether Debian's Python runs a program without an error: what a peer needs is there. */
export function pythonRuns(program: string): boolean {
  return spawnSync(PYTHON, ['-c', program], { stdio: 'ignore' }).status === 0;
}
