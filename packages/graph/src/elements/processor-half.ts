import type { CarriedData, ElementStart } from '@rivero/module/host';
import { DataQueue } from '../processors/data-queue.js';
import { type ProcessorInfo, ProcessorThread } from '../processors/processor-thread.js';
import type { ElementHost } from './element.js';

/** What all elements of modules have that run in a thread: the thread, the messages that wait for it, and what the worker may call. */
export class ProcessorHalf {
  readonly #host: ElementHost;
  readonly #id: string;
  readonly #ended: () => string;
  #thread: ProcessorThread | undefined;
  #queue: DataQueue | undefined;
  #isStarted = false;

  /** @param ended called when the thread has ended by itself; returns what that means for the element, for people */
  constructor(host: ElementHost, id: string, ended: () => string) {
    this.#host = host;
    this.#id = id;
    this.#ended = ended;
  }

  /** Makes the instance in its thread. Rejects with the KurentoError for which it can't be. */
  start(params: Record<string, unknown>): Promise<ProcessorInfo> {
    this.#thread = new ProcessorThread(this.#id, params as unknown as ElementStart, {
      told: (event, data) => this.#host.emit(event, data),
      threw: (message) => this.#host.emit('error', { message }),
      // Until it has started, the start itself tells.
      ended: (message) => {
        this.#queue?.close();
        if (this.#isStarted) this.#host.emit('error', { message: `${message}. ${this.#ended()}` });
      },
    });
    return this.#thread.ready;
  }

  /** The element is ready: messages come from now on, where the instance takes some. */
  started({ takesData }: ProcessorInfo): void {
    const thread = this.thread;
    if (takesData) this.#queue = new DataQueue((message) => thread.data(message));
    this.#isStarted = true;
  }

  get thread(): ProcessorThread {
    return this.#thread!;
  }

  /** The element's `methods`: the ElementCalls. */
  readonly methods = {
    call: ({ name, params }: Record<string, unknown>): unknown =>
      this.thread.call('call', String(name), params),
    get: ({ name }: Record<string, unknown>): unknown => this.thread.call('get', String(name), undefined),
    set: ({ name, value }: Record<string, unknown>): unknown => this.thread.call('set', String(name), value),
    data: (message: Record<string, unknown>): number => {
      this.#queue?.push(message as unknown as CarriedData);
      return this.#queue?.dropped ?? 0;
    },
  };

  async close(): Promise<void> {
    this.#queue?.close();
    await this.#thread?.close();
  }
}
