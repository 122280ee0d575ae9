import { Fifo } from '../fifo.js';
import type { MessagePiece, OutboundMessage } from './message.js';

interface OutboundStream {
  id: number;
  messages: Fifo<OutboundMessage>;
  /** Bytes not yet taken, control messages left out. */
  bytes: number;
  nextSequence: number;
  /** `lowWater` is reported when `bytes` falls to it from above. */
  lowThreshold: number;
  /** A reset is under way: nothing new is taken. */
  paused: boolean;
}

/** Messages that wait for their first transmission: first in first out per stream, streams take turns message by message. */
export class SendQueue {
  readonly #streams = new Map<number, OutboundStream>();
  /** Streams with something to send, in the order of their turns. */
  readonly #ready = new Set<OutboundStream>();
  /** Stream whose message is partly taken: without interleaving it has to be finished first (RFC 9260 section 6.9). */
  #current: OutboundStream | undefined;
  readonly #low = new Set<number>();
  #expired = 0;
  #messages = 0;

  get messages(): number {
    return this.#messages;
  }

  bytesOf(id: number): number {
    return this.#streams.get(id)?.bytes ?? 0;
  }

  setLowThreshold(id: number, bytes: number): void {
    this.#stream(id).lowThreshold = bytes;
  }

  push(message: OutboundMessage): void {
    const stream = this.#stream(message.stream);
    stream.messages.push(message);
    this.#messages++;
    this.#count(stream, message, message.data.length);
    if (!stream.paused) this.#ready.add(stream);
  }

  /** Streams whose buffered amount fell to their threshold since the last call. */
  takeLow(): number[] {
    const low = [...this.#low];
    this.#low.clear();
    return low;
  }

  /** Bytes of messages dropped since the last call because they expired before they were sent. */
  takeExpired(): number {
    const expired = this.#expired;
    this.#expired = 0;
    return expired;
  }

  /** Whether there is anything to take; what has expired may still be counted. */
  get hasNext(): boolean {
    return this.#current !== undefined || this.#ready.size > 0;
  }

  /** Bytes that remain of the message whose turn it is. Drops messages that expired before they were sent. */
  nextLength(now: number): number {
    const stream = this.#nextStream(now);
    const message = stream?.messages.at(0);
    return message === undefined ? 0 : message.data.length - message.taken;
  }

  /** Takes at most `maxLength` bytes of the message whose turn it is. Call after nextLength. */
  take(maxLength: number): MessagePiece | undefined {
    const stream = this.#current ?? first(this.#ready);
    const message = stream?.messages.at(0);
    if (stream === undefined || message === undefined) return undefined;
    if (message.taken === 0 && !message.unordered) message.sequence = stream.nextSequence++;
    const offset = message.taken;
    const length = Math.min(maxLength, message.data.length - offset);
    message.taken += length;
    this.#current = stream;
    if (message.taken === message.data.length) this.#finish(stream);
    this.#count(stream, message, -length);
    return { message, offset, length };
  }

  /** The message whose first part is taken. */
  get partlyTaken(): OutboundMessage | undefined {
    return this.#current?.messages.at(0);
  }

  /** Gives up the untaken rest of a message; true when there was one. */
  abandonRest(message: OutboundMessage): boolean {
    const stream = this.#current;
    if (stream === undefined || stream.messages.at(0) !== message) return false;
    this.#finish(stream);
    this.#count(stream, message, message.taken - message.data.length);
    return true;
  }

  /** Drops all messages of a stream of which nothing was taken; gives their bytes. */
  discard(id: number): number {
    const stream = this.#streams.get(id);
    if (stream === undefined) return 0;
    const kept = stream === this.#current ? stream.messages.shift() : undefined;
    let bytes = 0;
    for (let message = stream.messages.shift(); message; message = stream.messages.shift()) {
      bytes += message.data.length;
      this.#messages--;
      this.#count(stream, message, -message.data.length);
    }
    if (kept !== undefined) stream.messages.push(kept);
    else this.#ready.delete(stream);
    return bytes;
  }

  /** Nothing of the stream waits. */
  isDrained(id: number): boolean {
    return (this.#streams.get(id)?.messages.length ?? 0) === 0;
  }

  /** Holds new messages of a stream back until resetStream or resume. */
  pause(id: number): void {
    const stream = this.#stream(id);
    stream.paused = true;
    this.#ready.delete(stream);
  }

  /** Sends held-back messages after all. */
  resume(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.paused = false;
    if (stream.messages.length > 0) this.#ready.add(stream);
  }

  /** Sequence numbers of the stream begin anew. */
  resetStream(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.nextSequence = 0;
    if (stream.messages.length === 0) this.#streams.delete(id);
    else this.resume(id);
  }

  #stream(id: number): OutboundStream {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      stream = { id, messages: new Fifo(), bytes: 0, nextSequence: 0, lowThreshold: 0, paused: false };
      this.#streams.set(id, stream);
    }
    return stream;
  }

  #nextStream(now: number): OutboundStream | undefined {
    if (this.#current !== undefined) return this.#current;
    for (const stream of this.#ready) {
      for (let message = stream.messages.at(0); message && message.expiresAt <= now; ) {
        stream.messages.shift();
        this.#messages--;
        this.#expired += message.data.length;
        this.#count(stream, message, -message.data.length);
        message = stream.messages.at(0);
      }
      if (stream.messages.length > 0) return stream;
      this.#ready.delete(stream);
    }
    return undefined;
  }

  /** The first message of the stream is done: the next stream has its turn. */
  #finish(stream: OutboundStream): void {
    stream.messages.shift();
    this.#messages--;
    this.#current = undefined;
    this.#ready.delete(stream);
    if (stream.messages.length > 0 && !stream.paused) this.#ready.add(stream);
  }

  #count(stream: OutboundStream, message: OutboundMessage, change: number): void {
    if (message.control) return;
    const before = stream.bytes;
    stream.bytes += change;
    if (before > stream.lowThreshold && stream.bytes <= stream.lowThreshold) this.#low.add(stream.id);
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const item of set) return item;
  return undefined;
}
