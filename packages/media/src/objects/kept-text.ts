import { ownCopy } from '../runtime/own-copy.js';

/** Templates that were kept before. */
const known = new Map<string, string>();
/** They are forgotten when there are so many. */
const MAX_KNOWN = 1024;
const MAX_LENGTH = 16 * 1024;

/** In a template: here a line follows that is the text's own. And between those. */
const GAP = '\0';

/** Lines that are a peer's own: nobody else has the same. Of m-lines those with a port. */
const PARTICULAR =
  /^(?:o=|c=|m=\w+ (?![09] )|a=(?:ssrc|ice-ufrag|ice-pwd|fingerprint|candidate|end-of|msid|rtcp:|crypto|remote-))/;

/**
 * A text that is kept for long as what is its own and a template that it shares with others: descriptions of the same kind of peer
 * differ in a few lines only.
 */
export class KeptText {
  /** The text without its own lines; undefined where nothing is shared. */
  readonly #template: string | undefined;
  readonly #own: string;

  constructor(text: string) {
    if (text.includes(GAP) || text.length > MAX_LENGTH) {
      this.#own = ownCopy(text);
      return;
    }
    const shared: string[] = [];
    const own: string[] = [];
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at) + 1 || text.length;
      const line = text.slice(at, end);
      if (PARTICULAR.test(line)) {
        own.push(line);
        shared.push(GAP);
      } else shared.push(line);
      at = end;
    }
    this.#template = kept(shared.join(''));
    this.#own = ownCopy(own.join(GAP));
  }

  toString(): string {
    if (this.#template === undefined) return this.#own;
    const own = this.#own.split(GAP);
    let next = 0;
    return this.#template.replaceAll(GAP, () => own[next++]!);
  }
}

function kept(template: string): string {
  const same = known.get(template);
  if (same !== undefined) return same;
  const copy = ownCopy(template);
  if (known.size === MAX_KNOWN) known.clear();
  known.set(copy, copy);
  return copy;
}
