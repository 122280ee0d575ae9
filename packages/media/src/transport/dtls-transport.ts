import {
  type DtlsCertificate,
  DtlsSession,
  type DtlsState,
  type FingerprintAlgorithm,
} from '@rivero/packet-engine';
import type { Fingerprint } from '@rivero/sdp';
import { appended } from '../runtime/small-map.js';

/** A socket of this host, and an address and port of the peer. */
export interface Path {
  socket: number;
  address: string;
  port: number;
}

/** What a peer's description says of its DTLS (RFC 8842). */
export interface DtlsParameters {
  /** What this side is. */
  dtlsRole: 'client' | 'server';
  /** Of the peer's certificate. */
  fingerprints: readonly Fingerprint[];
}

export interface DtlsTransportOwner {
  sendDtls(path: Path, data: Uint8Array): void;
  /** Whether the peer has answered a check of ICE there (RFC 8445). */
  isChecked(path: Path): boolean;
  dtlsState(state: DtlsState): void;
  /** The handshake is over, and the peer is who it should be. @returns why the association is of no use; undefined: it is */
  secured(session: DtlsSession): string | undefined;
  /** `secured` was well, and told. */
  ready(): void;
  /** Application data can be sent and taken. */
  carry(session: DtlsSession): void;
  /** The last moment at which application data can be sent. */
  ending(): void;
  /** It could not be secured, or the peer has closed it. */
  ended(reason: string): void;
}

/** Hash functions by which a peer's certificate may be known; the older ones prove nothing. */
const FINGERPRINT_ALGORITHMS: ReadonlySet<string> = new Set(['sha-256', 'sha-384', 'sha-512']);

/** DTLS datagrams that are kept until their source is known to be the peer: a flight of a handshake. */
const MAX_EARLY_DATAGRAMS = 8;
const NO_DATAGRAMS: readonly never[] = [];

/**
 * DTLS over the paths of one ICE agent: taken only from addresses that ICE has checked, and of use only after the peer's
 * certificate proved to be the one in its description (RFC 5763, RFC 8827 section 6.5). After every call, `pump`.
 */
export class DtlsTransport {
  readonly #certificate: DtlsCertificate;
  readonly #owner: DtlsTransportOwner;
  #session: DtlsSession | undefined;
  #remote: DtlsParameters | undefined;
  #hasBegun = false;
  #state: DtlsState | undefined;
  #secured = false;
  #timeoutMs = Number.POSITIVE_INFINITY;
  /** Where it is sent: the selected pair, before that where the peer's came from. */
  #path: Path | undefined;
  #hasPair = false;
  #early: readonly (Path & { data: Uint8Array })[] = NO_DATAGRAMS;

  constructor(certificate: DtlsCertificate, owner: DtlsTransportOwner) {
    this.#certificate = certificate;
    this.#owner = owner;
  }

  /** When `handleTimeout` wants to be called, ms; Infinity: not at all. */
  get nextTimeout(): number {
    return this.#timeoutMs;
  }

  /** The peer will begin the handshake. */
  expect(): void {
    if (this.#state === undefined) this.#tell('new');
  }

  /** Begins the handshake, or waits for the peer's. One association for the life of the transport: what has ended is not begun anew. */
  begin(): void {
    if (this.#remote === undefined || this.#hasBegun) return;
    this.#hasBegun = true;
    const session = new DtlsSession(this.#certificate, this.#remote.dtlsRole);
    this.#session = session;
    this.#tell('new');
    session.start();
    this.#tell('connecting');
  }

  /** What the peer's description says, or a later one. The role does not change. */
  setRemote(remote: DtlsParameters): void {
    this.#remote = remote;
  }

  /** The pair of ICE that is used from now on. */
  usePath(path: Path): void {
    this.#hasPair = true;
    this.#path = path;
  }

  /** @returns whether it was taken; else it is kept for a while, where it may be of the peer */
  receive(data: Uint8Array, path: Path): boolean {
    if (this.#session === undefined) return false;
    // Before the handshake is over records prove nothing, and who repeats a check of the peer has its address validated.
    if (!this.#secured && !this.#owner.isChecked(path)) {
      const kept = this.#early.slice(1 - MAX_EARLY_DATAGRAMS);
      this.#early = appended(kept, { data: data.slice(), ...path });
      return false;
    }
    this.#take(this.#session, data, path);
    return true;
  }

  #take(session: DtlsSession, data: Uint8Array, path: Path): void {
    if (!this.#hasPair) this.#path = path;
    session.handleDatagram(data);
  }

  /** What came a moment before the check to its source succeeded. */
  #takeEarly(): void {
    if (this.#early.length === 0 || this.#session === undefined) return;
    const early = this.#early;
    this.#early = NO_DATAGRAMS;
    for (const { data, ...path } of early) {
      if (this.#owner.isChecked(path)) this.#take(this.#session, data, path);
      else if (!this.#secured) this.#early = appended(this.#early, { data, ...path });
    }
  }

  handleTimeout(nowMs: number): void {
    if (this.#timeoutMs <= nowMs) this.#session?.handleTimeout();
  }

  /** Sends what there is to send, and tells what happened. */
  pump(nowMs: number): void {
    this.#takeEarly();
    const session = this.#session;
    if (session === undefined) return;
    this.#send(session);
    const { state } = session;
    if (state === 'connected' && !this.#secured) this.#secure(session);
    // Whoever is told of something may close all.
    if (this.#session === undefined) return;
    if (state === 'connected') {
      this.#owner.carry(session);
      this.#send(session);
    }
    if (this.#session === undefined) return;
    if (state === 'failed' || state === 'closed') {
      this.#end(session, state, state === 'failed' ? 'the DTLS handshake failed' : 'the peer closed DTLS');
      return;
    }
    const timeout = session.nextTimeout();
    this.#timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : nowMs + timeout;
  }

  #send(session: DtlsSession): void {
    const path = this.#path;
    for (const data of session.takeOutgoing()) {
      if (path !== undefined) this.#owner.sendDtls(path, data);
    }
  }

  /** The handshake is over: checks who the peer is before any key is used. */
  #secure(session: DtlsSession): void {
    const problem = this.#isPeer(session)
      ? this.#owner.secured(session)
      : "the certificate is not the one of the peer's description";
    if (problem !== undefined) {
      this.#end(session, 'failed', problem);
      return;
    }
    this.#secured = true;
    this.#tell('connected');
    this.#owner.ready();
  }

  #isPeer(session: DtlsSession): boolean {
    return (this.#remote?.fingerprints ?? []).some(
      ({ algorithm, value }) =>
        FINGERPRINT_ALGORITHMS.has(algorithm.toLowerCase()) &&
        session.peerFingerprint(algorithm.toLowerCase() as FingerprintAlgorithm) === value.toUpperCase(),
    );
  }

  #end(session: DtlsSession, state: 'failed' | 'closed', reason: string): void {
    this.#owner.ending();
    this.#finish(session);
    this.#tell(state);
    this.#owner.ended(reason);
  }

  #finish(session: DtlsSession): void {
    session.close();
    this.#send(session);
    this.#session = undefined;
    this.#timeoutMs = Number.POSITIVE_INFINITY;
  }

  #tell(state: DtlsState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#owner.dtlsState(state);
  }

  /** Says goodbye (close_notify) and frees everything. Idempotent. */
  close(): void {
    if (this.#session === undefined) return;
    this.#owner.ending();
    this.#finish(this.#session);
  }
}
