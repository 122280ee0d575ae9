import type { SctpTiming } from '../settings.js';
import { parseParameters, writeParameter } from '../wire/parameters.js';
import { ChunkType, ParameterType } from '../wire/types.js';
import type { Output } from './output.js';

const NONCE = 8;
const NEVER = Number.POSITIVE_INFINITY;

/** Asks an idle peer whether it is there (RFC 9260 section 8.3). */
export class Heartbeat {
  readonly #timing: SctpTiming;
  readonly #randomBytes: (count: number) => Uint8Array;
  readonly #output: Output;
  #at: number;
  #asked: { nonce: Uint8Array; at: number } | undefined;

  constructor(now: number, timing: SctpTiming, randomBytes: (count: number) => Uint8Array, output: Output) {
    this.#timing = timing;
    this.#randomBytes = randomBytes;
    this.#output = output;
    this.#at = timing.heartbeatInterval > 0 ? now + timing.heartbeatInterval : NEVER;
  }

  nextTimeout(): number {
    return this.#at;
  }

  /** `busy`: data is in flight, which tells as much. True when the last question was not answered. */
  handleTimeout(now: number, rto: number, busy: boolean): boolean {
    if (now < this.#at) return false;
    const unanswered = this.#asked !== undefined;
    this.#asked = undefined;
    if (busy) {
      this.#at = now + this.#timing.heartbeatInterval;
      return false;
    }
    this.ask(now);
    this.#at = now + rto;
    return unanswered;
  }

  ask(now: number): void {
    const nonce = this.#randomBytes(NONCE).slice();
    this.#asked = { nonce, at: now };
    this.#output.chunk(ChunkType.Heartbeat, writeParameter(ParameterType.HeartbeatInfo, nonce));
  }

  /** The round trip in milliseconds; undefined when this answers nothing that was asked. */
  handleAck(now: number, value: Uint8Array): number | undefined {
    const info = parseParameters(value, 0)?.[0];
    const asked = this.#asked;
    if (asked === undefined || info?.type !== ParameterType.HeartbeatInfo) return undefined;
    if (info.value.length !== NONCE || !asked.nonce.every((byte, i) => byte === info.value[i]))
      return undefined;
    this.#asked = undefined;
    if (this.#at !== NEVER) this.#at = now + this.#timing.heartbeatInterval;
    return now - asked.at;
  }
}
