import { FrameGate } from '@rivero/graph-engine';
import type { CarriedData, ElementStart } from '@rivero/module/host';
import { DataQueue } from '../processors/data-queue.js';
import type { FrameOptions } from '../processors/messages.js';
import { ProcessorThread } from '../processors/processor-thread.js';
import { frameSteps } from '../processors/steps.js';
import type { StreamKind } from '../protocol.js';
import type { Step } from '../steps.js';
import { FilterElement } from './filter.js';

/** A frame processor of a module (VideoProcessor, AudioProcessor): `params` is an ElementStart, `methods` are its ElementCalls. */
export class FrameProcessorElement extends FilterElement {
  #thread: ProcessorThread | undefined;
  #queue: DataQueue | undefined;
  #options: FrameOptions | undefined;
  #gate: FrameGate | undefined;

  override readonly methods = {
    call: ({ name, params }: Record<string, unknown>) => this.#thread!.call('call', String(name), params),
    get: ({ name }: Record<string, unknown>) => this.#thread!.call('get', String(name), undefined),
    set: ({ name, value }: Record<string, unknown>) => this.#thread!.call('set', String(name), value),
    data: (message: Record<string, unknown>): number => {
      this.#queue?.push(message as unknown as CarriedData);
      return this.#queue?.dropped ?? 0;
    },
  };

  override async start(params: Record<string, unknown>): Promise<unknown> {
    const start = params as unknown as ElementStart;
    let isStarted = false;
    const thread = new ProcessorThread(this.id, start, {
      told: (event, data) => this.host.emit(event, data),
      threw: (message) => this.host.emit('error', { message }),
      // Until it has started, the start itself tells.
      ended: (message) => {
        this.#queue?.close();
        if (isStarted) this.host.emit('error', { message: `${message}. Media passes unchanged from now on` });
      },
    });
    this.#thread = thread;
    this.#options = (await thread.ready) as FrameOptions;
    await super.start(params);
    // A source that asks for memory must not wait for a thread that hangs. (Some native filters need the answer.)
    this.segment.sink.refuseWaiting();
    this.#gate = new FrameGate(this.chain.at(-1)!.getStaticPad('src'));
    await thread.attach(this.#gate);
    if (thread.takesData) this.#queue = new DataQueue((message) => thread.data(message));
    isStarted = true;
    return { kind: this.#options.kind, takesData: thread.takesData };
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
    this.#queue?.close();
    this.#gate?.remove();
    await this.#thread?.close();
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
