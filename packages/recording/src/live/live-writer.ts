import { type ContainerFrame, type ContainerWriter, Mp4Writer, type TrackFormat } from '@rivero/containers';
import { type LiveWindow, PART_SECONDS, TARGET_SECONDS } from './live-window.js';

/** A segment ends at the first key frame after this time, ns: key frames are asked for every two seconds. */
const SEGMENT_NANOS = 1_500_000_000;
/** Without key frames it ends all the same, ns. */
const MAX_SEGMENT_NANOS = TARGET_SECONDS * 1e9;
const PART_NANOS = PART_SECONDS * 1e9;
/** A silence of all tracks that is longer, ns, is not played: no segment may be as long as it, and players wait for none. */
const MAX_SILENCE_NANOS = 2_000_000_000;
/** The first part waits so long for all tracks, ns. */
const WAIT_NANOS = 1_500_000_000;

/** Cuts frames into the parts and segments of a live stream. */
export class LiveWriter implements ContainerWriter {
  readonly #window: LiveWindow;
  readonly #writer: Mp4Writer;
  readonly #date: number;
  readonly #expectedTracks: () => number;
  readonly #changed: () => void;
  readonly #kinds: TrackFormat['kind'][] = [];
  #init: Uint8Array[] = [];
  #inHeader = true;
  #hasInit = false;
  #part: Uint8Array[] = [];
  /** Where the running segment and part begin, ns; -1 before the first frame. */
  #segmentStart = -1;
  #partStart = -1;
  #independent = true;
  /** Of the track at whose frames parts begin: time of its last frame, and how long it was, ns. */
  #last = 0;
  #interval = 0;
  #end = 0;

  /**
   * @param expectedTracks how many there will be: the first part is to have them all, if they come in time
   * @param changed there is more in the window
   */
  constructor(window: LiveWindow, date: number, expectedTracks: () => number, changed: () => void) {
    this.#window = window;
    this.#date = date;
    this.#expectedTracks = expectedTracks;
    this.#changed = changed;
    this.#writer = new Mp4Writer(
      { append: (bytes) => this.#append(bytes), patch: (_offset, bytes) => this.#patch(bytes) },
      { date, complete: 'fragments', fragmentNanos: Number.POSITIVE_INFINITY },
    );
  }

  /** From the Mp4Writer: the header's boxes, then a fragment at a time. */
  #append(bytes: Uint8Array): void {
    const isFragment = String.fromCharCode(...bytes.subarray(4, 8)) === 'moof';
    if (isFragment) this.#inHeader = false;
    (this.#inHeader ? this.#init : this.#part).push(bytes);
  }

  /** The header with one track more. */
  #patch(bytes: Uint8Array): void {
    this.#init = [...this.#init.slice(0, 1), bytes];
    if (this.#hasInit) this.#window.setInit(Buffer.concat(this.#init));
  }

  addTrack(format: TrackFormat): number {
    // Players take over what changes between segments, not within one.
    if (this.#hasInit) this.#cut(this.#end, true, this.#independent);
    this.#kinds.push(format.kind);
    return this.#writer.addTrack(format);
  }

  write(frame: ContainerFrame): void {
    const at = frame.dts ?? frame.pts;
    if (this.#segmentStart < 0) this.#segmentStart = this.#partStart = at;
    else if (this.#isAfterSilence(at)) this.#breakOff(at, frame.keyFrame);
    // The frame before it is whole only now that its successor is known: it still belongs to the old part, this one does not.
    this.#writer.write(frame);
    this.#end = Math.max(this.#end, at);
    const hasVideo = this.#kinds.includes('video');
    const leads = !hasVideo || this.#kinds[frame.track] === 'video';
    if (leads) {
      this.#interval = Math.max(0, at - this.#last);
      this.#last = at;
    }
    const segment = at - this.#segmentStart;
    const part = at - this.#partStart;
    // Where pictures stay away, sound goes on.
    if (!leads && part < 2 * PART_NANOS) return;
    if (!this.#hasInit && this.#kinds.length < this.#expectedTracks() && segment < WAIT_NANOS) return;
    const isKey = leads && (!hasVideo || frame.keyFrame);
    const next = Math.min(this.#interval, PART_NANOS);
    const endsSegment = (segment >= SEGMENT_NANOS && isKey) || segment + next > MAX_SEGMENT_NANOS;
    if (endsSegment || part + next > PART_NANOS) this.#cut(at, endsSegment, isKey);
  }

  #isAfterSilence(at: number): boolean {
    const silence = at - this.#end;
    const isLong = silence > MAX_SILENCE_NANOS;
    return this.#hasInit && (isLong || (silence > PART_NANOS && at - this.#segmentStart > MAX_SEGMENT_NANOS));
  }

  /** Ends the segment with what has come, and goes on after a discontinuity (RFC 8216 section 4.3.2.3). */
  #breakOff(at: number, independent: boolean): void {
    this.#writer.endRun();
    this.#cut(this.#end + Math.min(this.#interval, PART_NANOS), true, independent);
    this.#window.setInit(Buffer.concat(this.#init));
    this.#segmentStart = this.#partStart = at;
    // Not the silence: it says nothing of how long pictures last.
    this.#last = at;
  }

  /** @param independent what begins now does so with a key frame */
  #cut(at: number, endsSegment: boolean, independent: boolean): void {
    if (at <= this.#partStart) return;
    this.#writer.flush();
    if (this.#part.length > 0) {
      if (!this.#hasInit) {
        this.#hasInit = true;
        this.#window.setInit(Buffer.concat(this.#init));
      }
      const seconds = (at - this.#partStart) / 1e9;
      const date = this.#date + this.#partStart / 1e6;
      this.#window.addPart(Buffer.concat(this.#part), seconds, this.#independent, date);
      this.#part = [];
    }
    this.#partStart = at;
    this.#independent = independent;
    if (endsSegment) {
      this.#window.endSegment();
      this.#segmentStart = at;
    }
    this.#changed();
  }

  flush(): void {
    this.#cut(this.#end, true, false);
  }

  finish(): void {
    this.#writer.finish();
    if (this.#partStart >= 0) this.#cut(Math.max(this.#end, this.#partStart + 1_000_000), true, true);
    this.#window.end();
    this.#changed();
  }
}
