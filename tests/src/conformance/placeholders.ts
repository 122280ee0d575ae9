import { type Json, readFixture } from './transcript.js';

const PLACEHOLDER =
  /\b(?:(?:session|server|subscription|uuid|stats|ssrc)-\d+|pipeline-\d+(?:\/[a-z]+-\d+)*)\b/g;
const WHOLE_PLACEHOLDER = new RegExp(`^(?:${PLACEHOLDER.source})$`);
const DESCRIPTION = /^<sdp(?:, not kept|: sdp\/([\w-]+\.sdp)[^>]*)>$/;

/** The names that a transcript has for ids and descriptions, each bound to what this server gave for it. */
export class Placeholders {
  #ids: Map<string, string>;
  readonly #descriptions: Map<string, string>;

  constructor(ids = new Map<string, string>(), descriptions = new Map<string, string>()) {
    this.#ids = ids;
    this.#descriptions = descriptions;
  }

  /** A copy to try bindings on. */
  fork(): Placeholders {
    return new Placeholders(new Map(this.#ids), this.#descriptions);
  }

  /** Takes over what a copy has bound. */
  adopt(fork: Placeholders): void {
    this.#ids = fork.#ids;
  }

  bind(placeholder: string, id: string): void {
    this.#ids.set(placeholder, id);
  }

  has(placeholder: string): boolean {
    return this.#ids.has(placeholder);
  }

  /** The placeholders in a text that nothing is bound to. */
  unboundIn(text: string): string[] {
    return (text.match(PLACEHOLDER) ?? []).filter((placeholder) => !this.#ids.has(placeholder));
  }

  /** Whether a text is what was recorded; a placeholder that is met for the first time is bound. */
  matches(actual: string, recorded: string): boolean {
    if (WHOLE_PLACEHOLDER.test(recorded) && !this.#ids.has(recorded)) {
      // Two placeholders never stand for the same id.
      for (const id of this.#ids.values()) if (id === actual) return false;
      this.#ids.set(recorded, actual);
      return true;
    }
    return actual === this.#replaceIds(recorded);
  }

  /** Keeps a description that this server made, for later requests that send it. */
  keepDescription(recorded: string, actual: string): void {
    this.#descriptions.set(recorded, actual);
  }

  /** What was recorded, with our ids and descriptions. */
  substitute(value: unknown): unknown {
    if (typeof value === 'string') return this.#description(value) ?? this.#replaceIds(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.substitute(item));
    const copy: Json = {};
    for (const [key, member] of Object.entries(value)) copy[this.#replaceIds(key)] = this.substitute(member);
    return copy;
  }

  #replaceIds(text: string): string {
    return text.replace(PLACEHOLDER, (placeholder) => this.#ids.get(placeholder) ?? placeholder);
  }

  #description(text: string): string | undefined {
    const found = DESCRIPTION.exec(text);
    if (found === null) return undefined;
    const kept = this.#descriptions.get(text);
    if (kept !== undefined) return kept;
    return found[1] === undefined ? undefined : readFixture(`sdp/${found[1]}`);
  }
}
