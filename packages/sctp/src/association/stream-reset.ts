import type { Receiver } from '../receive/receiver.js';
import type { SendQueue } from '../send/send-queue.js';
import type { Sender } from '../send/sender.js';
import { unwrap32 } from '../serial.js';
import type { SctpLimits } from '../settings.js';
import { type Parameter, parseParameters, writeParameters } from '../wire/parameters.js';
import {
  type OutgoingReset,
  parseAddStreams,
  parseIncomingReset,
  parseOutgoingReset,
  parseReConfigResponse,
  ReConfigResult,
  writeOutgoingReset,
  writeReConfigResponse,
} from '../wire/reconfig.js';
import { ChunkType, ParameterType } from '../wire/types.js';
import type { Output } from './output.js';

const NEVER = Number.POSITIVE_INFINITY;
/** So that the request fits into one packet. */
const MAX_STREAMS_PER_REQUEST = 256;

export type StreamResetEvent =
  /** The peer has reset its outgoing streams; all of them when `streams` is empty. */
  | { type: 'incomingReset'; streams: readonly number[] }
  /** The peer wants us to reset ours; all of them when `streams` is empty. */
  | { type: 'resetWanted'; streams: readonly number[] }
  /** Our outgoing streams are reset; not `performed`: the peer refused. */
  | { type: 'outgoingReset'; streams: readonly number[]; performed: boolean };

interface Request {
  /** Sequence number on the wire, not truncated. */
  number: number;
  streams: number[];
  lastTsn: number;
  inProgress: boolean;
}

export interface StreamResetOptions {
  sender: Sender;
  receiver: Receiver;
  queue: SendQueue;
  output: Output;
  limits: SctpLimits;
  localTsn: number;
  peerTsn: number;
}

/** Re-configuration of streams (RFC 6525): one request of ours at a time, and the peer's answered. */
export class StreamReset {
  readonly #options: StreamResetOptions;
  readonly #events: StreamResetEvent[] = [];
  /** Streams to reset, with the TSN up to which the peer must have everything once they are drained. */
  readonly #wanted = new Map<number, number | undefined>();
  #request: Request | undefined;
  #nextNumber: number;
  #timerAt = NEVER;
  /** Last request of the peer that was looked at, and what it was told. */
  #peerNumber: number;
  #peerResult: number = ReConfigResult.NothingToDo;
  #deferred: OutgoingReset | undefined;

  constructor(options: StreamResetOptions) {
    this.#options = options;
    this.#nextNumber = options.localTsn;
    this.#peerNumber = options.peerTsn - 1;
  }

  /** Resets an outgoing stream as soon as what is queued on it has arrived. */
  reset(stream: number): void {
    if (!this.#wanted.has(stream)) this.#wanted.set(stream, undefined);
  }

  takeEvents(): StreamResetEvent[] {
    return this.#events.splice(0);
  }

  nextTimeout(): number {
    return this.#timerAt;
  }

  /** True when a request was not answered in time. */
  handleTimeout(now: number): boolean {
    if (now < this.#timerAt) return false;
    this.#timerAt = NEVER;
    const request = this.#request;
    if (request === undefined) return false;
    const unanswered = !request.inProgress;
    // After "in progress" some peers take only a new number for a new attempt, others either.
    if (request.inProgress) request.number = this.#nextNumber++;
    request.inProgress = false;
    this.#transmit(now, request);
    return unanswered;
  }

  /** Begins the next request when its streams are ready, and a reset of the peer's that waited for data. */
  poll(now: number): void {
    this.#performDeferred();
    if (this.#wanted.size === 0) return;
    const { sender, queue } = this.#options;
    const ready: number[] = [];
    let lastTsn = Number.NEGATIVE_INFINITY;
    for (const [stream, barrier] of this.#wanted) {
      if (barrier === undefined) {
        if (!queue.isDrained(stream)) continue;
        queue.pause(stream);
        this.#wanted.set(stream, sender.nextTsn - 1);
      }
      const tsn = barrier ?? sender.nextTsn - 1;
      if (tsn > sender.cumulativeAcknowledged || ready.length >= MAX_STREAMS_PER_REQUEST) continue;
      ready.push(stream);
      lastTsn = Math.max(lastTsn, tsn);
    }
    if (this.#request !== undefined || ready.length === 0) return;
    for (const stream of ready) this.#wanted.delete(stream);
    // The last TSN of these streams rather than of all, so that the peer never has to wait for other streams' data.
    this.#request = { number: this.#nextNumber++, streams: ready, lastTsn, inProgress: false };
    this.#transmit(now, this.#request);
  }

  /** RE-CONFIG; false when malformed. */
  handle(now: number, value: Uint8Array): boolean {
    const parameters = parseParameters(value, 0);
    // Section 3.1 allows at most two parameters.
    if (parameters === undefined || parameters.length === 0 || parameters.length > 2) return false;
    return parameters.every((parameter) => this.#handleParameter(now, parameter));
  }

  #handleParameter(now: number, { type, value }: Parameter): boolean {
    switch (type) {
      case ParameterType.OutgoingReset:
        return this.#handleOutgoingReset(value);
      case ParameterType.IncomingReset: {
        const wanted = parseIncomingReset(value);
        if (wanted === undefined || wanted.streams.length > this.#options.limits.resetStreams) return false;
        if (!this.#isNew(wanted.request)) return true;
        this.#events.push({ type: 'resetWanted', streams: wanted.streams });
        this.#respond(wanted.request, ReConfigResult.Performed);
        return true;
      }
      case ParameterType.AddOutgoingStreams:
        return this.#handleAddStreams(value, true);
      case ParameterType.AddIncomingStreams:
        return this.#handleAddStreams(value, false);
      case ParameterType.TsnReset: {
        if (value.length < 4) return false;
        const request = parseIncomingReset(value.subarray(0, 4))!.request;
        if (this.#isNew(request)) this.#respond(request, ReConfigResult.Denied);
        return true;
      }
      case ParameterType.ReConfigResponse:
        return this.#handleResponse(now, value);
    }
    return true;
  }

  #handleOutgoingReset(value: Uint8Array): boolean {
    const reset = parseOutgoingReset(value);
    if (reset === undefined || reset.streams.length > this.#options.limits.resetStreams) return false;
    const again = unwrap32(this.#peerNumber, reset.request) === this.#peerNumber;
    const waits = again && this.#peerResult === ReConfigResult.InProgress;
    if (!waits && !this.#isNew(reset.request)) return true;
    this.#deferred = reset;
    this.#performDeferred();
    if (this.#deferred !== undefined) this.#respond(reset.request, ReConfigResult.InProgress);
    return true;
  }

  #performDeferred(): void {
    const reset = this.#deferred;
    const { receiver } = this.#options;
    if (reset === undefined) return;
    if (unwrap32(receiver.cumulativeTsn, reset.lastTsn) > receiver.cumulativeTsn) return;
    this.#deferred = undefined;
    receiver.resetStreams(reset.streams);
    this.#events.push({ type: 'incomingReset', streams: reset.streams });
    this.#respond(reset.request, ReConfigResult.Performed);
  }

  #handleAddStreams(value: Uint8Array, toUs: boolean): boolean {
    const add = parseAddStreams(value);
    if (add === undefined) return false;
    if (!this.#isNew(add.request)) return true;
    const { receiver, limits } = this.#options;
    const granted = toUs && receiver.inboundStreams + add.count <= limits.streams;
    if (granted) receiver.addInboundStreams(add.count);
    this.#respond(add.request, granted ? ReConfigResult.Performed : ReConfigResult.Denied);
    return true;
  }

  #handleResponse(now: number, value: Uint8Array): boolean {
    const response = parseReConfigResponse(value);
    if (response === undefined) return false;
    const request = this.#request;
    if (request === undefined || request.number >>> 0 !== response.response) return true;
    if (response.result === ReConfigResult.InProgress) {
      request.inProgress = true;
      this.#timerAt = now + this.#options.sender.roundTrip.rto;
      return true;
    }
    const performed =
      response.result === ReConfigResult.Performed || response.result === ReConfigResult.NothingToDo;
    this.#request = undefined;
    this.#timerAt = NEVER;
    for (const stream of request.streams) {
      if (performed) this.#options.queue.resetStream(stream);
      else this.#options.queue.resume(stream);
    }
    this.#events.push({ type: 'outgoingReset', streams: request.streams, performed });
    return true;
  }

  /** Answers a repeated or wrong request number; true when the number is the next one, which is then taken. */
  #isNew(wireNumber: number): boolean {
    const number = unwrap32(this.#peerNumber, wireNumber);
    if (number === this.#peerNumber + 1) {
      this.#peerNumber = number;
      this.#deferred = undefined;
      return true;
    }
    const result = number === this.#peerNumber ? this.#peerResult : ReConfigResult.BadSequenceNumber;
    this.#send([writeReConfigResponse({ response: wireNumber, result })]);
    return false;
  }

  #respond(wireNumber: number, result: number): void {
    this.#peerResult = result;
    this.#send([writeReConfigResponse({ response: wireNumber, result })]);
  }

  #transmit(now: number, { number, streams, lastTsn }: Request): void {
    this.#send([writeOutgoingReset({ request: number, response: this.#peerNumber, lastTsn, streams })]);
    this.#timerAt = now + this.#options.sender.roundTrip.rto;
  }

  #send(parameters: Parameter[]): void {
    this.#options.output.chunk(ChunkType.ReConfig, writeParameters(parameters));
  }
}
