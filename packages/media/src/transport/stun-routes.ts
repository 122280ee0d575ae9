import { stunTransactionTag, stunUsername } from '@rivero/ice';
import { randomBytes } from '../runtime/random.js';

export interface StunReceiver {
  /** STUN from anywhere, found by session, ufrag or transaction. `data` is valid during the call only. */
  onStun(data: Uint8Array, socket: number, address: string, port: number, nowMs: number): void;
}

/**
 * Whose a STUN message is: a request names the ICE username fragment that it is for, a response bears the tag of the one who
 * asked in its transaction id. Several endpoints may share one remote address (two calls of one NAT): the message decides,
 * the address does not.
 */
export class StunRoutes {
  readonly #byUfrag = new Map<string, StunReceiver>();
  readonly #byTag = new Map<number, StunReceiver>();

  /** Has requests for a username fragment given to the receiver. */
  addUfrag(ufrag: string, receiver: StunReceiver): void {
    this.#byUfrag.set(ufrag, receiver);
  }

  removeUfrag(ufrag: string): void {
    this.#byUfrag.delete(ufrag);
  }

  knowsUfrag(ufrag: string): boolean {
    return this.#byUfrag.has(ufrag);
  }

  /** A new tag for transaction ids, 32 bits: responses to them find the receiver. */
  addTag(receiver: StunReceiver): number {
    for (;;) {
      const tag = randomBytes(4).readUInt32BE();
      if (this.#byTag.has(tag)) continue;
      this.#byTag.set(tag, receiver);
      return tag;
    }
  }

  removeTag(tag: number): void {
    this.#byTag.delete(tag);
  }

  /** undefined: the message does not tell, or names somebody who is not there. */
  receiverOf(message: Uint8Array): StunReceiver | undefined {
    const username = stunUsername(message);
    if (username !== undefined) return this.#byUfrag.get(username.localUfrag);
    const tag = stunTransactionTag(message);
    return tag === undefined ? undefined : this.#byTag.get(tag);
  }
}
