/** Seconds that no segment is longer than, when rounded: a playlist must not change it. */
export const TARGET_SECONDS = 4;
/** Seconds that no part is longer than, while frames come steadily. */
export const PART_SECONDS = 0.5;
/** Seconds of segments that a playlist lists, at least: players want three target durations. */
const LISTED_SECONDS = 5 * TARGET_SECONDS;
/** Seconds for which a segment can be had after it was taken from the playlist. */
const KEPT_SECONDS = 3 * TARGET_SECONDS;
/** Parts are listed of this much before the end. */
const PARTS_SECONDS = 3 * TARGET_SECONDS;
/** A player may ask for this many segments beyond the running one. */
const MAX_AHEAD = 1;

interface Part {
  readonly name: string;
  readonly seconds: number;
  readonly independent: boolean;
  readonly bytes: Uint8Array;
}

interface Segment {
  readonly number: number;
  /** Number of its initialization section. */
  readonly init: number;
  /** ms since 1970 */
  readonly date: number;
  readonly parts: Part[];
  seconds: number;
  bytes: Uint8Array | undefined;
}

/** Where a player wants its playlist to reach: `_HLS_msn` and `_HLS_part` (RFC 8216bis 6.2.5.2). */
export interface PlaylistPosition {
  readonly segment: number;
  readonly part: number | undefined;
}

/**
 * The last seconds of a stream as low-latency HTTP Live Streaming (draft-pantos-hls-rfc8216bis) with fragmented MP4, in memory: no clock, no
 * I/O. Older segments are dropped, and sooner when there are more bytes than allowed.
 */
export class LiveWindow {
  readonly #maxBytes: number;
  /** By their numbers less one; undefined: nothing that can be had needs it any more. */
  readonly #inits: (Uint8Array | undefined)[] = [];
  #firstInit = 1;
  #segments: Segment[] = [];
  /** Whether the last segment gets more parts. */
  #open = false;
  #listedFrom = 0;
  #discontinuities = 0;
  #parts = 0;
  #bytes = 0;
  #ended = false;

  /** @param maxBytes of all that is kept; the running segment is kept in any case */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there is a whole segment: players that know nothing of parts can begin. */
  get hasSegment(): boolean {
    return this.#segments.some(({ bytes }) => bytes !== undefined);
  }

  /** What follows needs this initialization section (ftyp, moov). Ends the running segment. */
  setInit(bytes: Uint8Array): void {
    this.endSegment();
    this.#inits.push(bytes);
  }

  /**
   * @param seconds how long it is played
   * @param independent it begins with a key frame, or needs none
   * @param date when it began, ms since 1970
   */
  addPart(bytes: Uint8Array, seconds: number, independent: boolean, date: number): void {
    let segment = this.#segments.at(-1);
    if (segment === undefined || !this.#open) {
      const number = (segment?.number ?? -1) + 1;
      segment = { number, init: this.#inits.length, date, parts: [], seconds: 0, bytes: undefined };
      this.#segments.push(segment);
      this.#open = true;
    }
    segment.parts.push({ name: partName(this.#parts++), seconds, independent, bytes });
    segment.seconds += seconds;
    this.#bytes += bytes.length;
    this.#drop();
  }

  endSegment(): void {
    const segment = this.#segments.at(-1);
    if (segment === undefined || !this.#open) return;
    this.#open = false;
    segment.bytes = Buffer.concat(segment.parts.map(({ bytes }) => bytes));
    this.#bytes += segment.bytes.length;
    this.#drop();
  }

  /** Nothing follows. */
  end(): void {
    this.endSegment();
    this.#ended = true;
  }

  /** Whether the playlist reaches a position. */
  reaches({ segment, part }: PlaylistPosition): boolean {
    if (this.#ended) return true;
    const last = this.#segments.at(-1);
    if (last === undefined) return false;
    if (segment !== last.number) return segment < last.number;
    // A part after the last one of its segment is the first of the next segment.
    return part === undefined ? !this.#open : part < last.parts.length;
  }

  /** Whether a position is so far ahead that nobody should wait for it. */
  isTooFar({ segment }: PlaylistPosition): boolean {
    const last = this.#segments.at(-1);
    const running = last === undefined ? 0 : last.number + (this.#open ? 0 : 1);
    return segment > running + MAX_AHEAD;
  }

  /** Whether a name is that of the part which comes next. */
  isNext(name: string): boolean {
    return !this.#ended && name === partName(this.#parts);
  }

  /** What a name in the playlist stands for; undefined when there is no such thing, or no longer. */
  resource(name: string): Uint8Array | undefined {
    const [, kind, digits] = /^(init|segment|part)-(\d{1,10})\.(?:mp4|m4s)$/.exec(name) ?? [];
    if (kind === 'init') return this.#inits[Number(digits) - 1];
    if (kind === 'segment') return this.#segments.find(({ number }) => number === Number(digits))?.bytes;
    if (kind !== 'part') return undefined;
    for (const { parts } of this.#segments) {
      const found = parts.find((part) => part.name === name);
      if (found !== undefined) return found.bytes;
    }
    return undefined;
  }

  playlist(): string {
    const listed = this.#segments.filter(({ number }) => number >= this.#listedFrom);
    const lines = [
      '#EXTM3U',
      '#EXT-X-VERSION:9',
      `#EXT-X-TARGETDURATION:${TARGET_SECONDS}`,
      `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=${3 * TARGET_SECONDS},PART-HOLD-BACK=${3 * PART_SECONDS}`,
      `#EXT-X-PART-INF:PART-TARGET=${PART_SECONDS}`,
      `#EXT-X-MEDIA-SEQUENCE:${this.#listedFrom}`,
    ];
    if (this.#discontinuities > 0) lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${this.#discontinuities}`);
    let left = listed.reduce((sum, { seconds }) => sum + seconds, 0);
    let init = 0;
    for (const segment of listed) {
      if (segment.init !== init) {
        if (init > 0) lines.push('#EXT-X-DISCONTINUITY');
        lines.push(`#EXT-X-MAP:URI="init-${segment.init}.mp4"`);
        init = segment.init;
      }
      lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.date).toISOString()}`);
      if (left <= PARTS_SECONDS && !this.#ended) {
        for (const { name, seconds, independent } of segment.parts) {
          lines.push(
            `#EXT-X-PART:DURATION=${seconds.toFixed(5)},URI="${name}"${independent ? ',INDEPENDENT=YES' : ''}`,
          );
        }
      }
      left -= segment.seconds;
      if (segment.bytes !== undefined) {
        lines.push(`#EXTINF:${segment.seconds.toFixed(5)},`, `segment-${segment.number}.m4s`);
      }
    }
    if (this.#ended) lines.push('#EXT-X-ENDLIST');
    else lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${partName(this.#parts)}"`);
    return `${lines.join('\n')}\n`;
  }

  #drop(): void {
    let seconds = this.#segments.reduce((sum, each) => sum + each.seconds, 0);
    for (const [index, segment] of this.#segments.slice(0, -1).entries()) {
      const after = seconds - segment.seconds;
      const tooMuch = this.#bytes > this.#maxBytes;
      if (segment.number >= this.#listedFrom && (after >= LISTED_SECONDS || tooMuch)) {
        this.#listedFrom = segment.number + 1;
        if (this.#segments[index + 1]!.init !== segment.init) this.#discontinuities++;
      }
      if (after >= LISTED_SECONDS + KEPT_SECONDS || tooMuch) {
        this.#bytes -= segment.parts.reduce(
          (sum, { bytes }) => sum + bytes.length,
          segment.bytes?.length ?? 0,
        );
        segment.parts.length = 0;
        segment.bytes = undefined;
      }
      seconds = after;
    }
    this.#segments = this.#segments.filter(({ parts }) => parts.length > 0);
    for (const needed = this.#segments[0]?.init ?? 1; this.#firstInit < needed; this.#firstInit++) {
      this.#inits[this.#firstInit - 1] = undefined;
    }
  }
}

function partName(number: number): string {
  return `part-${number}.m4s`;
}
