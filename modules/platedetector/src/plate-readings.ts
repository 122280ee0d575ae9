/** Pictures in which a plate must be read alike before it is believed: one more than Kurento's NUM_ACCUMULATED_PLATES. */
const TO_BELIEVE = 4;
/** Pictures in which a plate may be missed and is still the same one: a second at 15 pictures a second. */
const TO_FORGET = 15;

/** Tells each plate once it was read alike in some pictures; the last one that was told is not told again. */
export class PlateReadings {
  readonly #seen = new Map<string, { pictures: number; missed: number }>();
  #told: string | undefined;

  /** @param texts read in a picture @returns the plates to tell */
  add(texts: readonly string[]): string[] {
    for (const [text, reading] of this.#seen) {
      if (!texts.includes(text) && ++reading.missed > TO_FORGET) this.#seen.delete(text);
    }
    const told: string[] = [];
    for (const text of new Set(texts)) {
      const reading = this.#seen.get(text) ?? { pictures: 0, missed: 0 };
      reading.pictures++;
      reading.missed = 0;
      this.#seen.set(text, reading);
      if (reading.pictures !== TO_BELIEVE || text === this.#told) continue;
      this.#told = text;
      told.push(text);
    }
    return told;
  }
}
