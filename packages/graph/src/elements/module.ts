import { KurentoError } from '@rivero/api';
import type { ElementStart } from '@rivero/module/host';
import type { FrameStatistics } from '../protocol.js';
import type { Stream } from '../stream.js';
import { GraphElement, type GraphElementClass } from './element.js';
import { FrameProcessorElement } from './frame-processor.js';
import { ModuleBinElement } from './module-bin.js';
import { PacketProcessorElement } from './packet-processor.js';

/** What runs the implementations of each kind. */
const KINDS: ReadonlyMap<string, GraphElementClass> = new Map<string, GraphElementClass>([
  ['gstreamerBin', ModuleBinElement],
  ['videoProcessor', FrameProcessorElement],
  ['audioProcessor', FrameProcessorElement],
  ['packetProcessor', PacketProcessorElement],
]);

/** An element of a module: started with an ElementStart, and handed over to the element of its kind. */
export class ModuleElement extends GraphElement {
  #kind: GraphElement | undefined;

  async start(params: Record<string, unknown>): Promise<unknown> {
    const { kind, className } = params as unknown as ElementStart;
    const Class = KINDS.get(kind);
    if (Class === undefined) {
      throw new KurentoError(
        'MEDIA_OBJECT_NOT_AVAILABLE',
        `${className} is a ${kind}, which this version of Rivero cannot run`,
      );
    }
    this.#kind = new Class(this.host, this.id);
    return this.#kind.start(params);
  }

  override readonly methods = {
    call: (params: Record<string, unknown>): unknown => this.#kind!.methods.call?.(params),
    get: (params: Record<string, unknown>): unknown => this.#kind!.methods.get?.(params),
    set: (params: Record<string, unknown>): unknown => this.#kind!.methods.set?.(params),
    data: (params: Record<string, unknown>): unknown => this.#kind!.methods.data?.(params),
    openPackets: (params: Record<string, unknown>): unknown => this.#kind!.methods.openPackets?.(params),
    packetCodec: (params: Record<string, unknown>): unknown => this.#kind!.methods.packetCodec?.(params),
  };

  override statistics(): FrameStatistics | undefined {
    return this.#kind?.statistics();
  }

  override connect(input: string, stream: Stream): Promise<void> | void {
    return this.#kind!.connect(input, stream);
  }

  override disconnect(input: string): Promise<void> | void {
    return this.#kind?.disconnect(input);
  }

  async close(): Promise<void> {
    await this.#kind?.close();
  }
}
