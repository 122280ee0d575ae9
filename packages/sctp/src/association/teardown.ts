import { writeUint32 } from '../wire/bytes.js';
import { ChunkType } from '../wire/types.js';
import type { Output } from './output.js';
import type { Transmission } from './transmission.js';

const NEVER = Number.POSITIVE_INFINITY;

export type TeardownState = 'none' | 'pending' | 'sent' | 'received' | 'ackSent' | 'done';

/** The SHUTDOWN sequence (RFC 9260 section 9.2): what is queued arrives first. */
export class Teardown {
  readonly #output: Output;
  readonly #guard: number;
  #state: TeardownState = 'none';
  #timerAt = NEVER;
  #guardAt = NEVER;

  /** `guard`: milliseconds after which it is given up. */
  constructor(output: Output, guard: number) {
    this.#output = output;
    this.#guard = guard;
  }

  get state(): TeardownState {
    return this.#state;
  }

  nextTimeout(): number {
    return Math.min(this.#timerAt, this.#guardAt);
  }

  start(now: number): void {
    if (this.#state !== 'none') return;
    this.#state = 'pending';
    this.#guardAt = now + this.#guard;
  }

  /** Goes on when all data is acknowledged. */
  poll(now: number, transmission: Transmission): void {
    if (!transmission.sender.isDone) return;
    if (this.#state === 'pending') this.#transmit(now, transmission, 'sent');
    else if (this.#state === 'received') this.#transmit(now, transmission, 'ackSent');
  }

  handleShutdown(now: number, transmission: Transmission): void {
    if (this.#state === 'none' || this.#state === 'pending') {
      this.#state = 'received';
      if (this.#guardAt === NEVER) this.#guardAt = now + this.#guard;
    } else if (this.#state === 'sent' || this.#state === 'ackSent') {
      this.#transmit(now, transmission, 'ackSent');
    }
  }

  /** True when the association is over. */
  handleShutdownAck(): boolean {
    if (this.#state !== 'sent' && this.#state !== 'ackSent') return false;
    this.#state = 'done';
    return true;
  }

  /** True when the association is over. */
  handleShutdownComplete(): boolean {
    if (this.#state !== 'ackSent') return false;
    this.#state = 'done';
    return true;
  }

  /** The peer still sends data: it is told again at once. */
  handleData(now: number, transmission: Transmission): void {
    if (this.#state === 'sent') this.#transmit(now, transmission, 'sent');
  }

  /** False when it took too long. */
  handleTimeout(now: number, transmission: Transmission): boolean {
    if (now >= this.#guardAt) return false;
    if (now >= this.#timerAt) {
      transmission.errors++;
      transmission.sender.roundTrip.backOff();
      this.#transmit(now, transmission, this.#state);
    }
    return true;
  }

  #transmit(now: number, transmission: Transmission, state: TeardownState): void {
    this.#state = state;
    this.#timerAt = now + transmission.sender.roundTrip.rto;
    if (state === 'ackSent') {
      this.#output.chunk(ChunkType.ShutdownAck);
      return;
    }
    const cumulative = new Uint8Array(4);
    writeUint32(cumulative, 0, transmission.receiver.cumulativeTsn);
    this.#output.chunk(ChunkType.Shutdown, cumulative);
  }
}
