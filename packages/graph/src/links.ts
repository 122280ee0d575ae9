/** How a new link lies in the graph. */
export type Circle =
  /** It closes none. */
  | 'none'
  /** What comes out of its end comes back to it, past an element that gives out media at its own pace. */
  | 'paced'
  /** The same, past elements alone that give out what they get: nothing can begin to flow in it, or what does never ends. */
  | 'unpaced';

/** Which elements of a graph get media of which others. */
export class Links {
  /** By element, and by its input: the element from which that comes. */
  readonly #sources = new Map<string, Map<string, string>>();

  /** @param isPaced whether an element gives out media at its own pace, whatever it gets: mixers do */
  constructor(private readonly isPaced: (element: string) => boolean) {}

  /** What a link from `source` to `sink` would be. */
  circle(source: string, sink: string): Circle {
    if (this.#reaches(sink, source, (element) => !this.isPaced(element))) return 'unpaced';
    return this.#reaches(sink, source, () => true) ? 'paced' : 'none';
  }

  /** In place of what the input had. */
  set(source: string, sink: string, input: string): void {
    let inputs = this.#sources.get(sink);
    if (inputs === undefined) {
      inputs = new Map();
      this.#sources.set(sink, inputs);
    }
    inputs.set(input, source);
  }

  delete(sink: string, input: string): void {
    const inputs = this.#sources.get(sink);
    if (inputs?.delete(input) && inputs.size === 0) this.#sources.delete(sink);
  }

  /** Everything to and from an element. */
  deleteElement(element: string): void {
    this.#sources.delete(element);
    for (const [sink, inputs] of this.#sources) {
      for (const [input, source] of inputs) if (source === element) this.delete(sink, input);
    }
  }

  /** Whether media of `from` comes to `to`, past elements alone that `through` accepts, themselves among them. */
  #reaches(from: string, to: string, through: (element: string) => boolean): boolean {
    const seen = new Set<string>();
    const next = [to];
    for (let element = next.pop(); element !== undefined; element = next.pop()) {
      if (seen.has(element) || !through(element)) continue;
      if (element === from) return true;
      seen.add(element);
      next.push(...(this.#sources.get(element)?.values() ?? []));
    }
    return false;
  }
}
