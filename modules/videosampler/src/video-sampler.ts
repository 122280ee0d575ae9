import {
  type DeclaredParams,
  type ElementContext,
  type Implements,
  ModuleError,
  type VideoFrame,
  VideoProcessor,
} from '@rivero/module';
import { pictureFrom } from '@rivero/vision';
import type { declaration } from './declaration.js';
import { encodeImage, sampleSize } from './encode-image.js';
import { GrpcSender } from './grpc-sender.js';
import { ctime, encodeSampleImage } from './sample-image.js';
import { SamplingClock } from './sampling-clock.js';

type Declaration = typeof declaration;
type Params = DeclaredParams<Declaration, 'VideoSampler'>;

/** Pictures that may be on their way to a receiver; what comes while it is so far behind is not delivered. */
const MOST_UNDELIVERED = 8;
/** The largest side of a picture, in pixels. */
const LARGEST = 4096;

/** Takes a picture at fixed intervals and delivers it; video goes past it as it is. */
export default class VideoSampler
  extends VideoProcessor<Declaration, 'VideoSampler'>
  implements Implements<Declaration, 'VideoSampler'>
{
  static override readonly format = 'I420';
  static override readonly passive = true;
  readonly #clock: SamplingClock;
  readonly #sender: GrpcSender | undefined;
  /** Whether the server lets it reach the receiver: asked with the first picture, when clients listen for errors. */
  #reachable: Promise<boolean> | undefined;
  #undelivered = 0;

  constructor(context: ElementContext<Params>) {
    super(context);
    const { framePeriod, width = 0, height = 0, imageDeliveryMethod, endpointUrl = '' } = context.params;
    if (framePeriod < 0) throw new ModuleError(`framePeriod should not be negative: ${framePeriod}`);
    for (const side of [width, height]) {
      if (side < 0 || side > LARGEST)
        throw new ModuleError(`A picture's sides should be 0 to ${LARGEST}, not ${side}`);
    }
    this.#clock = new SamplingClock(framePeriod);
    if (imageDeliveryMethod !== 'GRPC' || endpointUrl === '') return;
    try {
      this.#sender = new GrpcSender(endpointUrl);
    } catch (error) {
      throw new ModuleError((error as Error).message);
    }
  }

  process(frame: VideoFrame): void {
    if (this.#sender === undefined) return;
    if (!this.#clock.takes(frame.time >= 0 ? frame.time : performance.now())) return;
    if (this.#undelivered >= MOST_UNDELIVERED) {
      this.emit('SampleImageDelivered', { delivered: false });
      return;
    }
    const { width = 0, height = 0, imageEncoding = 'PNG', metadata = '', mediaPipeline } = this.params;
    const data = encodeImage(pictureFrom(frame), sampleSize(frame, width, height), imageEncoding);
    const message = encodeSampleImage({
      codec: imageEncoding,
      data,
      timestamp: ctime(new Date()),
      pipelineId: mediaPipeline,
      metadata,
      tags: this.tags,
    });
    void this.#deliver(this.#sender, message);
  }

  async #deliver(sender: GrpcSender, message: Uint8Array): Promise<void> {
    this.#undelivered++;
    let delivered = true;
    try {
      this.#reachable ??= this.reachable(sender.origin);
      if (!(await this.#reachable)) throw new Error('this server does not reach that host for clients');
      await sender.send(message);
    } catch (error) {
      delivered = false;
      this.log.debug('a picture was not delivered', { reason: (error as Error).message });
    }
    this.#undelivered--;
    this.emit('SampleImageDelivered', { delivered });
  }

  override close(): void {
    this.#sender?.close();
  }
}
