/** What a gap in a source is to a recording (Kurento: GapsFixMethod). */
export type GapsFix = 'NONE' | 'GENPTS';

/** A picture that comes first after a gap tells of one in the sound only when it is longer than this, ns. */
const MIN_PROVISIONAL = 500_000_000;

interface Timed {
  /** ns */
  readonly pts: number;
  /** ns */
  readonly duration?: number;
  /** Something was lost before it. */
  readonly discontinuous?: boolean;
}

/**
 * Kurento's GENPTS for one source: the time for which its sound was lost is taken out of all that follows, sound and picture, so that they
 * stay together. Silence that was not sent is no gap, and neither are lost pictures alone.
 */
export class GapCloser {
  #closed = 0;
  #provisional = 0;
  #soundAt: number | undefined;
  #soundLasts = 0;
  #pictureAt: number | undefined;

  /** How much earlier a frame belongs, ns. Frames of a kind come in their order. */
  shift(kind: 'audio' | 'video', frame: Timed): number {
    return kind === 'audio' ? this.#sound(frame) : this.#picture(frame);
  }

  /** What comes next does not follow on what was. */
  forget(kind: 'audio' | 'video'): void {
    if (kind === 'audio') this.#soundAt = undefined;
    else this.#pictureAt = undefined;
    this.#provisional = 0;
  }

  #sound({ pts, duration, discontinuous = false }: Timed): number {
    const since = this.#soundAt === undefined ? 0 : pts - this.#soundAt;
    if (discontinuous && this.#soundLasts > 0) this.#closed += Math.max(0, since - this.#soundLasts);
    // Sources that do not say how long a frame lasts have frames of one length.
    if (duration !== undefined) this.#soundLasts = duration;
    else if (!discontinuous && since > 0) this.#soundLasts = since;
    this.#soundAt = pts;
    this.#provisional = 0;
    return this.#closed;
  }

  #picture({ pts, discontinuous = false }: Timed): number {
    // When both were lost, either may come again first.
    if (discontinuous && this.#soundAt !== undefined && this.#pictureAt !== undefined) {
      const gap = pts - Math.max(this.#soundAt + this.#soundLasts, this.#pictureAt);
      if (gap > MIN_PROVISIONAL) this.#provisional = gap;
    }
    this.#pictureAt = pts;
    return this.#closed + this.#provisional;
  }
}
