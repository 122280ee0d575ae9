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
  /** Nothing can flow on it. */
  isRejected: boolean;
}

type Line = Pick<NegotiatedMedia, 'index' | 'kind' | 'mid' | 'accepted'>;

/** Media descriptions (Kurento's names of an element's streams of one kind) by m-line. */
export class LineDescriptions {
  readonly #lines = new SmallMap<number, LineDescription>();

  /** By the index of its m-line. */
  get(index: number): LineDescription | undefined {
    return this.#lines.get(index);
  }

  /**
   * The first m-line of a kind is the default one; further ones are addressed by their MID. Where the default one was rejected (its
   * transceiver stopped), the next new line of the kind takes its place.
   */
  nameOf({ index, kind, mid }: Line): string {
    const known = this.#lines.get(index);
    if (known !== undefined) return known.name;
    const first = [...this.#lines].find(([, each]) => each.kind === kind && isDefault(each));
    if (first?.[1].isRejected) this.#lines.delete(first[0]);
    const name =
      first === undefined || first[1].isRejected ? DEFAULT_DESCRIPTION : ownCopy(mid ?? String(index));
    this.#lines.set(index, { kind: kind as MediaKind, mid: mid && ownCopy(mid), name, isRejected: false });
    return name;
  }

  /**
   * To be called with each line of a negotiation before names are asked for. A line that was rejected may be taken up for something else
   * (RFC 8829 section 5.2.2). The default one of a kind stays that.
   *
   * @returns what it was before, where that is over
   */
  retire({ index, kind, mid, accepted }: Line): LineDescription | undefined {
    const known = this.#lines.get(index);
    if (known === undefined) return undefined;
    known.isRejected = !accepted;
    if (!accepted) return undefined;
    if (known.kind === kind && (known.mid === mid || isDefault(known))) return undefined;
    this.#lines.delete(index);
    return known;
  }
}

function isDefault({ name }: LineDescription): boolean {
  return name === DEFAULT_DESCRIPTION;
}
