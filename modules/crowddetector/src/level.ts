/** The three thresholds of a level, in percent: level 0 up to the first, 3 above the last. */
export interface Thresholds {
  readonly min: number;
  readonly med: number;
  readonly max: number;
}

/** A level that changes only after it was seen in some pictures running. */
export class Level {
  readonly #thresholds: Thresholds;
  readonly #pictures: number;
  #level = 0;
  #candidate = 0;
  #seen = 0;

  /** @param pictures in which a new level must be seen running, at least 1 */
  constructor(thresholds: Thresholds, pictures: number) {
    this.#thresholds = thresholds;
    this.#pictures = Math.max(1, pictures);
  }

  /** @param percent 0 to 100 @returns the new level where it has changed */
  add(percent: number): number | undefined {
    const { min, med, max } = this.#thresholds;
    const level = percent > max ? 3 : percent > med ? 2 : percent > min ? 1 : 0;
    this.#seen = level === this.#candidate ? this.#seen + 1 : 1;
    this.#candidate = level;
    if (this.#seen < this.#pictures || level === this.#level) return undefined;
    this.#level = level;
    return level;
  }
}
