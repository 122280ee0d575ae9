import type { NativeSample } from './addon.js';
import { GstElement } from './element.js';
import { coded } from './errors.js';
import { registerKind } from './wrap.js';

/** One buffer of an appsink. Its memory belongs to GStreamer: read it, and release it soon. */
export interface Sample {
  readonly data: Uint8Array;
  /** Presentation time (ns of running time), undefined when it has none. */
  readonly time: number | undefined;
  /** Decoding time (ns of running time), undefined when it has none. */
  readonly decodeTime: number | undefined;
  readonly duration: number | undefined;
  readonly caps: string;
  readonly keyFrame: boolean;
  /** Gives the memory back; `data` is empty from then on. What was forgotten is given back by the garbage collector. */
  release(): void;
}

/** Takes buffers out of the graph without copying them. */
export class AppSink extends GstElement {
  static override make(_factory = 'appsink', properties = {}, name = ''): AppSink {
    return GstElement.make('appsink', properties, name) as AppSink;
  }

  /**
   * @param maxPending how many samples may wait for JavaScript; what comes in the meantime is dropped and counted. The streaming
   * thread never waits.
   */
  onSample(listener: (sample: Sample) => void, maxPending = 4): void {
    coded(() => this.handle.onSample((native) => listener(sampleFromNative(native)), maxPending));
  }

  /** Samples that were dropped because JavaScript was late. */
  get dropped(): number {
    return coded(() => this.handle.sampleDrops());
  }
}

/** Puts buffers into the graph without copying them. */
export class AppSource extends GstElement {
  static override make(_factory = 'appsrc', properties = {}, name = ''): AppSource {
    return GstElement.make('appsrc', properties, name) as AppSource;
  }

  /**
   * The bytes belong to GStreamer from now on: don't write to them.
   * @param time presentation time (ns); without one the source stamps it (do-timestamp)
   * @returns `ok`, `flushing` (not running) or `eos`
   */
  push(data: Uint8Array, time = -1, duration = -1): string {
    return coded(() => this.handle.push(data, time, duration));
  }

  /** Ends the stream after what was pushed. */
  endOfStream(): void {
    this.emit('end-of-stream');
  }
}

function sampleFromNative(native: NativeSample): Sample {
  return {
    data: new Uint8Array(native.data),
    time: native.pts < 0 ? undefined : native.pts,
    decodeTime: native.dts < 0 ? undefined : native.dts,
    duration: native.duration < 0 ? undefined : native.duration,
    caps: native.caps,
    keyFrame: native.keyFrame,
    release: () => native.release(),
  };
}

registerKind('appsink', (handle) => new AppSink(handle));
registerKind('appsrc', (handle) => new AppSource(handle));
