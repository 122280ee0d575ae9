import wrtc from '@roamhq/wrtc';
import { type EchoChannel, type InteropPeer, type Received, testInterop } from './support/interop.js';
import type { Candidate } from './support/kurento.js';

const { RTCPeerConnection, nonstandard } = wrtc;
const { RTCAudioSink, RTCAudioSource, RTCVideoSink, RTCVideoSource } = nonstandard;

const SAMPLE_RATE = 48_000;
const AUDIO_INTERVAL_MS = 10;
const SAMPLES = (SAMPLE_RATE * AUDIO_INTERVAL_MS) / 1000;
const TONE_HZ = 400;
const FRAME_INTERVAL_MS = 40;
const WIDTH = 160;
const HEIGHT = 120;
/** Luminance of the left and of the right half of the picture. */
const LEFT = 60;
const RIGHT = 200;
const TOLERANCE = 20;

/** A peer on libwebrtc without a browser: a tone and a picture of two halves, encoded and decoded. */
class WrtcPeer implements InteropPeer {
  readonly received: Received = { audio: 0, video: 0, strange: 0 };
  readonly #connection = new RTCPeerConnection({ iceServers: [] });
  readonly #audio = new RTCAudioSource();
  readonly #video = new RTCVideoSource();
  readonly #tracks = [this.#audio.createTrack(), this.#video.createTrack()];
  readonly #sinks: { stop(): void }[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #channel: RTCDataChannel | undefined;

  constructor(media: boolean) {
    if (!media) return;
    for (const track of this.#tracks) this.#connection.addTrack(track);
    this.#connection.ontrack = ({ track }) => this.#listen(track);
  }

  async createOffer(): Promise<string> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    return this.#gathered();
  }

  async createRestartOffer(): Promise<string> {
    const before = this.#connection.localDescription!.sdp;
    await this.#connection.setLocalDescription(await this.#connection.createOffer({ iceRestart: true }));
    // Its candidates are gathered anew.
    while (
      !this.#connection.localDescription!.sdp.includes('a=candidate') ||
      before === this.#connection.localDescription!.sdp
    ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.#gathered();
  }

  createDirectedOffer(direction: 'sendonly' | 'sendrecv'): Promise<string> {
    for (const transceiver of this.#connection.getTransceivers()) transceiver.direction = direction;
    return this.createOffer();
  }

  async createAnswer(sdp: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp });
    await this.#connection.setLocalDescription(await this.#connection.createAnswer());
    return this.#gathered();
  }

  async acceptAnswer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
  }

  async addCandidate(candidate: Candidate): Promise<void> {
    await this.#connection.addIceCandidate(candidate);
  }

  isConnected(): boolean {
    return this.#connection.connectionState === 'connected';
  }

  startMedia(): void {
    let phase = 0;
    this.#timers.push(
      setInterval(() => {
        const samples = Int16Array.from({ length: SAMPLES }, () => {
          phase += (2 * Math.PI * TONE_HZ) / SAMPLE_RATE;
          return Math.round(10_000 * Math.sin(phase));
        });
        this.#audio.onData({ samples, sampleRate: SAMPLE_RATE, channelCount: 1, numberOfFrames: SAMPLES });
      }, AUDIO_INTERVAL_MS),
      setInterval(
        () => this.#video.onFrame({ width: WIDTH, height: HEIGHT, data: picture() }),
        FRAME_INTERVAL_MS,
      ),
    );
  }

  createChannel(label: string): EchoChannel {
    const channel = this.#connection.createDataChannel(label);
    const messages: (string | Buffer)[] = [];
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      messages.push(typeof data === 'string' ? data : Buffer.from(data));
    };
    this.#channel = channel;
    return { messages, send: (message) => channel.send(message as string) };
  }

  channelIsOpen(): boolean {
    return this.#channel?.readyState === 'open';
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const sink of this.#sinks) sink.stop();
    for (const track of this.#tracks) track.stop();
    this.#connection.close();
  }

  async #gathered(): Promise<string> {
    while (this.#connection.iceGatheringState !== 'complete') {
      await new Promise((resolve) => {
        this.#connection.onicegatheringstatechange = resolve;
      });
    }
    return this.#connection.localDescription!.sdp;
  }

  #listen(track: MediaStreamTrack): void {
    if (track.kind === 'audio') {
      const sink = new RTCAudioSink(track);
      // Before the first packet the sink hands out silence.
      sink.ondata = ({ samples }: { samples: Int16Array }) => {
        if (isLoud(samples)) this.received.audio++;
      };
      this.#sinks.push(sink);
    } else {
      const sink = new RTCVideoSink(track);
      sink.onframe = ({ frame }: { frame: VideoFrame }) => {
        if (isPicture(frame)) this.received.video++;
        else this.received.strange++;
      };
      this.#sinks.push(sink);
    }
  }
}

interface VideoFrame {
  width: number;
  height: number;
  data: Uint8Array;
}

/** I420: luminance, then two colour planes of a quarter each. */
function picture(): Uint8Array {
  const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
  for (let y = 0; y < HEIGHT; y++) {
    data.fill(LEFT, y * WIDTH, y * WIDTH + WIDTH / 2);
    data.fill(RIGHT, y * WIDTH + WIDTH / 2, (y + 1) * WIDTH);
  }
  return data;
}

function isPicture({ width, height, data }: VideoFrame): boolean {
  const row = Math.floor(height / 2) * width;
  const left = data[row + Math.floor(width / 4)]!;
  const right = data[row + Math.floor((width * 3) / 4)]!;
  return Math.abs(left - LEFT) < TOLERANCE && Math.abs(right - RIGHT) < TOLERANCE;
}

function isLoud(samples: Int16Array): boolean {
  return samples.some((sample) => Math.abs(sample) > 3000);
}

testInterop('@roamhq/wrtc', async (media) => new WrtcPeer(media), { restarts: true, holds: true });
