import { loadAddon, type NativePacketPort } from './addon.js';
import { coded, GraphEngineError } from './errors.js';

// As native/packet_port.cc has them.
/** Packets that are received at once. */
export const PACKET_SLOTS = 64;
/** Bytes of a place for a packet. */
export const PACKET_SLOT_SIZE = 2048;
/** Bytes that are free before a received packet, for a header that grows. */
export const PACKET_HEADROOM = 64;
const FIELDS = 3;
const MAX_OUTGOING = 256;

/** Places that the owner may put packets of its own in, behind those that packets are received into. */
const SPARE_SLOTS = 128;

/**
 * For worker threads: a UDP port of the loopback interface, whose packets come in batches into memory of JavaScript, and go out of it as
 * they are by then. What is received stays until the next `receive`.
 */
export class PacketPort {
  /** Places of PACKET_SLOT_SIZE bytes: those that are received into, then the spare ones. */
  readonly memory = new Uint8Array((PACKET_SLOTS + SPARE_SLOTS) * PACKET_SLOT_SIZE);
  readonly spareSlots = SPARE_SLOTS;
  readonly #table = new Int32Array(PACKET_SLOTS * FIELDS + 2 * MAX_OUTGOING);
  readonly #native: NativePacketPort;
  #outgoing = 0;

  /**
   * @param listener called once after each `wait`, when something has come
   * @throws GraphEngineError INVALID_STATE when there is no socket left
   */
  constructor(listener: () => void) {
    this.#native = coded(() => loadAddon().openPackets(this.memory, this.#table, listener));
  }

  /** On 127.0.0.1. */
  get port(): number {
    return this.#native.port;
  }

  /** Sends to this port of 127.0.0.1, and takes what comes from there alone. @throws GraphEngineError INVALID_ARGUMENT */
  connect(port: number): void {
    if (!this.#native.connect(port)) throw new GraphEngineError('INVALID_ARGUMENT', `no port: ${port}`);
  }

  /** Has the listener called when something has come, or is there already. */
  wait(): void {
    this.#native.wait();
  }

  /** Takes what has come: how many packets, PACKET_SLOTS at most. @throws GraphEngineError when the memory was given to another thread */
  receive(): number {
    return this.#checked(this.#native.receive());
  }

  /** Where a received packet begins in the memory. */
  begin(index: number): number {
    return this.#table[index * FIELDS]!;
  }

  /** Bytes; 0 for what is too long for RTP between processes. */
  length(index: number): number {
    return this.#table[index * FIELDS + 1]!;
  }

  /** How long it had been waiting when it was received, ms. */
  age(index: number): number {
    return this.#table[index * FIELDS + 2]! / 1000;
  }

  /** Has a packet go out with the next `flush`. */
  queue(begin: number, length: number): void {
    const at = PACKET_SLOTS * FIELDS + 2 * this.#outgoing;
    this.#table[at] = begin;
    this.#table[at + 1] = length;
    if (++this.#outgoing === MAX_OUTGOING) this.flush();
  }

  /** Sends what is queued. @throws GraphEngineError as `receive` */
  flush(): void {
    const count = this.#outgoing;
    if (count === 0) return;
    this.#outgoing = 0;
    this.#checked(this.#native.send(count));
  }

  /** Packets that were lost because nobody received them in time, as the kernel has told so far. */
  get drops(): number {
    return this.#native.drops();
  }

  #checked(count: number): number {
    if (count < 0)
      throw new GraphEngineError('INVALID_STATE', 'the memory of packets was given to another thread');
    return count;
  }

  /** Idempotent. */
  close(): void {
    this.#native.close();
  }
}
