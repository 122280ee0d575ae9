import { type ContainerCodec, withoutTemporalDelimiter } from '@rivero/containers';
import type { AppSink, Sample } from '@rivero/graph-engine';
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

const QUEUE: Step = [
  'queue',
  { 'max-size-buffers': 0, 'max-size-bytes': 50_000_000, 'max-size-time': 0, leaky: 'downstream' },
];
const SINK: Step = ['appsink', { sync: false, async: false, 'enable-last-sample': false }];

/** Takes a stream out of the graph, frame by frame, into a recording, in a codec that the recording takes. */
export class RecorderInput {
  readonly #host: BranchHost;
  readonly #name: string;
  readonly #recording: Recording;
  readonly #input: RecordingInput;
  readonly #bitrate: number;
  readonly #failed: (message: string) => void;
  #segment: Segment | undefined;
  #unwatch: (() => void) | undefined;
  #feed: Feed | undefined;
  #caps = '';
  #drops = 0;
  #opening: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    host: BranchHost,
    name: string,
    recording: Recording,
    input: RecordingInput,
    options: { bitrate?: number; failed: (message: string) => void },
  ) {
    this.#host = host;
    this.#name = name;
    this.#recording = recording;
    this.#input = input;
    this.#bitrate = options.bitrate ?? RECORDING_BITRATE;
    this.#failed = options.failed;
  }

  /** Takes another stream, or none, in place of what it has. */
  setStream(stream: Stream | undefined): Promise<void> {
    this.#opening = this.#opening.then(() => this.#change(stream));
    return this.#opening;
  }

  requestKeyFrame(): void {
    this.#feed?.requestKeyFrame();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.setStream(undefined);
  }

  async #change(stream: Stream | undefined): Promise<void> {
    await this.#feed?.close();
    this.#feed = undefined;
    await this.#segment?.stop();
    this.#segment = undefined;
    this.#unwatch?.();
    this.#unwatch = undefined;
    if (stream === undefined || this.#closed) return;
    const accepted = this.#recording.accepts(this.#input);
    const native = stream.format === undefined ? undefined : containerCodec(stream.format.name);
    const codec = native !== undefined && accepted.includes(native) ? native : accepted[0];
    if (codec === undefined) return;
    const form: Form = codec === native ? 'native' : this.#demand(codec, stream);
    const segment = new Segment(this.#host.pipeline, this.#name, [QUEUE, ...recordingSteps(codec), SINK]);
    this.#segment = segment;
    this.#unwatch = this.#host.watch(segment, (message) => this.#failed(message));
    this.#caps = '';
    this.#drops = 0;
    const sink = segment.element('appsink') as AppSink;
    sink.onSample((sample) => this.#onSample(codec, sink, sample), MAX_PENDING_FRAMES);
    await segment.start();
    this.#recording.restart(this.#input);
    this.#feed = new Feed(stream, form, segment.sink, () => this.#recording.end(this.#input));
    await this.#feed.opened;
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

  #onSample(codec: ContainerCodec, sink: AppSink, sample: Sample): void {
    try {
      if (sample.time === undefined || this.#closed) return;
      const { dropped } = sink;
      if (dropped > this.#drops) {
        this.#drops = dropped;
        this.#recording.lost(this.#input);
      }
      // Frames stay in memory for up to a second: GStreamer's buffers are not for that.
      const frame = codec === 'AV1' ? withoutTemporalDelimiter(sample.data) : sample.data;
      const data = Buffer.from(frame);
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
        data,
      });
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    } finally {
      sample.release();
    }
  }
}
