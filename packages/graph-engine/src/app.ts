import type { NativeSample } from './addon.js';
import { GstElement } from './element.js';
import { coded } from './errors.js';
import { registerKind } from './wrap.js';

/** One buffer of an appsink. */
export interface CollectedSample {
  readonly data: Uint8Array;
  /** Presentation time (ns of running time), undefined when it has none. */
  readonly time: number | undefined;
  /** Decoding time (ns of running time), undefined when it has none. */
  readonly decodeTime: number | undefined;
  readonly duration: number | undefined;
  readonly caps: string;
  readonly keyFrame: boolean;
  /** Something is missing before it (GST_BUFFER_FLAG_DISCONT). */
  readonly discontinuous: boolean;
}

/** One whose memory belongs to GStreamer: read it, and release it soon. */
export interface Sample extends CollectedSample {
  /** Gives the memory back; `data` is empty from then on. What was forgotten is given back by the garbage collector. */
  release(): void;
}

const BATCH_FIELDS = 7;

/** Takes buffers out of the graph: as they come, without copying them (`onSample`), or many at a time (`collect`, `take`). */
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

  /**
   * From now on samples wait until they are taken: JavaScript does not wake for each of them.
   * @param maxPending how many may wait; what comes in the meantime is dropped and counted
   */
  collect(maxPending: number): void {
    coded(() => this.handle.collect(maxPending));
  }

  /** Copies of what has come since it was asked last. */
  take(): CollectedSample[] {
    const batch = coded(() => this.handle.takeSamples());
    const samples: CollectedSample[] = [];
    if (batch === undefined) return samples;
    const { data, fields, caps } = batch;
    for (let at = 0, offset = 0; at < fields.length; at += BATCH_FIELDS) {
      const size = fields[at]!;
      samples.push({
        data: new Uint8Array(data, offset, size),
        time: timeOf(fields[at + 1]!),
        decodeTime: timeOf(fields[at + 2]!),
        duration: timeOf(fields[at + 3]!),
        keyFrame: fields[at + 4] === 1,
        caps: caps[fields[at + 5]!]!,
        discontinuous: fields[at + 6] === 1,
      });
      offset += size;
    }
    return samples;
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
    time: timeOf(native.pts),
    decodeTime: timeOf(native.dts),
    duration: timeOf(native.duration),
    caps: native.caps,
    keyFrame: native.keyFrame,
    discontinuous: native.discontinuous,
    release: () => native.release(),
  };
}

function timeOf(native: number): number | undefined {
  return native < 0 ? undefined : native;
}

registerKind('appsink', (handle) => new AppSink(handle));
registerKind('appsrc', (handle) => new AppSource(handle));
