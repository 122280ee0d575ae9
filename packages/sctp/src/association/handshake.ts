import type { SctpLimits, SctpTiming } from '../settings.js';
import { readUint32, writeUint32 } from '../wire/bytes.js';
import { type Features, type Init, parseInit, writeInit } from '../wire/init.js';
import { writeParameter } from '../wire/parameters.js';
import { CauseCode, ChunkType } from '../wire/types.js';
import type { Agreement } from './agreement.js';
import { type Cookie, readCookie, writeCookie } from './cookie.js';
import type { Output } from './output.js';

const NEVER = Number.POSITIVE_INFINITY;
/** Reports of unknown parameters in an INIT ACK, so that it stays in proportion to the INIT. */
const MAX_REPORTED = 4;
const MAX_REPORTED_LENGTH = 64;
const MIN_PEER_WINDOW = 1500;

export interface HandshakeOptions {
  randomBytes: (count: number) => Uint8Array;
  cookieSecret: Uint8Array;
  features: Features;
  limits: SctpLimits;
  timing: SctpTiming;
}

/** `again`: the peer repeats a set-up that is done. `restart`: the peer has lost its state and begins anew. */
export type CookieResult =
  | { type: 'established' | 'restart'; agreement: Agreement }
  | { type: 'again' | 'dropped' };

/** Set-up of an association, from either side or both at once (RFC 9260 sections 5.1 and 5.2). */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #output: Output;
  readonly #localTag: number;
  readonly #localTsn: number;
  #state: 'idle' | 'cookieWait' | 'cookieEchoed' | 'done' = 'idle';
  /** Of the INIT ACK. */
  #offered: { agreement: Agreement; cookie: Uint8Array } | undefined;
  #timerAt = NEVER;
  #timeout = 0;
  #repetitions = 0;

  constructor(options: HandshakeOptions, output: Output) {
    this.#options = options;
    this.#output = output;
    this.#localTag = this.#randomTag();
    this.#localTsn = readUint32(options.randomBytes(4), 0);
  }

  get localTag(): number {
    return this.#localTag;
  }

  get state(): 'idle' | 'cookieWait' | 'cookieEchoed' | 'done' {
    return this.#state;
  }

  /** Of the INIT ACK, before the association is established. */
  get offeredTag(): number | undefined {
    return this.#offered?.agreement.peerTag;
  }

  start(now: number): void {
    if (this.#state !== 'idle') return;
    this.#state = 'cookieWait';
    this.#begin(now);
  }

  nextTimeout(): number {
    return this.#timerAt;
  }

  /** T1-init and T1-cookie; false when the peer does not answer. */
  handleTimeout(now: number): boolean {
    if (now < this.#timerAt) return true;
    if (this.#repetitions >= this.#options.timing.maxInitRetransmissions) {
      this.stop();
      return false;
    }
    this.#repetitions++;
    this.#timeout = Math.min(this.#timeout * 2, this.#options.timing.maxRto);
    this.#transmit(now);
    return true;
  }

  stop(): void {
    this.#state = 'done';
    this.#offered = undefined;
    this.#timerAt = NEVER;
  }

  /** INIT: answered from the cookie alone, nothing is remembered. False when it was malformed. */
  handleInit(now: number, value: Uint8Array, current: Agreement | undefined): boolean {
    const init = parseInit(value);
    if (init === undefined || init.receiveWindow < MIN_PEER_WINDOW) return false;
    // Before the association stands, the same tag as in our own INIT (section 5.2.1); afterwards a new one (5.2.2).
    const localTag = current === undefined ? this.#localTag : this.#randomTag();
    const localTsn = current === undefined ? this.#localTsn : readUint32(this.#options.randomBytes(4), 0);
    const cookie = writeCookie(this.#options.cookieSecret, {
      agreement: this.#agreement(localTag, localTsn, init),
      localTieTag: current?.localTag ?? 0,
      peerTieTag: current?.peerTag ?? 0,
      createdAt: now,
    });
    const unrecognized = init.unrecognized
      .filter((parameter) => parameter.value.length <= MAX_REPORTED_LENGTH)
      .slice(0, MAX_REPORTED);
    const answer = writeInit({ ...this.#init(localTag, localTsn), cookie, unrecognized });
    this.#output.packet(init.tag, { type: ChunkType.InitAck, flags: 0, value: answer });
    return true;
  }

  /** False when it was malformed. */
  handleInitAck(now: number, value: Uint8Array): boolean {
    if (this.#state !== 'cookieWait') return true;
    const init = parseInit(value);
    if (init?.cookie === undefined) return false;
    this.#offered = {
      agreement: this.#agreement(this.#localTag, this.#localTsn, init),
      cookie: init.cookie.slice(),
    };
    this.#state = 'cookieEchoed';
    this.#begin(now);
    return true;
  }

  /** COOKIE ECHO in a packet with the verification tag `tag` (section 5.2.4, table 13). */
  handleCookieEcho(
    now: number,
    tag: number,
    value: Uint8Array,
    current: Agreement | undefined,
  ): CookieResult {
    const cookie = readCookie(this.#options.cookieSecret, value);
    if (cookie === undefined || tag !== cookie.agreement.localTag) return { type: 'dropped' };
    const { agreement } = cookie;
    const known = current ?? this.#offered?.agreement;
    const localFits = agreement.localTag === (current?.localTag ?? this.#localTag);
    const peerFits = agreement.peerTag === known?.peerTag;
    if (now - cookie.createdAt > this.#options.timing.cookieLifetime && !(localFits && peerFits)) {
      this.#reportStale(now, cookie);
      return { type: 'dropped' };
    }
    if (current === undefined) return localFits ? this.#established(agreement) : { type: 'dropped' };
    if (localFits && peerFits) return { type: 'again' };
    const sameTies = cookie.localTieTag === current.localTag && cookie.peerTieTag === current.peerTag;
    if (!localFits && !peerFits && sameTies) return { type: 'restart', agreement };
    return { type: 'dropped' };
  }

  /** The agreement when this COOKIE ACK completes the set-up. */
  handleCookieAck(): Agreement | undefined {
    const agreement = this.#offered?.agreement;
    if (this.#state !== 'cookieEchoed' || agreement === undefined) return undefined;
    this.stop();
    return agreement;
  }

  /** The peer found our cookie too old: begin anew (section 5.2.6). */
  handleStaleCookie(now: number): void {
    if (this.#state !== 'cookieEchoed') return;
    this.#state = 'cookieWait';
    this.#offered = undefined;
    const repetitions = this.#repetitions + 1;
    this.#begin(now);
    this.#repetitions = repetitions;
  }

  #established(agreement: Agreement): CookieResult {
    this.stop();
    return { type: 'established', agreement };
  }

  #begin(now: number): void {
    this.#repetitions = 0;
    this.#timeout = this.#options.timing.initTimeout;
    this.#transmit(now);
  }

  #transmit(now: number): void {
    this.#timerAt = now + this.#timeout;
    if (this.#offered !== undefined) {
      const { agreement, cookie } = this.#offered;
      this.#output.packet(agreement.peerTag, { type: ChunkType.CookieEcho, flags: 0, value: cookie });
    } else {
      const value = writeInit(this.#init(this.#localTag, this.#localTsn));
      this.#output.packet(0, { type: ChunkType.Init, flags: 0, value });
    }
  }

  #init(tag: number, initialTsn: number): Init {
    const { limits, features } = this.#options;
    return {
      tag,
      receiveWindow: limits.receiveBuffer,
      outboundStreams: limits.streams,
      inboundStreams: limits.streams,
      initialTsn,
      features,
      unrecognized: [],
    };
  }

  #agreement(localTag: number, localTsn: number, init: Init): Agreement {
    const { streams } = this.#options.limits;
    return {
      localTag,
      peerTag: init.tag,
      localTsn,
      peerTsn: init.initialTsn,
      peerWindow: init.receiveWindow,
      outboundStreams: Math.min(streams, init.inboundStreams),
      inboundStreams: Math.min(streams, init.outboundStreams),
      features: init.features,
    };
  }

  #reportStale(now: number, cookie: Cookie): void {
    const staleness = new Uint8Array(4);
    const microseconds = (now - cookie.createdAt - this.#options.timing.cookieLifetime) * 1000;
    writeUint32(staleness, 0, Math.min(microseconds, 0xffffffff));
    const value = writeParameter(CauseCode.StaleCookie, staleness);
    this.#output.packet(cookie.agreement.peerTag, { type: ChunkType.Error, flags: 0, value });
  }

  #randomTag(): number {
    for (;;) {
      const tag = readUint32(this.#options.randomBytes(4), 0);
      if (tag !== 0) return tag;
    }
  }
}
