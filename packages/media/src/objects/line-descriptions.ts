import type { NegotiatedMedia } from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import { ownCopy } from '../runtime/own-copy.js';
import { SmallMap } from '../runtime/small-map.js';
import { DEFAULT_DESCRIPTION } from './media-element.js';

export interface LineDescription {
  kind: MediaKind;
  mid: string | undefined;
  /** What addresses it among the streams of its kind. */
  name: string;
}

type Line = Pick<NegotiatedMedia, 'index' | 'kind' | 'mid' | 'accepted'>;

/** Media descriptions (Kurento's names of an element's streams of one kind) by m-line. */
export class LineDescriptions {
  readonly #lines = new SmallMap<number, LineDescription>();

  /** By the index of its m-line. */
  get(index: number): LineDescription | undefined {
    return this.#lines.get(index);
  }

  /** The first m-line of a kind is the default one; further ones are addressed by their MID. */
  nameOf({ index, kind, mid }: Line): string {
    const known = this.#lines.get(index);
    if (known !== undefined) return known.name;
    const isFirst = !this.#lines
      .values()
      .some((each) => each.kind === kind && each.name === DEFAULT_DESCRIPTION);
    const name = isFirst ? DEFAULT_DESCRIPTION : ownCopy(mid ?? String(index));
    this.#lines.set(index, { kind: kind as MediaKind, mid: mid && ownCopy(mid), name });
    return name;
  }

  /**
   * A line that was rejected may be taken up for something else (RFC 8829 section 5.2.2). The default one of a kind stays that.
   *
   * @returns what it was before, where that is over
   */
  retire({ index, kind, mid, accepted }: Line): LineDescription | undefined {
    const known = this.#lines.get(index);
    if (known === undefined || !accepted) return undefined;
    if (known.kind === kind && (known.mid === mid || known.name === DEFAULT_DESCRIPTION)) return undefined;
    this.#lines.delete(index);
    return known;
  }
}
