/** Silence in dBov (RFC 6464 section 3). */
export const SILENCE_DBOV = -127;

/** Relative power of each level. */
const POWERS = Float64Array.from({ length: 128 }, (_, level) => 10 ** (-level / 10));

/** Sums up the audio levels of one source (RFC 6464) between two readings. */
export class AudioLevelMeter {
  #power = 0;
  #count = 0;
  #lowest = 127;
  #voice = false;

  /** @param level as in the header extension: -dBov 0 … 127 | voice activity << 7 */
  onLevel(level: number): void {
    const loudness = level & 0x7f;
    this.#power += POWERS[loudness]!;
    this.#count++;
    if (loudness < this.#lowest) this.#lowest = loudness;
    if ((level & 0x80) !== 0) this.#voice = true;
  }

  /** Levels since the last reset. */
  get count(): number {
    return this.#count;
  }

  /** Level of the mean power, dBov -127 … 0. */
  get mean(): number {
    return this.#count === 0 ? SILENCE_DBOV : Math.round(10 * Math.log10(this.#power / this.#count)) + 0;
  }

  /** The loudest, dBov -127 … 0. */
  get peak(): number {
    return 0 - this.#lowest;
  }

  /** Whether the sender said that somebody spoke. */
  get voice(): boolean {
    return this.#voice;
  }

  reset(): void {
    this.#power = 0;
    this.#count = 0;
    this.#lowest = 127;
    this.#voice = false;
  }
}
