import { unwrap16 } from '../serial.js';
import type { InboundMessage } from './reassembly.js';

interface InboundStream {
  /** Sequence number that is delivered next. */
  next: number;
  waiting: Map<number, InboundMessage>;
}

/** Brings ordered messages into the order of their stream sequence numbers (RFC 9260 section 6.6). */
export class InboundStreams {
  readonly #streams = new Map<number, InboundStream>();
  #cost = 0;

  /** Of all messages that wait for earlier ones. */
  get cost(): number {
    return this.#cost;
  }

  /** Appends to `delivered` what can be delivered now. */
  add(message: InboundMessage, delivered: InboundMessage[]): void {
    if (message.unordered) {
      delivered.push(message);
      return;
    }
    const stream = this.#stream(message.stream);
    const sequence = unwrap16(stream.next, message.sequence);
    // Earlier than what was delivered: given up by the peer meanwhile. Twice the same: the peer errs.
    if (sequence < stream.next || stream.waiting.has(sequence)) return;
    stream.waiting.set(sequence, message);
    this.#cost += message.cost;
    this.#deliver(stream, delivered);
  }

  /** The peer gave up everything of a stream up to a sequence number (RFC 3758 section 3.6). */
  skip(id: number, wireSequence: number, delivered: InboundMessage[]): void {
    const stream = this.#stream(id);
    const last = unwrap16(stream.next, wireSequence);
    if (last < stream.next) return;
    const stranded = [...stream.waiting.keys()].filter((sequence) => sequence <= last).sort((a, b) => a - b);
    for (const sequence of stranded) this.#move(stream, sequence, delivered);
    stream.next = last + 1;
    this.#deliver(stream, delivered);
  }

  /** Sequence numbers begin anew; all streams when `ids` is empty (RFC 6525 section 5.2.2). */
  reset(ids: readonly number[]): void {
    for (const id of ids.length > 0 ? ids : this.#streams.keys()) {
      for (const message of this.#streams.get(id)?.waiting.values() ?? []) this.#cost -= message.cost;
      this.#streams.delete(id);
    }
  }

  #stream(id: number): InboundStream {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      stream = { next: 0, waiting: new Map() };
      this.#streams.set(id, stream);
    }
    return stream;
  }

  #deliver(stream: InboundStream, delivered: InboundMessage[]): void {
    while (this.#move(stream, stream.next, delivered)) stream.next++;
  }

  #move(stream: InboundStream, sequence: number, delivered: InboundMessage[]): boolean {
    const message = stream.waiting.get(sequence);
    if (message === undefined) return false;
    stream.waiting.delete(sequence);
    this.#cost -= message.cost;
    delivered.push(message);
    return true;
  }
}
