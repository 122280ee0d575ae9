import { loadAddon, type NativeFrameGate } from './addon.js';
import { coded } from './errors.js';
import type { GstPad } from './pad.js';

/** What went through a gate. Counts go up as long as it lives. */
export interface GateFigures {
  /** Frames that a worker thread has had. */
  processed: number;
  /** Frames that went by because nobody was there to have them. */
  passed: number;
  /** Frames that were dropped because their thread never gave them back. */
  abandoned: number;
  /** Times of the processed frames together and at most, with the way to the thread and back, µs. */
  totalMicros: number;
  maxMicros: number;
  /** How long the present frame has been waited for, µs; 0 when there is none. */
  waitingMicros: number;
}

/**
 * A gate at a pad: every picture or piece of sound goes through a worker thread, which attaches to it with `attachFrames`. The memory is
 * lent to it as it is, without a copy. Until a thread is attached, after that thread has ended and after `close` media passes unchanged.
 * The pad's streaming thread waits for each frame: it must stand behind a queue that drops what is late.
 */
export class FrameGate {
  readonly #native: NativeFrameGate;
  readonly #values = new Float64Array(6);

  /** @param pad its caps must be video/x-raw, or audio/x-raw with interleaved samples in S16 or F32 */
  constructor(pad: GstPad) {
    this.#native = coded(() => pad.handle.frameGate());
  }

  /** For `attachFrames` in the worker thread. */
  get id(): number {
    return this.#native.id;
  }

  read(): GateFigures {
    const values = this.#values;
    this.#native.read(values);
    const [processed = 0, passed = 0, abandoned = 0, totalMicros = 0, maxMicros = 0, waitingMicros = 0] =
      values;
    return { processed, passed, abandoned, totalMicros, maxMicros, waitingMicros };
  }

  /** Nobody waits for a thread any more; media passes unchanged. A frame that a thread still has is dropped. Idempotent. */
  close(): void {
    this.#native.close();
  }

  /** Closes it and takes it off the pad. */
  remove(): void {
    this.#native.remove();
  }
}

/** One plane of a picture. */
export interface FramePlane {
  /** `height` lines of `stride` bytes; the last one may end with its last pixel. */
  readonly data: Uint8Array;
  /** Bytes from one line to the next. */
  readonly stride: number;
  /** Samples of a line, and lines. */
  readonly width: number;
  readonly height: number;
}

/** A frame that a worker thread has. Its memory is taken away with `done`: arrays of it are empty from then on. */
export interface GateFrame {
  /** Pictures: pixels. Sound: samples of one channel, and channels. */
  readonly width: number;
  readonly height: number;
  /** Hz; 0 for pictures. */
  readonly rate: number;
  /** Running time of the graph, ms; -1 when it has none. */
  readonly time: number;
  readonly planes: readonly FramePlane[];
}

const HEADER = 6;
const PLANE = 3;
const MAX_PLANES = 4;

/**
 * For worker threads: frames of a gate come to the listener, one at a time; the next one comes after `done`.
 * @returns done: gives the frame back, which then goes on. False when the memory was given away to another thread: that ends the gate.
 * @throws GraphEngineError INVALID_STATE when there is no such gate, or it is closed or another thread's
 */
export function attachFrames(gate: number, listener: (frame: GateFrame) => void): () => boolean {
  const header = new Float64Array(HEADER + PLANE * MAX_PLANES);
  return coded(() =>
    loadAddon().attachFrames(gate, header, (...buffers) => {
      const planes = buffers.map((buffer, plane) => {
        const [stride = 0, width = 0, height = 0] = header.subarray(HEADER + PLANE * plane);
        return { data: new Uint8Array(buffer), stride, width, height };
      });
      const [, width = 0, height = 0, rate = 0, time = -1] = header;
      listener({ width, height, rate, time, planes });
    }),
  );
}
