import { type AppSink, GstBin, GstPipeline } from '@rivero/graph-engine';

/** What the peer hears: the share of the power that is at a frequency (Goertzel), 0 to 1. */
export function shareOfTone(samples: Int16Array, rate: number, frequency: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let before = 0;
  let last = 0;
  let power = 0;
  for (const sample of samples) {
    [before, last] = [last, sample + coefficient * last - before];
    power += sample * sample;
  }
  if (power === 0) return 0;
  const tone = last * last + before * before - coefficient * last * before;
  return (2 * tone) / (samples.length * power);
}

const RATE = 16_000;
export const TONE_HZ = 1000;
/** Red, green, blue of the sent picture. */
export const COLOUR = [32, 96, 192] as const;

/** Sends a tone and a picture of one colour by RTP, and looks at what comes back. */
export class MediaPeer {
  readonly #pipeline = GstPipeline.create('peer');
  readonly errors: string[] = [];
  #ids = 0;

  constructor() {
    this.#pipeline.onMessage((message) => {
      if (message.type === 'error') this.errors.push(`${message.message} ${message.debug}`);
    });
  }

  async start(): Promise<void> {
    await this.#pipeline.setState('playing');
  }

  /** Sends VP8 (payload type 96) in one colour. */
  sendVideo(
    port: number,
    size = 'width=320,height=240,framerate=15/1',
    framesBetweenKeyFrames = 15,
  ): Promise<GstBin> {
    const [red, green, blue] = COLOUR;
    const colour = (0xff000000 + red * 65536 + green * 256 + blue) >>> 0;
    return this.#add(
      `videotestsrc is-live=true pattern=solid-color foreground-color=${colour} ! video/x-raw,${size}
       ! videoconvert ! vp8enc name=encoder deadline=1 cpu-used=8 keyframe-max-dist=${framesBetweenKeyFrames} target-bitrate=300000
       ! rtpvp8pay pt=96 mtu=1200 ! udpsink host=127.0.0.1 port=${port} sync=false async=false`,
    );
  }

  /** Sends Opus (payload type 97) with a tone. */
  sendAudio(port: number): Promise<GstBin> {
    return this.#add(
      `audiotestsrc is-live=true freq=${TONE_HZ} volume=0.5 samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1
       ! opusenc frame-size=20 ! rtpopuspay pt=97 ! udpsink host=127.0.0.1 port=${port} sync=false async=false`,
    );
  }

  async #add(description: string): Promise<GstBin> {
    const bin = GstBin.parse(description);
    this.#pipeline.add(bin);
    await bin.syncStateWithParent();
    return bin;
  }

  /** Stops something that sends or receives. */
  async stop(bin: GstBin): Promise<void> {
    bin.lockState(true);
    await bin.setState('null');
    this.#pipeline.remove(bin);
  }

  /** Receives VP8 and gives the mean colour of every picture. */
  receiveVideo(seen: (colour: readonly [number, number, number], width: number) => void): Promise<Receiver> {
    return this.#receive(
      'media=video,clock-rate=90000,encoding-name=VP8,payload=96',
      'rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=RGB',
      (data, caps) => {
        const width = Number(/width=\(int\)(\d+)/.exec(caps)?.[1]);
        const sums: [number, number, number] = [0, 0, 0];
        const stride = (width * 3 + 3) & ~3;
        const height = Math.floor(data.length / stride);
        for (let y = 0; y < height; y += 8)
          for (let x = 0; x < width; x += 8)
            for (let c = 0; c < 3; c++) sums[c]! += data[y * stride + x * 3 + c]!;
        const count = Math.ceil(height / 8) * Math.ceil(width / 8);
        seen([sums[0] / count, sums[1] / count, sums[2] / count], width);
      },
    );
  }

  /** Receives Opus and tells how much of every tenth of a second is the tone. */
  receiveAudio(heard: (share: number) => void): Promise<Receiver> {
    let gathered: number[] = [];
    return this.#receive(
      'media=audio,clock-rate=48000,encoding-name=OPUS,payload=97',
      `rtpopusdepay ! opusdec ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=${RATE},channels=1`,
      (data) => {
        gathered.push(...new Int16Array(data.buffer, data.byteOffset, data.length >> 1));
        if (gathered.length < RATE / 10) return;
        heard(shareOfTone(Int16Array.from(gathered), RATE, TONE_HZ));
        gathered = [];
      },
    );
  }

  async #receive(
    caps: string,
    chain: string,
    take: (data: Uint8Array, caps: string) => void,
  ): Promise<Receiver> {
    const id = ++this.#ids;
    const bin = await this.#add(
      `udpsrc name=udp${id} address=127.0.0.1 port=0 buffer-size=1000000 caps="application/x-rtp,${caps}"
       ! rtpjitterbuffer latency=50 ! ${chain} ! appsink name=sink${id} sync=false async=false`,
    );
    (bin.find(`sink${id}`) as AppSink).onSample((sample) => {
      take(sample.data, sample.caps);
      sample.release();
    }, 64);
    return { bin, port: bin.find(`udp${id}`)!.get('port') as number };
  }

  async close(): Promise<void> {
    await this.#pipeline.setState('null');
    this.#pipeline.dispose();
  }
}

export interface Receiver {
  readonly bin: GstBin;
  readonly port: number;
}
