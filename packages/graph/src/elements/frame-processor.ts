import { FrameGate } from '@rivero/graph-engine';
import type { FrameOptions } from '../processors/messages.js';
import { frameSteps } from '../processors/steps.js';
import type { ModuleElementInfo, StreamKind } from '../protocol.js';
import type { Step } from '../steps.js';
import { FilterElement } from './filter.js';
import { ProcessorHalf } from './processor-half.js';

/** A frame processor of a module (VideoProcessor, AudioProcessor): `params` is an ElementStart, `methods` are its ElementCalls. */
export class FrameProcessorElement extends FilterElement {
  readonly #half = new ProcessorHalf(this.host, this.id, () => 'Media passes unchanged from now on');
  #options: FrameOptions | undefined;
  #gate: FrameGate | undefined;

  override readonly methods = this.#half.methods;

  override async start(params: Record<string, unknown>): Promise<ModuleElementInfo> {
    const info = await this.#half.start(params);
    this.#options = info.options as FrameOptions;
    await super.start(params);
    // A source that asks for memory must not wait for a thread that hangs. (Some native filters need the answer.)
    this.segment.sink.refuseWaiting();
    this.#gate = new FrameGate(this.chain.at(-1)!.getStaticPad('src'));
    await this.#half.thread.attach(this.#gate);
    this.#half.started(info);
    return { kind: this.#options.kind, takesData: info.takesData };
  }

  protected override kind(): StreamKind {
    return this.#options!.kind;
  }

  protected override get isPassive(): boolean {
    return this.#options!.passive;
  }

  protected override queue(): Step {
    // One waits while another one is worked on.
    if (this.#options!.kind === 'video') return leakyQueue(1, 0);
    return leakyQueue(0, AUDIO_QUEUE_NS);
  }

  protected override steps(): readonly Step[] {
    return frameSteps(this.#options!);
  }

  override async close(): Promise<void> {
    this.#gate?.remove();
    await this.#half.close();
    await super.close();
  }
}

const AUDIO_QUEUE_NS = 100_000_000;

function leakyQueue(buffers: number, nanoseconds: number): Step {
  return [
    'queue',
    { 'max-size-buffers': buffers, 'max-size-bytes': 0, 'max-size-time': nanoseconds, leaky: 'downstream' },
  ];
}
