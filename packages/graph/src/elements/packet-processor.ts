import type { FrameStatistics, ModuleElementInfo, PacketCodecRequest, PacketsRequest } from '../protocol.js';
import { GraphElement } from './element.js';
import { ProcessorHalf } from './processor-half.js';

/**
 * A PacketProcessor of a module: `params` is an ElementStart, `methods` are its ElementCalls, and for packets `openPackets` and
 * `packetCodec`. It has no streams: packets go from the worker to its thread and back.
 */
export class PacketProcessorElement extends GraphElement {
  #isPassive: boolean | undefined;
  #unmeter: (() => void) | undefined;
  readonly #half = new ProcessorHalf(this.host, this.id, () => {
    if (this.#isPassive === undefined) return 'No messages come from it any more';
    this.host.emit('packetsEnded');
    if (this.#isPassive) return 'It looks at no packets any more';
    return this.#passesWhenBroken ? 'Packets pass unchanged from now on' : 'No packets come from it any more';
  });
  #passesWhenBroken = true;

  override readonly methods = {
    ...this.#half.methods,
    openPackets: (request: Record<string, unknown>): Promise<unknown> =>
      this.#half.thread.openPackets(request as unknown as PacketsRequest),
    packetCodec: (request: Record<string, unknown>): Promise<unknown> =>
      this.#half.thread.packetCodec(request as unknown as PacketCodecRequest),
  };

  override async start(params: Record<string, unknown>): Promise<ModuleElementInfo> {
    const info = await this.#half.start(params);
    const { options, takesData, takesPackets } = info;
    this.#half.started(info);
    if (!takesPackets || options.kind !== 'packets') return { takesData };
    const { passive, opaque, whenBroken } = options;
    this.#isPassive = passive;
    this.#passesWhenBroken = whenBroken === 'pass';
    this.#unmeter = this.host.meter(
      () => this.statistics()!,
      (figures) => this.host.emit('overloaded', { ...figures }),
    );
    return { takesData, packets: { passive, opaque, whenBroken } };
  }

  override statistics(): FrameStatistics | undefined {
    if (this.#isPassive === undefined) return undefined;
    return this.#half.thread.packets.statistics(this.#isPassive);
  }

  async close(): Promise<void> {
    this.#unmeter?.();
    await this.#half.close();
  }
}
