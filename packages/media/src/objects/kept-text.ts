import { ownCopy } from '../runtime/own-copy.js';

/** Stretches of text that were kept before. */
const known = new Map<string, string>();
/** They are forgotten when there are so many. */
const MAX_KNOWN = 1024;
const MAX_LENGTH = 16 * 1024;

/** Lines that are a peer's own: nobody else has the same. */
const PARTICULAR =
  /^(?:o=|c=|a=(?:ssrc|ice-ufrag|ice-pwd|fingerprint|candidate|end-of|msid:|rtcp:|crypto|remote-))/;

/**
 * A text that is kept for long, in stretches of lines, which it shares with other texts where it can: descriptions of the same kind
 * of peer differ in a few lines only.
 */
export class KeptText {
  readonly #parts: readonly string[];

  constructor(text: string) {
    const parts: string[] = [];
    let start = 0;
    let wasParticular = false;
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at) + 1 || text.length;
      const particular = PARTICULAR.test(text.slice(at, Math.min(end, at + 20)));
      if (particular !== wasParticular && at > start) {
        parts.push(kept(text.slice(start, at), wasParticular));
        start = at;
      }
      wasParticular = particular;
      at = end;
    }
    if (start < text.length) parts.push(kept(text.slice(start), wasParticular));
    // Without the room that an array keeps for more.
    this.#parts = parts.slice();
  }

  toString(): string {
    return this.#parts.join('');
  }
}

function kept(stretch: string, particular: boolean): string {
  if (particular) return ownCopy(stretch);
  const same = known.get(stretch);
  if (same !== undefined) return same;
  const copy = ownCopy(stretch);
  if (copy.length > MAX_LENGTH) return copy;
  if (known.size === MAX_KNOWN) known.clear();
  known.set(copy, copy);
  return copy;
}
