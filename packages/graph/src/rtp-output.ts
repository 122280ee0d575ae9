import { GstElement, type GstPipeline } from '@rivero/graph-engine';
import type { BranchHost } from './branch.js';
import { findCodec, stepsOf } from './codecs.js';
import { CodecUnavailableError } from './conversions.js';
import type { OutputInfo, OutputRequest } from './protocol.js';
import { Segment } from './segment.js';
import type { Stream, Use } from './stream.js';
import type { Tap } from './tee.js';

/**
 * One stream as RTP to the worker. Its timestamps are the running time of the pipeline, so that the worker can relate them to the
 * clock without reports.
 */
export class RtpOutput {
  readonly streamId: string;
  readonly #host: BranchHost;
  readonly #request: OutputRequest;
  readonly #stream: Stream;
  readonly #failed: (message: string) => void;
  #use: Use | undefined;
  #segment: Segment | undefined;
  #source: GstElement | undefined;
  #tap: Tap | undefined;
  #unwatch: (() => void) | undefined;
  #started: Promise<OutputInfo> | undefined;
  #closed = false;

  constructor(host: BranchHost, stream: Stream, request: OutputRequest, failed: (message: string) => void) {
    this.streamId = stream.id;
    this.#host = host;
    this.#stream = stream;
    this.#request = request;
    this.#failed = failed;
  }

  /** Rejects with CodecUnavailableError, GraphEngineError; close it then. */
  start(): Promise<OutputInfo> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async #start(): Promise<OutputInfo> {
    const { encode, output, payloadType, ssrc, mtu, port } = this.#request;
    const lost = (reason: string): void => {
      if (!this.#closed) this.#failed(reason);
    };
    this.#use = encode === undefined ? this.#stream.native(lost) : await this.#stream.encoded(encode, lost);
    const format = this.#use.format!;
    const codec = findCodec(format.name);
    if (codec?.pay === undefined) throw new CodecUnavailableError(`${format.name} can't be sent by RTP`);
    const { pipeline } = this.#host;
    const local = await this.#openSocket(pipeline);
    const [pay, ...more] = stepsOf(codec.pay, format);
    const segment = new Segment(pipeline, `output-${output}`, [
      ['errorignore', { 'convert-to': 'ok' }],
      [pay![0], { ...pay![1], pt: payloadType, ssrc, mtu, 'timestamp-offset': 0, 'seqnum-offset': 0 }],
      ...more,
      [
        'udpsink',
        { host: '127.0.0.1', port, socket: local.socket, 'close-socket': false, sync: false, async: false },
      ],
    ]);
    this.#segment = segment;
    this.#unwatch = this.#host.watch(segment, lost);
    await segment.start();
    return { port: local.port, codec: format, timestampOrigin: pipeline.baseTime };
  }

  /** A socket whose port is known: udpsink does not tell its own. */
  async #openSocket(pipeline: GstPipeline): Promise<{ port: number; socket: GstElement }> {
    const source = GstElement.make('udpsrc', { address: '127.0.0.1', port: 0 });
    this.#source = source;
    source.lockState(true);
    pipeline.add(source);
    await source.setState('ready');
    return { port: source.get('port') as number, socket: source.get('used-socket') as GstElement };
  }

  /** The worker is ready for packets: from now on they flow. */
  flow(): void {
    if (this.#closed || this.#tap !== undefined || this.#use === undefined || this.#segment === undefined)
      return;
    this.#tap = this.#use.tap(this.#segment.sink);
    // It begins with a key frame; encoders that were made for it do so by themselves.
    this.#use.requestKeyFrame();
  }

  requestKeyFrame(): void {
    this.#use?.requestKeyFrame();
  }

  setBitrate(bitrate: number): void {
    this.#use?.setBitrate(bitrate);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#started?.catch(() => {});
    await this.#tap?.close();
    await this.#segment?.stop();
    this.#unwatch?.();
    this.#use?.release();
    if (this.#source === undefined) return;
    await this.#source.setState('null');
    this.#host.pipeline.remove(this.#source);
  }
}
