import { type ContainerCodec, withoutTemporalDelimiter } from '@rivero/containers';
import type { AppSink, CollectedSample } from '@rivero/graph-engine';
import type { Recording, RecordingInput } from '@rivero/recording';
import type { BranchHost } from '../branch.js';
import { Feed, type Form } from '../feed.js';
import { isH264Entry } from '../h264-entry.js';
import { containerCodec, graphCodec, recordingSteps, trackFormat } from '../recorded-format.js';
import { Segment } from '../segment.js';
import type { Step } from '../steps.js';
import type { Stream } from '../stream.js';

/** Frames that may wait for JavaScript: some seconds of sound and picture. */
const MAX_PENDING_FRAMES = 500;
/** bit/s of video that has to be transcoded for its container, where nobody has set an encoder bitrate. */
const RECORDING_BITRATE = 2_000_000;

const SINK: Step = ['appsink', { sync: false, async: false, 'enable-last-sample': false }];

/** A frame on its way into a recording. */
export interface CollectedFrame {
  /** When it stands among those of other inputs, ns: the times of one input do not go back. */
  readonly order: number;
  write(): void;
}

/** Takes a stream out of the graph into a recording, in a codec that the recording takes. Its frames wait until they are collected. */
export class RecorderInput {
  readonly #host: BranchHost;
  readonly #name: string;
  readonly #recording: Recording;
  readonly #input: RecordingInput;
  readonly #bitrate: number;
  readonly #drained: () => void;
  readonly #taken: (stream: Stream | undefined, transcodes: boolean) => void;
  readonly #failed: (message: string) => void;
  #segment: Segment | undefined;
  #unwatch: (() => void) | undefined;
  #feed: Feed | undefined;
  #unheed: (() => void) | undefined;
  #codec: ContainerCodec | undefined;
  #sink: AppSink | undefined;
  #caps = '';
  #drops = 0;
  #order = Number.NEGATIVE_INFINITY;
  #opening: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param options.drained is to collect from all inputs: this one's sink is about to go */
  constructor(
    host: BranchHost,
    name: string,
    recording: Recording,
    input: RecordingInput,
    options: {
      bitrate?: number;
      drained: () => void;
      taken: (stream: Stream | undefined, transcodes: boolean) => void;
      failed: (message: string) => void;
    },
  ) {
    this.#host = host;
    this.#name = name;
    this.#recording = recording;
    this.#input = input;
    this.#bitrate = options.bitrate ?? RECORDING_BITRATE;
    this.#drained = options.drained;
    this.#taken = options.taken;
    this.#failed = options.failed;
  }

  /** Takes another stream, or none, in place of what it has. */
  setStream(stream: Stream | undefined): Promise<void> {
    this.#opening = this.#opening.then(() => this.#change(stream));
    return this.#opening;
  }

  /** What has come since it was asked last. */
  collect(): CollectedFrame[] {
    const [sink, codec] = [this.#sink, this.#codec];
    if (sink === undefined || codec === undefined) return [];
    const samples = sink.take();
    const { dropped } = sink;
    if (dropped > this.#drops) {
      this.#drops = dropped;
      this.#recording.lost(this.#input);
    }
    return samples.map((sample) => {
      this.#order = Math.max(this.#order, sample.decodeTime ?? sample.time ?? 0);
      return { order: this.#order, write: () => this.#write(codec, sample) };
    });
  }

  requestKeyFrame(): void {
    this.#feed?.requestKeyFrame();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.setStream(undefined);
  }

  async #change(stream: Stream | undefined): Promise<void> {
    this.#unheed?.();
    this.#unheed = undefined;
    await this.#feed?.close();
    this.#feed = undefined;
    this.#drained();
    this.#sink = undefined;
    await this.#segment?.stop();
    this.#segment = undefined;
    this.#unwatch?.();
    this.#unwatch = undefined;
    if (stream === undefined || this.#closed) {
      this.#taken(undefined, false);
      return;
    }
    const accepted = this.#recording.accepts(this.#input);
    const native = stream.format === undefined ? undefined : containerCodec(stream.format.name);
    const codec = native !== undefined && accepted.includes(native) ? native : accepted[0];
    if (codec === undefined) return;
    const form: Form = codec === native ? 'native' : this.#demand(codec, stream);
    const segment = new Segment(this.#host.pipeline, this.#name, [...recordingSteps(codec), SINK]);
    this.#segment = segment;
    this.#unwatch = this.#host.watch(segment, (message) => this.#failed(message));
    this.#caps = '';
    this.#drops = 0;
    const sink = segment.element('appsink') as AppSink;
    sink.collect(MAX_PENDING_FRAMES);
    this.#sink = sink;
    this.#codec = codec;
    await segment.start();
    this.#recording.restart(this.#input);
    const ended = (): void => {
      this.#drained();
      this.#recording.end(this.#input);
    };
    this.#feed = new Feed(stream, form, segment.sink, ended);
    this.#unheed = stream.onEnd(ended);
    await this.#feed.opened;
    this.#taken(stream, form !== 'native');
  }

  #demand(codec: ContainerCodec, { kind }: Stream): Form {
    const name = graphCodec(codec);
    const format = {
      name,
      clockRate: kind === 'video' ? 90_000 : 48_000,
      channels: kind === 'audio' ? 2 : 0,
      parameters: {},
    };
    return kind === 'video'
      ? { codec: format, bitrate: this.#bitrate, bitrateClass: `recording-${this.#bitrate}` }
      : { codec: format, bitrateClass: 'recording' };
  }

  #write(codec: ContainerCodec, sample: CollectedSample): void {
    try {
      if (sample.time === undefined) return;
      const data = codec === 'AV1' ? withoutTemporalDelimiter(sample.data) : sample.data;
      const keyFrame = sample.keyFrame && (codec !== 'H264' || isH264Entry(data));
      if (sample.caps !== this.#caps && (keyFrame || this.#caps === '')) {
        const format = trackFormat(codec, sample.caps, data);
        if (format.kind === 'video' && !keyFrame) return;
        this.#caps = sample.caps;
        this.#recording.setFormat(this.#input, format);
      }
      this.#recording.write(this.#input, {
        pts: sample.time,
        ...(sample.decodeTime !== undefined && { dts: sample.decodeTime }),
        ...(sample.duration !== undefined && { duration: sample.duration }),
        keyFrame: keyFrame || this.#input.kind === 'audio',
        discontinuous: sample.discontinuous,
        data,
      });
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }
}
