import type { ModuleDecl } from '@rivero/api';
import type { ElementContext } from './context.js';
import type { DeclaredParams } from './declared-types.js';
import { ElementImplementation } from './element-implementation.js';

/** A value of a GStreamer property. Enums and flags may be given by name, fractions as `30/1`. */
export type BinValue = null | boolean | number | string;

/** One element of the bin, found by its `name`. */
export interface BinElement {
  /** Sets a property, while it runs. @throws Error for unknown elements, unknown properties and values that don't fit */
  set(property: string, value: BinValue): void;
  /** @throws Error for unknown elements and properties */
  get(property: string): unknown;
}

/** A message that an element of the bin posted. */
export interface BinMessage {
  /** Name of the message's structure: `level`, `barcode`. */
  readonly name: string;
  /** Name of the element that posted it. */
  readonly element: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the graph adds to the context of a bin. */
export interface GStreamerBinContext<Params> extends ElementContext<Params> {
  element(name: string): BinElement;
}

/**
 * An element that is a bin of GStreamer elements, described in the language of gst-launch. It runs in the graph process of its
 * pipeline: one that crashes or hangs takes only that along, and is made anew.
 */
export abstract class GStreamerBin<D extends ModuleDecl, C extends string> extends ElementImplementation<
  D,
  C
> {
  /** What the bin works on. */
  readonly kind: 'video' | 'audio' = 'video';

  /**
   * The elements of the bin with their properties: `edgetv name=edges ! videoconvert`. One input and one output stay open; raw media
   * comes in and goes out, converted to the formats that the elements take. Called once, after the constructor.
   */
  abstract describe(): string;

  /** An element of the bin by its name. What is set before `describe` has returned acts when the bin is made; it can be read from then on. */
  protected element(name: string): BinElement {
    return (this.context as GStreamerBinContext<DeclaredParams<D, C>>).element(name);
  }

  /** An element of the bin has posted a message. */
  onMessage(_message: BinMessage): void {}
}
