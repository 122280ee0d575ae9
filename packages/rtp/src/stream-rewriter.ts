import { Arrival, SequenceWindow } from './sequence-window.js';

/** Late packets are still mapped, and duplicates recognised, within as many packets. */
const WINDOW = 1024;
/** A larger leap of the source's numbers is a new numbering (RFC 3550 appendix A.1). */
const MAX_GAP = 3000;
/** Stretches of left-out packets remembered for late packets. */
const STRETCHES = 32;

/**
 * Makes one continuous outgoing stream for one viewer out of packets of changing sources: sequence numbers follow without
 * gaps over switches and pauses, the timestamp goes on by the time that passed, and no outgoing number is ever used twice
 * (with AEAD ciphers a second use of a number would break the encryption). Losses within a source stay visible as gaps.
 *
 * Per packet of the current source call prepare() and send it with `outSequence` and `outTimestamp` when it returns true, or
 * drop() to leave it out on purpose. All numbers are int32; nothing is allocated after construction.
 */
export class StreamRewriter {
  /** Extended outgoing sequence number and timestamp of the last successful prepare(). */
  outSequence = 0;
  outTimestamp = 0;
  /** packets refused by prepare(): duplicates, too late ones, older than the switch */
  refused = 0;
  /** times the numbering began anew, the first included */
  switches = 0;

  readonly #clockRate: number;
  readonly #initialSequence: number;
  readonly #initialTimestamp: number;
  readonly #sent = new SequenceWindow(WINDOW);
  #flowing = false;
  #sequenceOffset = 0;
  #timestampOffset = 0;
  /** first incoming number of the current numbering, and its newest */
  #switchPoint = 0;
  #highestIn = 0;
  #suspect = 0;
  #suspected = false;
  #newestTimestamp = 0;
  #newestMs = 0;
  // ring of stretches of left-out packets: the first left out, the first after them, the offset before them
  readonly #leftOutFrom = new Int32Array(STRETCHES);
  readonly #leftOutTo = new Int32Array(STRETCHES);
  readonly #offsetBefore = new Int32Array(STRETCHES);
  #stretches = 0;

  /**
   * @param clockRate of the RTP timestamp, Hz
   * @param initialSequence first outgoing sequence number @param initialTimestamp of the first packet, int32
   */
  constructor(clockRate: number, initialSequence: number, initialTimestamp: number) {
    this.#clockRate = clockRate;
    this.#initialSequence = initialSequence;
    this.#initialTimestamp = initialTimestamp;
  }

  /** False before the first packet, and from switchSource() to the next packet. */
  get flowing(): boolean {
    return this.#flowing;
  }

  /** Newest extended outgoing sequence number; meaningless before the first packet. */
  get highestSequence(): number {
    return this.#sent.highest;
  }

  /**
   * Another source, or the same one after a pause, follows: the next packet prepared is the first of the new numbering, older
   * ones of it are refused. For video, prepare the start of a key frame first.
   */
  switchSource(): void {
    this.#flowing = false;
  }

  /**
   * Maps a packet of the current source.
   * @param extended incoming extended sequence number @param timestamp incoming timestamp
   * @returns false when it must not be sent
   */
  prepare(extended: number, timestamp: number, nowMs: number): boolean {
    if (!this.#flowing) this.#begin(extended, timestamp, nowMs);
    const distance = (extended - this.#highestIn) | 0;
    if (distance > MAX_GAP) {
      this.#begin(extended, timestamp, nowMs);
    } else if (distance <= -WINDOW) {
      // very late, or a source that began anew: the second packet in a row tells
      if (!this.#suspected || this.#suspect !== extended) {
        this.#suspected = true;
        this.#suspect = (extended + 1) | 0;
        this.refused++;
        return false;
      }
      this.#begin(extended, timestamp, nowMs);
    } else if (distance > 0) {
      this.#highestIn = extended;
    }
    this.#suspected = false;
    if (((extended - this.#switchPoint) | 0) < 0) {
      this.refused++;
      return false;
    }
    let offset = this.#sequenceOffset;
    if (this.#stretches > 0) {
      const stretch = this.#stretchAfter(extended);
      if (stretch === LEFT_OUT) {
        this.refused++;
        return false;
      }
      if (stretch !== NONE) offset = this.#offsetBefore[stretch]!;
    }
    const out = (extended + offset) | 0;
    const arrival = this.#sent.add(out);
    if (arrival !== Arrival.Newest && arrival !== Arrival.Late) {
      this.refused++;
      return false;
    }
    this.outSequence = out;
    this.outTimestamp = (timestamp + this.#timestampOffset) | 0;
    if (((this.outTimestamp - this.#newestTimestamp) | 0) > 0) {
      this.#newestTimestamp = this.outTimestamp;
      this.#newestMs = nowMs;
    }
    return true;
  }

  /**
   * Leaves a packet out on purpose (padding, a layer the viewer does not get): later ones close the gap. A late packet
   * left out leaves its gap, for its number was promised already.
   */
  drop(extended: number): void {
    if (!this.#flowing) return;
    const distance = (extended - this.#highestIn) | 0;
    if (distance <= 0 || distance > MAX_GAP) return;
    this.#highestIn = extended;
    const last = (this.#stretches - 1) % STRETCHES;
    if (this.#stretches > 0 && this.#leftOutTo[last] === extended) {
      this.#leftOutTo[last] = (extended + 1) | 0;
    } else {
      const index = this.#stretches++ % STRETCHES;
      // keeps the counter small but above the ring's size for ever
      if (this.#stretches >= STRETCHES * 3) this.#stretches -= STRETCHES;
      this.#leftOutFrom[index] = extended;
      this.#leftOutTo[index] = (extended + 1) | 0;
      this.#offsetBefore[index] = this.#sequenceOffset;
    }
    this.#sequenceOffset = (this.#sequenceOffset - 1) | 0;
  }

  /** The outgoing timestamp of any timestamp of the current source, as for sender reports. Meaningful while flowing. */
  mapTimestamp(timestamp: number): number {
    return (timestamp + this.#timestampOffset) | 0;
  }

  /** The outgoing timestamp of a moment by the wall clock: for sender reports while no source flows. */
  timestampAt(nowMs: number): number {
    return (this.#newestTimestamp + Math.round(((nowMs - this.#newestMs) * this.#clockRate) / 1000)) | 0;
  }

  #begin(extended: number, timestamp: number, nowMs: number): void {
    let outSequence = this.#initialSequence;
    let outTimestamp = this.#initialTimestamp;
    if (!this.#sent.empty) {
      outSequence = (this.#sent.highest + 1) | 0;
      const elapsed = Math.round(((nowMs - this.#newestMs) * this.#clockRate) / 1000);
      outTimestamp = (this.#newestTimestamp + Math.max(1, elapsed)) | 0;
    }
    this.#sequenceOffset = (outSequence - extended) | 0;
    this.#timestampOffset = (outTimestamp - timestamp) | 0;
    this.#switchPoint = extended;
    this.#highestIn = extended;
    this.#newestTimestamp = outTimestamp;
    this.#newestMs = nowMs;
    this.#stretches = 0;
    this.#flowing = true;
    this.switches++;
  }

  /** The oldest remembered stretch behind the packet, NONE, or LEFT_OUT when the packet lies within one or before all. */
  #stretchAfter(extended: number): number {
    const remembered = Math.min(this.#stretches, STRETCHES);
    let found = NONE;
    for (let back = 1; back <= remembered; back++) {
      const index = (this.#stretches - back) % STRETCHES;
      if (((extended - this.#leftOutTo[index]!) | 0) >= 0) return found;
      if (((extended - this.#leftOutFrom[index]!) | 0) >= 0) return LEFT_OUT;
      found = index;
    }
    // older than all that is remembered: its number is unknown once stretches were forgotten
    return this.#stretches > STRETCHES ? LEFT_OUT : found;
  }
}

const NONE = -1;
const LEFT_OUT = -2;
