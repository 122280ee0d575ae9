import type { DataResult } from '../receive/receiver.js';
import { readUint32, writeUint16 } from '../wire/bytes.js';
import { parseData } from '../wire/data.js';
import { parseForwardTsn } from '../wire/forward-tsn.js';
import { parseParameters, writeParameter } from '../wire/parameters.js';
import { parseSack, type Sack } from '../wire/sack.js';
import { CauseCode, ChunkType } from '../wire/types.js';
import type { Output } from './output.js';
import type { Teardown } from './teardown.js';
import type { Transmission } from './transmission.js';
import type { AssociationCounters, CloseReason } from './types.js';

/** Why the association is aborted; `cause` is a CauseCode. */
export interface Failure {
  reason: CloseReason;
  cause: number;
  detail: string;
}

const failures: Partial<Record<DataResult, Failure>> = {
  violation: {
    reason: 'violation',
    cause: CauseCode.ProtocolViolation,
    detail: 'fragments contradict each other',
  },
  tooLarge: { reason: 'violation', cause: CauseCode.OutOfResource, detail: 'message too large' },
  outOfResource: { reason: 'violation', cause: CauseCode.OutOfResource, detail: 'receive window exceeded' },
};

/** Chunks of an association that is set up. */
export class ChunkHandler {
  readonly #output: Output;
  readonly #teardown: Teardown;
  readonly #counters: AssociationCounters;
  #released = 0;
  /** One ERROR a packet at most. */
  #reported = false;
  #dataInPacket = false;

  constructor(output: Output, teardown: Teardown, counters: AssociationCounters) {
    this.#output = output;
    this.#teardown = teardown;
    this.#counters = counters;
  }

  /** Bytes of messages that were acknowledged since the last call. */
  takeReleased(): number {
    const released = this.#released;
    this.#released = 0;
    return released;
  }

  beginPacket(): void {
    this.#reported = false;
    this.#dataInPacket = false;
  }

  /** False when the rest of the packet is not to be looked at; a failure ends the association. */
  handle(
    now: number,
    transmission: Transmission,
    type: number,
    flags: number,
    value: Uint8Array,
  ): boolean | Failure {
    switch (type) {
      case ChunkType.Data:
        return this.#handleData(now, transmission, flags, value);
      case ChunkType.Sack: {
        const sack = parseSack(value);
        return sack === undefined ? this.#malformed() : this.#handleSack(now, transmission, sack);
      }
      case ChunkType.ForwardTsn: {
        const forward = parseForwardTsn(value);
        if (forward === undefined) return this.#malformed();
        transmission.receiver.handleForwardTsn(forward);
        return true;
      }
      case ChunkType.ReConfig:
        return transmission.reset.handle(now, value) || this.#malformed();
      case ChunkType.Heartbeat:
        this.#output.chunk(ChunkType.HeartbeatAck, value.slice());
        return true;
      case ChunkType.HeartbeatAck: {
        const roundTrip = transmission.heartbeat.handleAck(now, value);
        if (roundTrip === undefined) return true;
        transmission.errors = 0;
        transmission.sender.roundTrip.measured(roundTrip);
        return true;
      }
      case ChunkType.Shutdown: {
        if (value.length < 4) return this.#malformed();
        const { peerWindow } = transmission.sender;
        const sack = {
          cumulativeTsn: readUint32(value, 0),
          receiveWindow: peerWindow,
          gaps: [],
          duplicates: 0,
        };
        const result = this.#handleSack(now, transmission, sack);
        if (result === true) this.#teardown.handleShutdown(now, transmission);
        return result;
      }
    }
    return this.#unknown(type, flags, value);
  }

  isStaleCookie(error: Uint8Array): boolean {
    return parseParameters(error, 0)?.some(({ type }) => type === CauseCode.StaleCookie) ?? false;
  }

  /** The causes of an ABORT for logs. */
  describeCauses(abort: Uint8Array): string {
    const causes = parseParameters(abort, 0) ?? [];
    return causes
      .slice(0, 4)
      .map(({ type, value }) => {
        const hasText = type === CauseCode.UserInitiatedAbort || type === CauseCode.ProtocolViolation;
        const text = hasText ? new TextDecoder().decode(value.subarray(0, 256)) : '';
        return text === '' ? `cause ${type}` : `cause ${type}: ${text}`;
      })
      .join(', ');
  }

  #handleData(now: number, transmission: Transmission, flags: number, value: Uint8Array): boolean | Failure {
    const chunk = parseData(flags, value);
    if (chunk === undefined) return this.#malformed();
    if (chunk.payload.length === 0) {
      return { reason: 'violation', cause: CauseCode.NoUserData, detail: '' };
    }
    const { state } = this.#teardown;
    // After its SHUTDOWN the peer must not send new data (RFC 9260 section 9.2).
    if (state === 'received' || state === 'ackSent') return true;
    const result = transmission.receiver.handleData(chunk);
    if (result === 'dropped') this.#counters.dataDropped++;
    if (result === 'badStream') {
      const cause = new Uint8Array(4);
      writeUint16(cause, 0, chunk.stream);
      this.#report(CauseCode.InvalidStream, cause);
    }
    if (!this.#dataInPacket) this.#teardown.handleData(now, transmission);
    this.#dataInPacket = true;
    return failures[result] ?? true;
  }

  #handleSack(now: number, transmission: Transmission, sack: Sack): boolean | Failure {
    const result = transmission.sender.handleSack(now, sack);
    this.#released += result.released;
    if (result.status === 'invalid') {
      const detail = 'acknowledges what was not sent';
      return { reason: 'violation', cause: CauseCode.ProtocolViolation, detail };
    }
    if (result.alive) transmission.errors = 0;
    return true;
  }

  /** What to do is coded in the two highest bits of the type (RFC 9260 section 3.2). */
  #unknown(type: number, flags: number, value: Uint8Array): boolean {
    this.#counters.unknownChunks++;
    if ((type & 0x40) !== 0) {
      const shown = value.subarray(0, 64);
      const chunk = new Uint8Array(4 + shown.length);
      chunk[0] = type;
      chunk[1] = flags;
      writeUint16(chunk, 2, chunk.length);
      chunk.set(shown, 4);
      this.#report(CauseCode.UnrecognizedChunk, chunk);
    }
    return (type & 0x80) !== 0;
  }

  #report(cause: number, value: Uint8Array): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#output.chunk(ChunkType.Error, writeParameter(cause, value));
  }

  #malformed(): boolean {
    this.#counters.malformed++;
    return true;
  }
}
