/**
 * Results of a function of a text, for texts that come again and again: peers of the same kind write the same lines. Bounded, whatever
 * peers write: who fills it only loses the others time.
 */
export class RecentResults<Result> {
  readonly #results = new Map<string, Result>();

  /**
   * @param most results that are kept
   * @param longest text whose result is kept, characters
   */
  constructor(
    private readonly most: number,
    private readonly longest: number,
  ) {}

  /** @param make is called for a text that is not known; what it throws is thrown, and nothing kept. */
  get(text: string, make: () => Result): Result {
    const known = this.#results.get(text);
    if (known !== undefined) return known;
    const result = make();
    if (text.length > this.longest) return result;
    // The one that came first: those that are in use come back.
    if (this.#results.size >= this.most) this.#results.delete(this.#results.keys().next().value!);
    this.#results.set(text, result);
    return result;
  }

  get size(): number {
    return this.#results.size;
  }
}
