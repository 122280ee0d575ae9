import type { NativeHandle } from './addon.js';
import { coded } from './errors.js';
import { fromNative, type GstValue, toNative } from './values.js';
import { registerKind, wrapAs } from './wrap.js';

/** What a property is called and holds. */
export interface PropertyInfo {
  readonly name: string;
  /** The GType's name: gint, gchararray, GstCaps, GstX264EncPreset, … */
  readonly type: string;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly description: string;
}

/** Any GObject: element, pad, clock, … Two wrappers of one object are the same value (===). */
export class GstObject {
  /** @internal */
  readonly handle: NativeHandle;

  /** @internal Objects come from GStreamer: GstElement.make, GstPipeline.create, getStaticPad, … */
  constructor(handle: NativeHandle) {
    this.handle = handle;
  }

  get name(): string {
    return coded(() => this.handle.name());
  }

  /** The name of its GType, GstVP8Enc for example. */
  get typeName(): string {
    return coded(() => this.handle.typeName());
  }

  /** Its place in the tree: `/GstPipeline:pipeline0/GstBin:player1/GstFileSrc:source`. */
  get path(): string {
    return coded(() => this.handle.path());
  }

  get parent(): GstObject | undefined {
    const parent = coded(() => this.handle.parent());
    return parent && wrapAs(parent);
  }

  /** Whether this is the other object or somewhere below it. */
  isWithin(other: GstObject): boolean {
    return coded(() => this.handle.isWithin(other.handle));
  }

  /** @throws GraphEngineError NO_SUCH_PROPERTY, also when it can't be read */
  get(property: string): GstValue {
    return fromNative(coded(() => this.handle.get(property)));
  }

  getNumber(property: string): number {
    return Number(this.get(property));
  }

  getString(property: string): string {
    return String(this.get(property) ?? '');
  }

  /**
   * Sets a property. A string is read the way gst-launch reads it: enums by nick, flags as `a+b`, caps, fractions, structures.
   * @throws GraphEngineError NO_SUCH_PROPERTY (also when it can't be written), INVALID_VALUE
   */
  set(property: string, value: GstValue): this {
    coded(() => this.handle.set(property, toNative(value)));
    return this;
  }

  setAll(properties: Readonly<Record<string, GstValue>>): this {
    for (const [name, value] of Object.entries(properties)) this.set(name, value);
    return this;
  }

  properties(): readonly PropertyInfo[] {
    return coded(() => this.handle.properties());
  }

  /**
   * Calls the listener when the signal was emitted (`notify::caps` too). It comes later, with copies of the
   * arguments; its result is not used, and the emitting thread has not waited. The returned function ends it.
   * @throws GraphEngineError NO_SUCH_SIGNAL
   */
  on(signal: string, listener: (...args: GstValue[]) => void): () => void {
    return coded(() => this.handle.on(signal, (...args) => listener(...args.map(fromNative))));
  }

  /**
   * Emits an action signal (`split-now`, `clear`, …) and gives its result, null when it has none.
   * @throws GraphEngineError NO_SUCH_SIGNAL, INVALID_VALUE
   */
  emit(signal: string, ...args: GstValue[]): GstValue {
    return fromNative(coded(() => this.handle.emit(signal, args.map(toNative))));
  }

  /**
   * Ends all listeners and probes on this object, its pads and, of a bin, its children; holds stay. Listeners most often mention
   * the object that they listen to, and the two keep each other alive: GstBin.remove does this for the removed element, and whoever
   * makes an element that never gets into a bin must do it.
   */
  dispose(): void {
    coded(() => this.handle.dispose());
  }
}

registerKind('object', (handle) => new GstObject(handle));
