/** baresip (Debian) as a phone: it sends a tone or a test picture, and keeps what it hears. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from './wait.js';

const MODULES = '/usr/lib/baresip/modules';

export function whyNoBaresip(): string | undefined {
  if (spawnSync('baresip', ['-h'], { stdio: 'ignore' }).error) return 'needs the Debian package baresip-core';
  return existsSync(`${MODULES}/avcodec.so`) ? undefined : 'needs the Debian package baresip-ffmpeg';
}

export interface PhoneOptions {
  /** Its codecs in their order, as baresip writes them: `PCMA/8000/1`, `opus/48000/2`. */
  audio: readonly string[];
  /** None: a phone without a screen. */
  video?: readonly string[];
  /** Of the tone that it sends, Hz. */
  tone: number;
  /** SRTP with keys in the description: `srtp-mand` (SAVP), `srtp-mandf` (SAVPF), `srtp` (AVP with keys). */
  encryption?: 'srtp' | 'srtp-mand' | 'srtp-mandf';
  /** ms of sound in a packet; default 20. */
  ptime?: number;
  rtcpMux?: boolean;
  /** Default 127.0.0.1. */
  address?: string;
}

export class Baresip {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rivero-baresip-'));
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  #control: Socket | undefined;
  /** Types of the events that it told of. */
  readonly events: { type: string; param: string }[] = [];
  #output = '';
  readonly #answers: ((data: string) => void)[] = [];

  private constructor(options: PhoneOptions, controlPort: number) {
    writeFileSync(join(this.#folder, 'config'), configuration(options, this.#folder, controlPort));
    writeFileSync(join(this.#folder, 'accounts'), account(options));
    writeFileSync(join(this.#folder, 'contacts'), '');
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    this.#process = spawn('baresip', ['-f', this.#folder, '-v'], { cwd: this.#folder, stdio: [...stdio] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream!.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#exited = once(this.#process, 'exit');
  }

  static async start(options: PhoneOptions): Promise<Baresip> {
    const port = await freePort();
    const phone = new Baresip(options, port);
    await waitFor(`baresip to be ready`, () => {
      if (phone.#process.exitCode !== null) throw new Error(`baresip ended:\n${phone.#output}`);
      return phone.#output.includes('baresip is ready');
    });
    phone.#control = connect(port, '127.0.0.1');
    phone.#control.setEncoding('utf8').on('error', () => {});
    phone.#listen(phone.#control);
    await once(phone.#control, 'connect');
    return phone;
  }

  /** What it wrote so far. */
  get output(): string {
    return this.#output;
  }

  #listen(control: Socket): void {
    let text = '';
    control.on('data', (data: string) => {
      text += data;
      // Netstrings.
      for (;;) {
        const length = /^(\d+):/.exec(text);
        if (length === null || text.length < length[0].length + Number(length[1]) + 1) return;
        const end = length[0].length + Number(length[1]);
        const message = JSON.parse(text.slice(length[0].length, end)) as Record<string, unknown>;
        text = text.slice(end + 1);
        if (message.event === true) {
          this.events.push({ type: String(message.type), param: String(message.param) });
        } else {
          this.#answers.shift()?.(String(message.data));
        }
      }
    });
  }

  /** @returns what it says to that */
  async command(command: string, params = ''): Promise<string> {
    const text = JSON.stringify({ command, params, token: 'test' });
    let answer: string | undefined;
    this.#answers.push((data) => {
      answer = data;
    });
    this.#control!.write(`${text.length}:${text},`);
    await this.#waitFor(`an answer to ${command}`, () => answer !== undefined);
    return answer ?? '';
  }

  async call(sipPort: number, host = '127.0.0.1'): Promise<void> {
    await this.command('dial', `sip:bridge@${host}:${sipPort}`);
    await this.happened('CALL_ESTABLISHED');
  }

  async happened(type: string): Promise<void> {
    await this.#waitFor(`baresip to tell ${type}`, () => this.events.some((event) => event.type === type));
  }

  /** How loud tones are in the newest half second of what it heard: amplitude by frequency, 1 = full scale. */
  heard(frequencies: readonly number[]): number[] {
    const files = readdirSync(this.#folder).filter((name) => name.endsWith('-dec.wav'));
    // A new file begins when the codec changes.
    const file = files.sort().at(-1);
    if (file === undefined) return frequencies.map(() => 0);
    const data = readFileSync(join(this.#folder, file));
    if (data.length < 44) return frequencies.map(() => 0);
    const [channels, rate] = [data.readUInt16LE(22), data.readUInt32LE(24)];
    const count = Math.floor(rate / 2);
    const frame = 2 * channels;
    const frames = Math.floor((data.length - 44) / frame);
    if (frames < count) return frequencies.map(() => 0);
    const from = 44 + (frames - count) * frame;
    return frequencies.map((frequency) => {
      const omega = (2 * Math.PI * frequency) / rate;
      let [real, imaginary] = [0, 0];
      for (let i = 0; i < count; i++) {
        const sample = data.readInt16LE(from + i * frame) / 32768;
        real += sample * Math.cos(omega * i);
        imaginary += sample * Math.sin(omega * i);
      }
      return (2 * Math.hypot(real, imaginary)) / count;
    });
  }

  /** Pictures that it decoded. */
  async frames(): Promise<number> {
    const text = await this.command('video_debug');
    return Number(/vidisp: .* frames=(\d+)/.exec(text)?.[1] ?? 0);
  }

  /** Pictures that it made. */
  async framesSent(): Promise<number> {
    const text = await this.command('video_debug');
    return Number(/source: .* frames=(\d+)/.exec(text)?.[1] ?? 0);
  }

  /** Sound that it got, bytes of samples. */
  get heardBytes(): number {
    const files = readdirSync(this.#folder).filter((name) => name.endsWith('-dec.wav'));
    return files.reduce((sum, name) => sum + statSync(join(this.#folder, name)).size, 0);
  }

  /** Waits until it hears one tone, and another one not. */
  async hears(tone: number, not: number): Promise<void> {
    await this.#waitFor(`${tone} Hz to be heard`, () => {
      const [wanted = 0, unwanted = 0] = this.heard([tone, not]);
      return wanted > 0.05 && unwanted < wanted / 10;
    });
  }

  async #waitFor(what: string, condition: () => boolean): Promise<void> {
    await waitFor(what, condition).catch((error: unknown) => {
      throw new Error(`${String(error)}; baresip wrote:\n${this.#output}`);
    });
  }

  async stop(): Promise<void> {
    this.#control?.destroy();
    this.#process.kill('SIGKILL');
    await this.#exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function account({ audio, video = [], encryption, ptime, address = '127.0.0.1' }: PhoneOptions): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const parameters = [
    'regint=0',
    'answermode=auto',
    `audio_codecs=${audio.join(',')}`,
    ...(video.length === 0 ? [] : [`video_codecs=${video.join(',')}`]),
    ...(encryption === undefined ? [] : [`mediaenc=${encryption}`]),
    ...(ptime === undefined ? [] : [`ptime=${ptime}`]),
  ];
  return `<sip:phone@${host}>;${parameters.join(';')}\n`;
}

function configuration(options: PhoneOptions, folder: string, controlPort: number): string {
  const { tone, video = [], rtcpMux = false, address = '127.0.0.1' } = options;
  const modules = ['g711', 'g722', 'opus', 'amr', 'gsm', 'ausine', 'aubridge', 'sndfile', 'srtp'];
  if (video.length > 0) modules.push('fakevideo', 'avcodec', 'vp8');
  return `
net_interface ${address}
call_local_timeout 120
audio_source ausine,${tone}
audio_player aubridge,nowhere
audio_alert aubridge,nowhere
ausrc_srate 48000
ausrc_channels 2
auplay_channels 1
${video.length > 0 ? 'video_source fakevideo,nothing\nvideo_display fakevideo,nothing' : ''}
video_size 352x288
video_bitrate 300000
video_fps 15
rtcp_mux ${rtcpMux ? 'yes' : 'no'}
jitter_buffer_delay 1-10
module_path ${MODULES}
${modules.map((name) => `module ${name}.so`).join('\n')}
module_app account.so
module_app ctrl_tcp.so
module_app menu.so
ctrl_tcp_listen 127.0.0.1:${controlPort}
snd_path ${folder}
`;
}
