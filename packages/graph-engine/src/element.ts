import { loadAddon } from './addon.js';
import { coded, codedAsync, GraphEngineError } from './errors.js';
import { type GstEventRequest, sendEvent } from './event.js';
import { GstObject } from './object.js';
import { type GstPad, type PadHold, ProbeHold } from './pad.js';
import { type GstValue, toNativeFields } from './values.js';
import { registerKind, wrapAs } from './wrap.js';

export type GstState = 'null' | 'ready' | 'paused' | 'playing';
/** `async`: it goes on by itself; `no-preroll`: live, data comes in `playing` only. */
export type StateChange = 'success' | 'async' | 'no-preroll';

export interface SeekOptions {
  /** Flags as GStreamer writes them; default `flush+key-unit`. */
  flags?: string;
  /** Default 1. */
  rate?: number;
  /** Where to end (ns); default: the end. */
  stop?: number;
}

/**
 * An element. What may take long (state changes, seeks, events, queries) runs on a thread that belongs to the element's
 * outermost bin below the pipeline, in the order of the calls, and never on the JavaScript thread: one that hangs holds up
 * neither JavaScript nor the other bins.
 */
export class GstElement extends GstObject {
  /** Some properties can be set only here. @throws GraphEngineError ELEMENT_MISSING, NO_SUCH_PROPERTY, INVALID_VALUE */
  static make(factory: string, properties: Readonly<Record<string, GstValue>> = {}, name = ''): GstElement {
    const all = name === '' ? properties : { ...properties, name };
    return wrapAs<GstElement>(coded(() => loadAddon().makeElement(factory, toNativeFields(all))));
  }

  /** What it was made of: `vp8enc`; empty for elements without a factory. */
  get factoryName(): string {
    return coded(() => this.handle.factoryName());
  }

  /** @throws GraphEngineError NO_SUCH_PAD */
  getStaticPad(name: string): GstPad {
    const pad = coded(() => this.handle.staticPad(name));
    if (!pad) throw new GraphEngineError('NO_SUCH_PAD', `${this.name} has no pad ${name}`);
    return wrapAs<GstPad>(pad);
  }

  /** A new pad of a template (`sink_%u`, or a name that fits it). @throws GraphEngineError NO_SUCH_PAD */
  requestPad(template: string): GstPad {
    const pad = coded(() => this.handle.requestPad(template));
    if (!pad) throw new GraphEngineError('NO_SUCH_PAD', `${this.name} gives no pad ${template}`);
    return wrapAs<GstPad>(pad);
  }

  releasePad(pad: GstPad): void {
    coded(() => this.handle.releasePad(pad.handle));
  }

  pads(): GstPad[] {
    return coded(() => this.handle.pads()).map((pad) => wrapAs<GstPad>(pad));
  }

  /**
   * Links to another element by pads that fit, asking for request pads where needed.
   * @param caps only these caps may flow
   * @throws GraphEngineError LINK_FAILED
   */
  link(sink: GstElement, caps = ''): void {
    coded(() => this.handle.linkElement(sink.handle, caps));
  }

  /**
   * Tells of new source pads. Each is held natively before its first data, until the listener, or somebody later,
   * releases it: sticky events (stream-start, caps, tags) come to it all the same, as a rule before the call. A pad that is never released holds its streaming thread until
   * the element stops.
   */
  onPadAdded(listener: (pad: GstPad, hold: PadHold) => void): () => void {
    return coded(() =>
      this.handle.onPadAdded((pad, hold) => listener(wrapAs<GstPad>(pad), new ProbeHold(hold))),
    );
  }

  onPadRemoved(listener: (pad: GstPad) => void): () => void {
    return this.on('pad-removed', (pad) => listener(pad as GstPad));
  }

  /**
   * Changes the state off the JavaScript thread. From the call of `setState('null')` on, errors that the element or its
   * children post are not announced any more.
   * @throws GraphEngineError STATE_CHANGE_FAILED (rejects); an `error` message tells why
   */
  async setState(state: GstState): Promise<StateChange> {
    return (await codedAsync(() => this.handle.setState(state))) as StateChange;
  }

  /** Where it is and where it is going to; does not wait. */
  getState(): { current: GstState; pending: GstState | undefined } {
    const { current, pending } = coded(() => this.handle.state());
    return {
      current: current as GstState,
      pending: pending === 'void-pending' ? undefined : (pending as GstState),
    };
  }

  /** Takes over the state of its bin, as an element that was added to a running one must. */
  syncStateWithParent(): Promise<void> {
    return codedAsync(() => this.handle.syncStateWithParent());
  }

  /** A locked element does not follow its bin's state changes. */
  lockState(locked: boolean): void {
    coded(() => this.handle.lockState(locked));
  }

  /** Gives the element an event, upstream ones at its source pads or sinks; false when nobody took it. */
  sendEvent(event: GstEventRequest): Promise<boolean> {
    return sendEvent(this.handle, event);
  }

  /** @param position ns @throws GraphEngineError SEEK_FAILED (rejects) */
  seek(position: number, options: SeekOptions = {}): Promise<void> {
    const { flags = 'flush+key-unit', rate = 1, stop = -1 } = options;
    return codedAsync(() => this.handle.seek(position, flags, rate, stop));
  }

  /** Position in the stream (ns), undefined when it has none. */
  queryPosition(): Promise<number | undefined> {
    return this.#query('position');
  }

  /** Length (ns), undefined when it is not known or has none. */
  queryDuration(): Promise<number | undefined> {
    return this.#query('duration');
  }

  /** Whether it can be seeked. */
  async querySeekable(): Promise<boolean> {
    return (await this.#query('seekable')) === 1;
  }

  /** ns; `maximum` undefined when there is none. Undefined when nobody answers. */
  async queryLatency(): Promise<{ live: boolean; minimum: number; maximum: number | undefined } | undefined> {
    const latency = await codedAsync(() => this.handle.queryLatency());
    return latency && { ...latency, maximum: latency.maximum < 0 ? undefined : latency.maximum };
  }

  async #query(kind: string): Promise<number | undefined> {
    const answer = await codedAsync(() => this.handle.query(kind));
    return answer < 0 ? undefined : answer;
  }
}

registerKind('element', (handle) => new GstElement(handle));
