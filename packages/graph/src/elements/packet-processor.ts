import type { CarriedData, ElementStart } from '@rivero/module/host';
import { DataQueue } from '../processors/data-queue.js';
import { ProcessorThread } from '../processors/processor-thread.js';
import { GraphElement } from './element.js';

/** A PacketProcessor of a module: `params` is an ElementStart, `methods` are its ElementCalls. It has no streams. */
export class PacketProcessorElement extends GraphElement {
  #thread: ProcessorThread | undefined;
  #queue: DataQueue | undefined;

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
    let isStarted = false;
    const thread = new ProcessorThread(this.id, params as unknown as ElementStart, {
      told: (event, data) => this.host.emit(event, data),
      threw: (message) => this.host.emit('error', { message }),
      // Until it has started, the start itself tells.
      ended: (message) => {
        this.#queue?.close();
        if (isStarted) this.host.emit('error', { message: `${message}. No messages come from it any more` });
      },
    });
    this.#thread = thread;
    await thread.ready;
    this.#queue = new DataQueue((message) => thread.data(message));
    isStarted = true;
    return { takesData: true };
  }

  async close(): Promise<void> {
    this.#queue?.close();
    await this.#thread?.close();
  }
}
