import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type EchoChannel, type InteropPeer, type Received, testInterop } from './support/interop.js';
import type { Candidate } from './support/kurento.js';

// Debian's, which its bindings are for; another may come first in the path.
const PYTHON = '/usr/bin/python3';
const PROGRAM = fileURLToPath(new URL('../src/support/gstreamer_peer.py', import.meta.url));
const STATUS_INTERVAL_MS = 50;
const WANTED =
  'gstreamer1.0-nice gstreamer1.0-plugins-bad gstreamer1.0-plugins-good python3-gi gir1.2-gst-plugins-bad-1.0';

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

/** A peer on GStreamer's webrtcbin, in a process of its own. */
class GStreamerPeer implements InteropPeer {
  readonly #process: ChildProcess = spawn(PYTHON, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  readonly #pending: { resolve(result: unknown): void; reject(error: Error): void }[] = [];
  readonly #messages: (string | Buffer)[] = [];
  readonly #timer = setInterval(() => {
    this.#asking ??= this.#askStatus();
  }, STATUS_INTERVAL_MS);
  #status: Status = { state: 'new', channelIsOpen: false, received: { audio: 0, video: 0, strange: 0 } };
  #opened = false;
  #asking: Promise<void> | undefined;

  constructor(readonly media: boolean) {
    createInterface({ input: this.#process.stdout! }).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      if (line.id !== undefined) this.#pending[line.id]?.resolve(line.result);
      else this.#messages.push(line.message ?? Buffer.from(line.bytes ?? '', 'base64'));
    });
    this.#process.once('exit', (code, signal) => {
      // Those that were answered take no notice.
      for (const { reject } of this.#pending)
        reject(new Error(`the GStreamer peer ended: ${code ?? signal}`));
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
    if (this.#opened) this.#status = await this.#request<Status>('status');
    this.#asking = undefined;
  }

  #request<T>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = this.#pending.push({ resolve: (result) => resolve(result as T), reject }) - 1;
      this.#process.stdin?.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }
}

function hasGStreamer(): boolean {
  const program = [
    'import gi; gi.require_version("GstWebRTC", "1.0"); from gi.repository import Gst, GstWebRTC; Gst.init(None)',
    'exit(not all(map(Gst.ElementFactory.find, ["webrtcbin", "nicesrc", "vp8enc", "opusenc"])))',
  ].join('; ');
  return spawnSync(PYTHON, ['-c', program], { stdio: 'ignore' }).status === 0;
}

testInterop('GStreamer’s webrtcbin', async (media) => new GStreamerPeer(media), {
  skip: hasGStreamer() ? undefined : `needs the Debian packages ${WANTED}`,
  holds: true,
});
