import { writeUint16, writeUint24 } from './bytes.js';
import { extendSequence } from './sequence.js';

/** Packets remembered at once: 2 s at 1000 packets/s. */
const CAPACITY = 2048;
const MASK = CAPACITY - 1;
const MAX_RUN = 0x1fff;

/**
 * Records when packets with transport-wide sequence numbers came and writes the feedback about them
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1), for one sender. Nothing is allocated after construction.
 */
export class TransportFeedbackRecorder {
  // arrivals in 250 µs, int32; a wrap of them is exactly a wrap of the 24-bit reference time of 64 ms
  readonly #arrivals = new Int32Array(CAPACITY);
  readonly #received = new Uint8Array(CAPACITY);
  readonly #symbols = new Uint8Array(CAPACITY);
  #started = false;
  /** extended sequence numbers: the first one to report next, and the newest received */
  #next = 0;
  #highest = 0;
  #lastUs = 0;
  #elapsedUs = 0;
  #feedbackCount = 0;

  /** Something was received that no feedback told yet. */
  get pending(): boolean {
    return this.#started && ((this.#highest - this.#next) | 0) >= 0;
  }

  /** @param sequence transport-wide sequence number, 16 bit @param arrivalUs kernel arrival time, wrapping µs */
  onPacket(sequence: number, arrivalUs: number): void {
    if (!this.#started) {
      this.#started = true;
      this.#next = sequence;
      this.#highest = (sequence - 1) | 0;
      this.#lastUs = arrivalUs;
    }
    this.#elapsedUs += (arrivalUs - this.#lastUs) | 0;
    this.#lastUs = arrivalUs;
    const extended = extendSequence(sequence, this.#highest);
    const distance = (extended - this.#highest) | 0;
    if (distance > 0) {
      if (distance >= CAPACITY) {
        this.#received.fill(0);
        this.#next = extended;
      } else {
        for (let i = 1; i < distance; i++) this.#received[(this.#highest + i) & MASK] = 0;
      }
      this.#highest = extended;
      if (((extended - this.#next) | 0) >= CAPACITY) this.#next = (extended - MASK) | 0;
    } else if (distance <= -CAPACITY || this.#received[extended & MASK] === 1) {
      return;
    } else if (((extended - this.#next) | 0) < 0) {
      // told as lost before: told again
      this.#next = extended;
    }
    this.#received[extended & MASK] = 1;
    this.#arrivals[extended & MASK] = Math.floor(this.#elapsedUs / 250);
  }

  /**
   * Writes control information for RtcpWriter.transportFeedback about what came since the last call; call again while it gives
   * more than 0.
   * @param out all of it may be filled; at least 32 bytes
   * @returns its length, a multiple of four; 0 when there is nothing to tell
   */
  take(out: Uint8Array): number {
    if (!this.pending) return 0;
    const base = this.#next;
    // the newest was received, so this ends
    let first = base;
    while (this.#received[first & MASK] === 0) first = (first + 1) | 0;
    const reference = this.#arrivals[first & MASK]! >> 8;
    const count = this.#classify(base, reference, out.length);
    writeUint16(out, 0, base & 0xffff);
    writeUint16(out, 2, count);
    writeUint24(out, 4, reference);
    out[7] = this.#feedbackCount++ & 0xff;
    let at = this.#writeChunks(out, count);
    let previous = reference << 8;
    for (let i = 0; i < count; i++) {
      const symbol = this.#symbols[i]!;
      if (symbol === 0) continue;
      const arrival = this.#arrivals[(base + i) & MASK]!;
      const delta = (arrival - previous) | 0;
      previous = arrival;
      if (symbol === 1) out[at++] = delta;
      else {
        writeUint16(out, at, delta & 0xffff);
        at += 2;
      }
    }
    while ((at & 3) !== 0) out[at++] = 0;
    this.#next = (base + count) | 0;
    return at;
  }

  /** Chooses the symbols of as many packets as fit. @returns how many */
  #classify(base: number, reference: number, room: number): number {
    const available = ((this.#highest - base) | 0) + 1;
    let previous = reference << 8;
    let deltas = 0;
    let count = 0;
    for (; count < available; count++) {
      const index = (base + count) & MASK;
      let symbol = 0;
      let size = 0;
      if (this.#received[index] === 1) {
        const delta = (this.#arrivals[index]! - previous) | 0;
        // too far apart for 16 bits: a packet with another reference time goes on
        if (delta < -0x8000 || delta > 0x7fff) break;
        symbol = delta >= 0 && delta <= 0xff ? 1 : 2;
        size = symbol;
      }
      // at worst every seven symbols need a chunk; 3 for the final padding
      const chunks = Math.floor(count / 7 + 1) * 2;
      if (8 + chunks + deltas + size + 3 > room) break;
      if (symbol !== 0) previous = this.#arrivals[index]!;
      this.#symbols[count] = symbol;
      deltas += size;
    }
    return count;
  }

  #writeChunks(out: Uint8Array, count: number): number {
    const symbols = this.#symbols;
    let at = 8;
    let i = 0;
    while (i < count) {
      const symbol = symbols[i]!;
      let run = 1;
      while (i + run < count && run < MAX_RUN && symbols[i + run] === symbol) run++;
      if (run >= 7 || i + run === count) {
        writeUint16(out, at, (symbol << 13) | run);
        i += run;
      } else {
        let chunk = 0xc000;
        for (let k = 0; k < 7; k++) {
          if (i + k < count) chunk |= symbols[i + k]! << (12 - k * 2);
        }
        writeUint16(out, at, chunk);
        i += 7;
      }
      at += 2;
    }
    return at;
  }
}
