import { StunAttribute, StunClass, StunMethod } from '../stun/attributes.js';
import type { StunKey } from '../stun/checksum.js';
import { type StunMessage, stunTransactionKey } from '../stun/message.js';
import { StunWriter } from '../stun/writer.js';
import { longTermKey } from './credentials.js';
import type { TurnClientOptions, TurnCounters, TurnTiming } from './types.js';

/** So often in a row a request is repeated with another nonce. */
const MAX_AUTHENTICATIONS = 3;

export interface TurnRequest {
  method: number;
  /** Adds what this request has beyond the credentials. */
  fill: (writer: StunWriter) => void;
  succeeded: (now: number, response: StunMessage) => void;
  /** `code` 0: no answer. */
  failed: (now: number, code: number, response: StunMessage | undefined) => void;
}

interface Pending {
  request: TurnRequest;
  id: Uint8Array;
  data: Uint8Array;
  authenticated: boolean;
  authentications: number;
  transmissions: number;
  rto: number;
  nextAt: number;
}

const writer = new StunWriter();

/**
 * Requests to a TURN server that wait for their answers: long-term credentials (RFC 8489 section 9.2), stale nonces and
 * retransmission.
 */
export class TurnRequests {
  readonly #options: TurnClientOptions;
  readonly #timing: TurnTiming;
  readonly #counters: TurnCounters;
  readonly #send: (now: number, data: Uint8Array) => void;
  readonly #pending = new Map<string, Pending>();
  #realm: string | undefined;
  #nonce: string | undefined;
  #key: StunKey | undefined;

  constructor(
    options: TurnClientOptions,
    timing: TurnTiming,
    counters: TurnCounters,
    send: (now: number, data: Uint8Array) => void,
  ) {
    this.#options = options;
    this.#timing = timing;
    this.#counters = counters;
    this.#send = send;
  }

  get size(): number {
    return this.#pending.size;
  }

  send(now: number, request: TurnRequest): void {
    this.#begin(now, request, 0);
  }

  #begin(now: number, request: TurnRequest, authentications: number): void {
    const id = this.#options.randomBytes(12).slice();
    const authenticated = this.#key !== undefined;
    const { initialRto, reliableTimeout } = this.#timing;
    const pending: Pending = {
      request,
      id,
      data: this.#write(request, id),
      authenticated,
      authentications,
      transmissions: 1,
      rto: initialRto,
      nextAt: now + (this.#options.reliable ? reliableTimeout : initialRto),
    };
    this.#pending.set(stunTransactionKey(pending.data), pending);
    this.#counters.requestsSent++;
    this.#send(now, pending.data);
  }

  #write(request: TurnRequest, id: Uint8Array): Uint8Array {
    request.fill(writer.start(StunClass.Request, id, request.method));
    if (this.#key !== undefined) {
      writer
        .text(StunAttribute.Username, this.#options.username)
        .text(StunAttribute.Realm, this.#realm!)
        .text(StunAttribute.Nonce, this.#nonce!)
        .integrity(this.#key);
    }
    return writer.fingerprint().finish();
  }

  /** Takes a response; false when it answers nothing, or is forged. */
  handle(now: number, message: StunMessage): boolean {
    const key = stunTransactionKey(message.bytes);
    const pending = this.#pending.get(key);
    if (pending === undefined || pending.request.method !== message.method) return false;
    if (message.fingerprintOffset !== 0 && !message.fingerprintValid()) return false;
    const signed = message.integrityOffset !== 0;
    if (signed && (this.#key === undefined || !message.integrityValid(this.#key))) return false;
    if (message.messageClass === StunClass.Success) {
      if (pending.authenticated && !signed) return false;
      this.#pending.delete(key);
      if (message.unknownRequired) pending.request.failed(now, 420, message);
      else pending.request.succeeded(now, message);
      return true;
    }
    this.#pending.delete(key);
    const code = message.errorCode ?? 500;
    if (!this.#authenticateAnew(now, pending, code, message)) pending.request.failed(now, code, message);
    return true;
  }

  /** 401 names realm and nonce, 438 a new nonce: the request is made again with them. */
  #authenticateAnew(now: number, pending: Pending, code: number, message: StunMessage): boolean {
    if (code !== 401 && code !== 438) return false;
    const realm = message.text(StunAttribute.Realm);
    const nonce = message.text(StunAttribute.Nonce);
    if (realm === undefined || nonce === undefined || pending.authentications >= MAX_AUTHENTICATIONS)
      return false;
    // Refused with these very credentials: they are wrong.
    if (code === 401 && pending.authenticated && realm === this.#realm) return false;
    if (realm !== this.#realm || this.#key === undefined) {
      const { username, password } = this.#options;
      this.#key = longTermKey(username, realm, password);
      this.#realm = realm;
    }
    this.#nonce = nonce;
    this.#begin(now, pending.request, pending.authentications + 1);
    return true;
  }

  nextTimeout(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { nextAt } of this.#pending.values()) next = Math.min(next, nextAt);
    return next;
  }

  handleTimeout(now: number): void {
    for (const [key, pending] of [...this.#pending]) {
      if (pending.nextAt > now) continue;
      if (!this.#options.reliable && pending.transmissions < this.#timing.transmissions) {
        pending.transmissions++;
        pending.rto = Math.min(2 * pending.rto, this.#timing.maxRto);
        pending.nextAt = now + pending.rto;
        this.#counters.retransmissions++;
        this.#send(now, pending.data);
      } else {
        this.#pending.delete(key);
        pending.request.failed(now, 0, undefined);
      }
    }
  }

  /** Forgets what is under way. */
  clear(): void {
    this.#pending.clear();
  }
}

/** A Refresh with lifetime 0 and the like: sent once, its answer is not waited for. */
export const unanswered: Pick<TurnRequest, 'succeeded' | 'failed'> = {
  succeeded: () => {},
  failed: () => {},
};

/** An indication: no credentials, no answer (RFC 8656 section 11). */
export function writeIndication(
  method: number,
  id: Uint8Array,
  fill: (writer: StunWriter) => void,
): Uint8Array {
  fill(writer.start(StunClass.Indication, id, method));
  return writer.finish();
}

export function writeSendIndication(
  id: Uint8Array,
  ip: Uint8Array,
  port: number,
  data: Uint8Array,
): Uint8Array {
  return writeIndication(StunMethod.Send, id, (out) =>
    out.xorAddress(StunAttribute.XorPeerAddress, ip, port).attribute(StunAttribute.Data, data),
  );
}
