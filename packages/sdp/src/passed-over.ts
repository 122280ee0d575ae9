/** Told of something that is passed over. The reason never quotes the peer's text, which may hold keys. */
export type Note = (reason: string) => void;

/** Different reasons that are kept of a description. */
const MAX_REASONS = 16;

/** What of a description made no sense and was passed over, for logs: where and why. Bounded, whatever the description. */
export class PassedOver {
  readonly #counts = new Map<string, number>();
  #further = 0;

  /** Notes for a section: the session level, or an m-line by its index. */
  of(section: 'session' | number): Note {
    const place = section === 'session' ? section : `m-line ${section}`;
    return (reason) => {
      const key = `${place}: ${reason}`;
      const count = this.#counts.get(key);
      if (count === undefined && this.#counts.size >= MAX_REASONS) this.#further += 1;
      else this.#counts.set(key, (count ?? 0) + 1);
    };
  }

  /** Such as `m-line 0: a=rtpmap of no payload type (2)`. */
  get reasons(): string[] {
    const told = [...this.#counts].map(([reason, count]) => (count === 1 ? reason : `${reason} (${count})`));
    return this.#further === 0 ? told : [...told, `${this.#further} more`];
  }
}
