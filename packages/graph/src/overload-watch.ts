import type { FrameStatistics } from './protocol.js';

/** How often it is looked, ms. */
const LOOK_MS = 1000;
/** It can't keep up when it drops so many of the frames that come, in so many looks one after the other. */
const SHARE = 0.1;
const LOOKS = 2;
/** It has recovered after so many looks without. */
const CALM_LOOKS = 5;

interface Watched {
  readonly read: () => FrameStatistics;
  readonly overloaded: (figures: FrameStatistics) => void;
  framesIn: number;
  framesDropped: number;
  late: number;
  calm: number;
  isTold: boolean;
}

/** Tells of elements that are too slow for the frames that come, once until they have recovered. */
export class OverloadWatch {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  /** @returns what ends it */
  watch(read: () => FrameStatistics, overloaded: (figures: FrameStatistics) => void): () => void {
    const watched: Watched = {
      read,
      overloaded,
      framesIn: 0,
      framesDropped: 0,
      late: 0,
      calm: 0,
      isTold: false,
    };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.look(), LOOK_MS);
    return () => {
      if (!this.#watched.delete(watched) || this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** What is done every LOOK_MS. */
  look(): void {
    for (const watched of [...this.#watched]) lookAt(watched);
  }
}

function lookAt(watched: Watched): void {
  const figures = watched.read();
  const came = figures.framesIn - watched.framesIn;
  const dropped = figures.framesDropped - watched.framesDropped;
  watched.framesIn = figures.framesIn;
  watched.framesDropped = figures.framesDropped;
  const isLate = dropped > 1 && dropped > came * SHARE;
  watched.late = isLate ? watched.late + 1 : 0;
  watched.calm = isLate ? 0 : watched.calm + 1;
  if (watched.calm >= CALM_LOOKS) watched.isTold = false;
  if (watched.late < LOOKS || watched.isTold) return;
  watched.isTold = true;
  watched.overloaded(figures);
}
