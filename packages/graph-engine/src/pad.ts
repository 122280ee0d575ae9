import type { NativeBufferProbe, NativeProbe } from './addon.js';
import { coded, codedAsync } from './errors.js';
import type { GstEventRequest } from './event.js';
import { sendEvent } from './event.js';
import { GstObject } from './object.js';
import { fromNative, type GstStructure } from './values.js';
import { registerKind, wrapAs } from './wrap.js';

/** Keeps the data flow of a pad waiting until it is released. */
export interface PadHold {
  /** Lets the data go on. Calling it again changes nothing. */
  release(): void;
}

/** What went through a pad, counted natively. */
export interface BufferCounts {
  buffers: number;
  bytes: number;
  /** Buffers that the probe itself has dropped. */
  dropped: number;
  /** Buffers that are not delta units: key frames of video, every frame of audio. */
  keyFrames: number;
  /** Presentation time of the last buffer (ns), undefined when there was none or it had none. */
  lastTime: number | undefined;
  /** Delta units that are presented before one that came earlier: bidirectionally predicted pictures. */
  reordered: number;
}

/**
 * What a buffer probe does not let through: nothing, everything, everything until the next key frame, or what has no presentation time.
 */
export type DropMode = 'none' | 'all' | 'until-key-frame' | 'untimed';
const DROP_MODES: Readonly<Record<DropMode, number>> = {
  none: 0,
  all: 1,
  'until-key-frame': 2,
  untimed: 3,
};

export interface EventProbeOptions {
  /** Which way the events go; force-key-unit requests of viewers go upstream. */
  direction: 'upstream' | 'downstream';
  /**
   * Names of GStreamer's event types (`eos`, `caps`, `segment`, `tag`, `stream-start`, …) and, for what goes in custom
   * events, `force-key-unit` or the name of the event's structure.
   */
  types: readonly string[];
  /** The events end here instead of going on. */
  drop?: boolean;
  /** Only events with 0 in this field of their structure, an unsigned number of 64 bits. */
  zero?: string;
  /** No more than one call per so many milliseconds; the others are not announced (but dropped as `drop` says). */
  intervalMs?: number;
}

export interface PadEvent {
  readonly type: string;
  readonly structure: GstStructure | undefined;
}

export class GstPad extends GstObject {
  get direction(): 'src' | 'sink' {
    return coded(() => this.handle.direction()) === 'src' ? 'src' : 'sink';
  }

  /** The caps that were negotiated, undefined before. */
  get caps(): string | undefined {
    return coded(() => this.handle.currentCaps());
  }

  /** All caps that the pad could agree to now. */
  queryCaps(): string {
    return coded(() => this.handle.queryCaps());
  }

  get peer(): GstPad | undefined {
    const peer = coded(() => this.handle.peer());
    return peer && wrapAs<GstPad>(peer);
  }

  get isLinked(): boolean {
    return this.peer !== undefined;
  }

  /**
   * From this source pad to a sink pad. Where data flows already, or is held, the sink must have the state of its bin first: an element
   * that does not run yet answers that it is flushing, and that ends the source without a word.
   * @throws GraphEngineError LINK_FAILED, with GStreamer's reason
   */
  link(sink: GstPad): void {
    coded(() => this.handle.linkPad(sink.handle));
  }

  /** Takes it off whatever it is linked to; false when it was not linked. */
  unlink(): boolean {
    return coded(() => this.handle.unlink());
  }

  /** What a ghost pad stands for; without one it stands for nothing. */
  setTarget(target: GstPad | undefined): void {
    coded(() => this.handle.setTarget(target?.handle));
  }

  setActive(active: boolean): void {
    coded(() => this.handle.setActive(active));
  }

  /** Added to the running time of all that goes through (ns). */
  get offset(): number {
    return coded(() => this.handle.offset());
  }

  set offset(nanoseconds: number) {
    coded(() => this.handle.setOffset(nanoseconds));
  }

  /** Lets no data through (sticky events but EOS go on) until it is released. */
  hold(): PadHold {
    return new ProbeHold(coded(() => this.handle.hold()));
  }

  /** Unlinks the pad between two buffers, when no data is on its way through it. */
  blockAndUnlink(): Promise<void> {
    return codedAsync(() => this.handle.idle(true));
  }

  /** Waits for a moment at which no data is on its way through the pad. */
  idle(): Promise<void> {
    return codedAsync(() => this.handle.idle(false));
  }

  /**
   * The presentation time (ns, -1 for none) of the first buffer that goes through from now on; undefined when the pad was disposed of
   * before.
   */
  firstBuffer(): Promise<number | undefined> {
    return codedAsync(() => this.handle.firstBuffer());
  }

  /** Counts what goes through, and drops some of it on demand, without a call per buffer. */
  probeBuffers(): BufferProbe {
    return new BufferProbe(coded(() => this.handle.bufferProbe()));
  }

  /**
   * Refuses queries that stand in line with the data, such as those for memory: whoever asks would wait until a queue behind this pad has
   * handed on all that is before them. Sources then choose their memory by themselves.
   * @returns what ends it
   */
  refuseWaiting(): () => void {
    const probe = coded(() => this.handle.refuseWaiting());
    return () => probe.remove();
  }

  /** Tells of events that pass. The returned function ends it. */
  onEvent(options: EventProbeOptions, listener: (event: PadEvent) => void): () => void {
    const { direction, types, drop = false, zero = '', intervalMs = 0 } = options;
    const probe = coded(() =>
      this.handle.eventProbe(direction === 'upstream', types, drop, zero, intervalMs, (type, structure) =>
        listener({ type, structure: structure && (fromNative(structure) as GstStructure) }),
      ),
    );
    return () => probe.remove();
  }

  /** Gives the pad an event as its peer would; false when nobody took it. Runs off the JavaScript thread. */
  sendEvent(event: GstEventRequest): Promise<boolean> {
    return sendEvent(this.handle, event);
  }
}

export class BufferProbe {
  readonly #probe: NativeBufferProbe;
  readonly #values = new Float64Array(6);

  /** @internal */
  constructor(probe: NativeBufferProbe) {
    this.#probe = probe;
  }

  /** Writes into the given counts, so that polling allocates nothing. */
  read(
    into: BufferCounts = {
      buffers: 0,
      bytes: 0,
      dropped: 0,
      keyFrames: 0,
      lastTime: undefined,
      reordered: 0,
    },
  ): BufferCounts {
    const values = this.#values;
    this.#probe.read(values);
    into.buffers = values[0]!;
    into.bytes = values[1]!;
    into.dropped = values[2]!;
    into.keyFrames = values[3]!;
    into.lastTime = values[4]! < 0 ? undefined : values[4]!;
    into.reordered = values[5]!;
    return into;
  }

  setDrop(mode: DropMode): void {
    this.#probe.setDrop(DROP_MODES[mode]);
  }

  /** Ends it; the last counts stay readable. */
  remove(): void {
    this.#probe.remove();
  }
}

/** @internal */
export class ProbeHold implements PadHold {
  readonly #probe: NativeProbe;

  constructor(probe: NativeProbe) {
    this.#probe = probe;
  }

  release(): void {
    this.#probe.remove();
  }
}

registerKind('pad', (handle) => new GstPad(handle));
