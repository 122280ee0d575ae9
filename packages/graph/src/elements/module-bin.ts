import { KurentoError } from '@rivero/api';
import { GraphEngineError, GstBin, type GstElement, type GstStructure } from '@rivero/graph-engine';
import type { BinElement, BinMessage, BinValue } from '@rivero/module';
import { type CarriedData, type ElementStart, Instance, loadImplementation } from '@rivero/module/host';
import { DataQueue } from '../processors/data-queue.js';
import type { StreamKind } from '../protocol.js';
import { FilterElement } from './filter.js';
import { StallWatch } from './stall-watch.js';

/** What a GStreamerBin looks like from here. */
interface Bin {
  readonly kind: StreamKind;
  describe(): string;
  onMessage(message: BinMessage): void;
}

/** An element of a module that is a bin of GStreamer elements. */
export class ModuleBinElement extends FilterElement {
  #instance: Instance<Bin> | undefined;
  #kind: StreamKind = 'video';
  #bin: GstBin | undefined;
  readonly #early: (() => void)[] = [];
  #watch: StallWatch | undefined;
  #queue: DataQueue | undefined;

  override async start(params: Record<string, unknown>): Promise<{ kind: StreamKind; takesData: boolean }> {
    const start = params as unknown as ElementStart;
    const Class = await loadImplementation(start);
    const element = (name: string): BinElement => this.#element(name);
    const instance = new Instance<Bin>(
      Class,
      start,
      this.id,
      (type, data) => this.host.emit(type, { ...data }),
      { element },
    );
    this.#instance = instance;
    this.#kind = instance.object.kind === 'audio' ? 'audio' : 'video';
    const description = instance.run('describe', (bin) => bin.describe());
    this.#bin = parse(description, start.className);
    instance.run('describe', () => {
      for (const set of this.#early.splice(0)) set();
    });
    await super.start(params);
    this.#watch = new StallWatch(this.segment.sink, this.#bin.getStaticPad('sink'), start.timeoutMs, () => {
      // A thread that hangs in native code can't be ended, nor can what waits for it. The worker makes everything anew.
      const message = `${start.className} takes no media any more: its graph process is ended`;
      this.host.emit('error', { message });
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS_MS);
    });
    if (instance.takesData) {
      this.#queue = new DataQueue((message) =>
        instance.data(message).catch((error: unknown) => instance.coded(error, 'onData')),
      );
    }
    return { kind: this.#kind, takesData: instance.takesData };
  }

  protected override kind(): StreamKind {
    return this.#kind;
  }

  protected override steps(): readonly GstElement[] {
    return [this.#bin!];
  }

  protected override heard({ name, fields }: GstStructure, element: string): void {
    const instance = this.#instance;
    try {
      instance?.run('onMessage', (bin) => bin.onMessage({ name, element, fields }));
    } catch {
      // It has been logged.
    }
  }

  /** What is set before the bin is made, as by the initial values of declared properties, waits until it is. */
  #element(name: string): BinElement {
    return {
      set: (property, value: BinValue) => {
        if (this.#bin === undefined) this.#early.push(() => this.#find(name).set(property, value));
        else this.#find(name).set(property, value);
      },
      get: (property) => this.#find(name).get(property),
    };
  }

  #find(name: string): GstElement {
    if (this.#bin === undefined) {
      throw new Error(`'${name}' can be read once the bin is made of what describe() returns`);
    }
    const found = this.#bin.find(name);
    if (found === undefined) throw new Error(`there is no element named '${name}' in the bin`);
    return found;
  }

  override readonly methods = {
    call: ({ name, params }: Record<string, unknown>): unknown =>
      this.#instance!.call(String(name), params as Record<string, unknown>),
    get: ({ name }: Record<string, unknown>): unknown => this.#instance!.get(String(name)),
    set: ({ name, value }: Record<string, unknown>): unknown => this.#instance!.set(String(name), value),
    data: (message: Record<string, unknown>): number => {
      this.#queue?.push(message as unknown as CarriedData);
      return this.#queue?.dropped ?? 0;
    },
  };

  override async close(): Promise<void> {
    this.#queue?.close();
    this.#watch?.close();
    await this.#instance?.close();
    await super.close();
  }
}

/** Time for the last message to leave the process, ms. */
const LAST_WORDS_MS = 50;

/** @throws KurentoError where the module's description can't be used */
function parse(description: unknown, className: string): GstBin {
  const refuse = (reason: string): never => {
    throw new KurentoError('MEDIA_OBJECT_NOT_AVAILABLE', `The bin of ${className} can't be made: ${reason}`);
  };
  if (typeof description !== 'string' || description.trim() === '') {
    return refuse('describe() should return a description in the language of gst-launch');
  }
  let bin: GstBin;
  try {
    bin = GstBin.parse(description);
  } catch (error) {
    if (!(error instanceof GraphEngineError)) throw error;
    return refuse(error.message);
  }
  const pads = bin.pads();
  for (const direction of ['sink', 'src']) {
    if (pads.filter((pad) => pad.direction === direction).length !== 1) {
      return refuse('describe() should leave one input and one output open');
    }
  }
  return bin;
}
