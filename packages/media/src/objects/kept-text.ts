import { ownCopy } from '../runtime/own-copy.js';

/** Lines that were kept before, by themselves. */
const known = new Map<string, string>();
/** Lines are forgotten when there are so many: those of credentials are never met again. */
const MAX_KNOWN = 4096;
const MAX_LENGTH = 256;

/**
 * A text that is kept for long, as a list of its lines, which it shares with other texts: descriptions of the same kind of
 * peer differ in a few lines only.
 */
export class KeptText {
  readonly #lines: readonly string[];

  constructor(text: string) {
    const lines: string[] = new Array(countLines(text));
    let at = 0;
    for (let i = 0; i < lines.length; i++) {
      const end = i === lines.length - 1 ? text.length : text.indexOf('\n', at);
      lines[i] = shared(text.slice(at, end));
      at = end + 1;
    }
    this.#lines = lines;
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function shared(line: string): string {
  const same = known.get(line);
  if (same !== undefined) return same;
  const copy = ownCopy(line);
  if (copy.length > MAX_LENGTH) return copy;
  if (known.size === MAX_KNOWN) known.clear();
  known.set(copy, copy);
  return copy;
}
