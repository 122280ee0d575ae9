import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ownCopy } from '../runtime/own-copy.js';

/** What many texts share. */
interface Template {
  /** The text without its own lines. */
  readonly text: string;
  /** Own lines of the first text with this template, without secrets: those of others are packed as what differs from them. */
  readonly example: Buffer;
}

/** Templates that were kept before, by their text. */
const known = new Map<string, Template>();
/** They are forgotten when there are so many. */
const MAX_KNOWN = 1024;
const MAX_LENGTH = 16 * 1024;

/** In a template: here a line follows that is the text's own. And between those. */
const GAP = '\0';

/** Lines that are a peer's own: nobody else has the same. Of m-lines those with a port. */
const PARTICULAR =
  /^(?:o=|c=|m=\w+ (?![09] )|a=(?:ssrc|ice-ufrag|ice-pwd|fingerprint|candidate|end-of|msid|rtcp:|crypto|remote-))/;

/** The part of a line that nobody else may know. It does not live on in an example. */
const SECRETS = /^(a=(?:ice-pwd|crypto):).*$/gm;

/** Small: there is little to pack, and it is done at each negotiation. */
const PACKING = { windowBits: 11, memLevel: 4, chunkSize: 2048 };

/**
 * A text that is kept for long as what is its own and a template that it shares with others: descriptions of the same kind of peer
 * differ in a few lines only, and those in a few words.
 */
export class KeptText {
  /** Undefined where nothing is shared. */
  readonly #template: Template | undefined;
  /** The own lines; packed ones are bytes as characters: a buffer takes more for itself than for what is in it. */
  readonly #own: string;
  readonly #packed: boolean = false;

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
    const lines = own.join(GAP);
    const template = kept(shared.join(''), lines);
    this.#template = template;
    const bytes = Buffer.from(lines, 'latin1');
    this.#packed = lines.length > 0 && bytes.toString('latin1') === lines;
    this.#own = this.#packed
      ? deflateRawSync(bytes, { ...PACKING, dictionary: template.example }).toString('latin1')
      : ownCopy(lines);
  }

  toString(): string {
    const template = this.#template;
    if (template === undefined) return this.#own;
    const own = this.#packed ? unpacked(this.#own, template) : this.#own;
    const lines = own.split(GAP);
    let next = 0;
    return template.text.replaceAll(GAP, () => lines[next++]!);
  }
}

function unpacked(own: string, { example }: Template): string {
  return inflateRawSync(Buffer.from(own, 'latin1'), { dictionary: example }).toString('latin1');
}

function kept(text: string, lines: string): Template {
  const same = known.get(text);
  if (same !== undefined) return same;
  const template = { text: ownCopy(text), example: Buffer.from(lines.replace(SECRETS, '$1'), 'latin1') };
  if (known.size === MAX_KNOWN) known.clear();
  known.set(template.text, template);
  return template;
}
