import { Held, type HeldPackets, HeldQueue } from './held-packets.js';

/** What may go out at once, ms of the rate, as in libwebrtc: frames of usual size never wait. */
const BURST_MS = 40;

/** Packets over which the mean wait forgets, as of other latencies. */
const MEMORY_PACKETS = 256;

/** What a path does with the packets it lets go. */
export interface PacedOutput {
  /** Sends what is written at an index of HeldPackets; it may be gone by now. */
  release(fields: Int32Array, at: number): void;
}

/** Which of two packets goes out first. */
export const Priority = {
  /** Somebody waits for it already: retransmissions. */
  First: 0,
  Media: 1,
} as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

/**
 * The way to one viewer, on which packets go out no faster than a rate: a leaky bucket, whose debt is what was sent and the rate
 * has not carried off yet (libwebrtc's PacingController). What finds the bucket full waits. Without clock or timers.
 */
export class PacedPath {
  /** Bytes a millisecond; Infinity while nothing is held back. */
  #rate = Number.POSITIVE_INFINITY;
  #debt = 0;
  #paidMs = 0;
  readonly #packets: HeldPackets;
  readonly #first: HeldQueue;
  readonly #media: HeldQueue;
  /** Where it stands among the paths that hold something, -1 when it holds nothing. */
  position = -1;
  /** How long packets of the media have waited of late, those that did not among them: mean, ms. */
  meanWaitMs = 0;

  constructor(packets: HeldPackets) {
    this.#packets = packets;
    this.#first = new HeldQueue(packets);
    this.#media = new HeldQueue(packets);
  }

  /** @param bitrate bit/s, Infinity for no bound */
  setRate(bitrate: number, nowMs: number): void {
    this.#pay(nowMs);
    this.#rate = bitrate / 8000;
  }

  get holds(): boolean {
    return this.#media.head >= 0 || this.#first.head >= 0;
  }

  /** Bytes that wait. */
  get heldBytes(): number {
    return this.#first.bytes + this.#media.bytes;
  }

  /** How long the oldest packet of the media has waited, ms. */
  mediaWaitMs(nowMs: number): number {
    const { head } = this.#media;
    return head < 0 ? 0 : (nowMs - this.#packets.fields[head + Held.SinceMs]!) | 0;
  }

  /** How long the media that waits takes at the present rate, ms. */
  get mediaMs(): number {
    return this.#media.bytes / this.#rate;
  }

  /** Index of the oldest packet of the media, -1 when none waits. */
  get oldestMedia(): number {
    return this.#media.head;
  }

  /** Whether a packet may go out at once; then it counts as sent. */
  pass(bytes: number, priority: Priority, nowMs: number): boolean {
    const behind = priority === Priority.First ? this.#first.head >= 0 : this.holds;
    if (behind || !this.#hasRoom(nowMs)) return false;
    this.#debt += bytes;
    if (priority === Priority.Media) this.#noteWait(0);
    return true;
  }

  hold(at: number, priority: Priority): void {
    (priority === Priority.First ? this.#first : this.#media).push(at);
  }

  /** Lets go what may go now. @returns bytes */
  release(nowMs: number, output: PacedOutput): number {
    let released = 0;
    while (this.holds && this.#hasRoom(nowMs)) released += this.#releaseNext(nowMs, output);
    return released;
  }

  /** Lets go so many bytes and a part of a packet more, whatever the rate. @returns how many there were */
  releaseBytes(bytes: number, nowMs: number, output: PacedOutput): number {
    let released = 0;
    while (this.holds && released < bytes) released += this.#releaseNext(nowMs, output);
    return released;
  }

  /** When something may go out next, ms; Infinity when nothing waits. */
  nextMs(nowMs: number): number {
    if (!this.holds) return Number.POSITIVE_INFINITY;
    this.#pay(nowMs);
    const over = this.#debt - this.#rate * BURST_MS;
    return over <= 0 ? nowMs : nowMs + over / this.#rate;
  }

  /** Gives up what waits of the media for one consumer. @returns the first sequence number, undefined when there was nothing */
  discard(consumer: number, consumerOf: (command: number) => number): number | undefined {
    const first = this.#media.remove(consumer, consumerOf);
    return this.#first.remove(consumer, consumerOf) ?? first;
  }

  /** Gives up the retransmissions that wait for longer. */
  discardOld(sinceMs: number, nowMs: number): void {
    for (let { head } = this.#first; head >= 0; head = this.#first.head) {
      if (((nowMs - this.#packets.fields[head + Held.SinceMs]!) | 0) <= sinceMs) return;
      this.#first.shift();
    }
  }

  #releaseNext(nowMs: number, output: PacedOutput): number {
    const queue = this.#first.head >= 0 ? this.#first : this.#media;
    const { fields } = this.#packets;
    const bytes = fields[queue.head + Held.Bytes]!;
    this.#debt += bytes;
    if (queue === this.#media) this.#noteWait((nowMs - fields[queue.head + Held.SinceMs]!) | 0);
    output.release(fields, queue.head);
    queue.shift();
    return bytes;
  }

  #noteWait(ms: number): void {
    this.meanWaitMs += (ms - this.meanWaitMs) / MEMORY_PACKETS;
  }

  #hasRoom(nowMs: number): boolean {
    if (this.#rate === Number.POSITIVE_INFINITY) return true;
    this.#pay(nowMs);
    return this.#debt <= this.#rate * BURST_MS;
  }

  #pay(nowMs: number): void {
    const paid = this.#rate * (nowMs - this.#paidMs);
    // Infinity times 0 is no number.
    this.#debt = paid < this.#debt ? this.#debt - paid : 0;
    this.#paidMs = nowMs;
  }
}
