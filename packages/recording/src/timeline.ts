/** Frames of different sources that begin together come in any order: one that is this much before the start begins with it, ns. */
const START_TOLERANCE = 1_000_000_000;

interface Times {
  readonly pts: number;
  readonly dts?: number;
  readonly duration?: number;
}

/** Maps the times of frames to times in a recording: it begins at 0, and pauses are cut out. Unit: ns. */
export class Timeline {
  /** What is taken from a frame's time; undefined until the first frame after a start or pause. */
  #base: number | undefined;
  #paused = true;
  /** Where the stretch since the last pause begins in the recording. */
  #stretch = 0;
  /** Where the recording ends so far. */
  #end = 0;

  get end(): number {
    return this.#end;
  }

  resume(): void {
    this.#paused = false;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#base = undefined;
    this.#stretch = this.#end;
  }

  /** Where a frame lies in the recording; undefined when it belongs to a time that is not recorded. */
  place(frame: Times): { pts: number; dts: number | undefined } | undefined {
    if (this.#paused) return undefined;
    const first = frame.dts ?? frame.pts;
    this.#base ??= first - this.#stretch;
    const offset = first - this.#base - this.#stretch;
    if (offset < -START_TOLERANCE) return undefined;
    const shift = offset < 0 ? -offset : 0;
    const pts = Math.max(frame.pts - this.#base + shift, 0);
    const dts = frame.dts === undefined ? undefined : Math.max(frame.dts - this.#base + shift, 0);
    this.#end = Math.max(this.#end, pts + (frame.duration ?? 0));
    return { pts, dts };
  }
}
