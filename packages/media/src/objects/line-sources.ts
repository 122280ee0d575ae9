import type { LocalSource } from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import { SmallMap } from '../runtime/small-map.js';

/** m-lines of one kind that have a source. */
const MAX_LINES_PER_KIND = 16;

export interface SourceMaker {
  /** Makes the source that is number `number` of its kind. */
  makeSource(kind: MediaKind, number: number): LocalSource;
}

/**
 * What an endpoint announces to send on each m-line: the same over all negotiations, whichever lines come, go, or are taken
 * up again for media of another kind (RFC 8829 section 5.2.2).
 */
export class LineSources {
  readonly #lines = new SmallMap<number, { kind: MediaKind; source: LocalSource }>();
  #audios = 0;
  #videos = 0;
  readonly #maker: SourceMaker;

  constructor(maker: SourceMaker) {
    this.#maker = maker;
  }

  /** The source of an m-line; undefined when there are too many of its kind. */
  of(index: number, kind: MediaKind): LocalSource | undefined {
    const known = this.#lines.get(index);
    if (known?.kind === kind) return known.source;
    const ofKind = this.#lines.values().filter((line) => line.kind === kind);
    if (ofKind.length >= MAX_LINES_PER_KIND) return undefined;
    const source = this.#maker.makeSource(kind, kind === 'audio' ? this.#audios++ : this.#videos++);
    this.#lines.set(index, { kind, source });
    return source;
  }
}
