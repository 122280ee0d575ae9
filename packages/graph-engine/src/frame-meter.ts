import type { NativeFrameMeter } from './addon.js';
import { coded } from './errors.js';
import type { GstPad } from './pad.js';

/** What a chain of elements has done with the frames of its input. Counts go up as long as it lives. */
export interface FrameFigures {
  /** Frames that came. */
  in: number;
  /** Frames that work began on: the others were dropped because they were late, or still wait. */
  begun: number;
  /** Frames that came out. */
  out: number;
  /** Frames whose time was measured, and their times together and at most, µs. */
  timed: number;
  totalMicros: number;
  maxMicros: number;
}

/** Counts and times frames natively, without a call per frame. */
export class FrameMeter {
  readonly #native: NativeFrameMeter;
  readonly #values = new Float64Array(6);

  /**
   * @param entry pad where frames come in
   * @param begin pad behind the queue that drops late ones, where work on a frame begins
   * @param end pad where a frame comes out, on the same thread
   */
  constructor(entry: GstPad, begin: GstPad, end: GstPad) {
    this.#native = coded(() => entry.handle.frameMeter(begin.handle, end.handle));
  }

  read(): FrameFigures {
    const values = this.#values;
    this.#native.read(values);
    const [frames = 0, begun = 0, out = 0, timed = 0, totalMicros = 0, maxMicros = 0] = values;
    return { in: frames, begun, out, timed, totalMicros, maxMicros };
  }

  /** Ends it; the last figures stay readable. */
  remove(): void {
    this.#native.remove();
  }
}
