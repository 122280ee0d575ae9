import { loadAddon, type NativeDtlsAssociation } from './addon.js';
import type { DtlsCertificate, FingerprintAlgorithm } from './dtls-certificate.js';
import { coded } from './errors.js';
import { openSslProfileList, profileFromNumber, SRTP_PROFILES, type SrtpProfile } from './srtp-profile.js';

export type DtlsState = 'new' | 'connecting' | 'connected' | 'failed' | 'closed';

/** In the order of DtlsAssociation::State. */
const states: readonly DtlsState[] = ['new', 'connecting', 'connected', 'failed', 'closed'];

export interface DtlsOptions {
  /** Longest datagram to send, in bytes of UDP payload, 256 to 16384. 1200 */
  mtu?: number;
  /** In the order of preference; all by default. */
  srtpProfiles?: readonly SrtpProfile[];
}

export interface SrtpKeys {
  profile: SrtpProfile;
  /** Key followed by salt. */
  sendKey: Uint8Array;
  receiveKey: Uint8Array;
}

/**
 * One DTLS 1.2 association for SRTP keys (RFC 5764) and data channels: datagrams in, datagrams out, no socket and no
 * timer. After every call the user sends what takeOutgoing gives and asks nextTimeout.
 *
 * Any certificate of the peer is accepted: compare peerFingerprint with the signalled one before keys are used.
 */
export class DtlsSession {
  readonly #native: NativeDtlsAssociation;

  /** @throws EngineError INVALID_ARGUMENT */
  constructor(certificate: DtlsCertificate, role: 'client' | 'server', options: DtlsOptions = {}) {
    const profiles = openSslProfileList(options.srtpProfiles ?? SRTP_PROFILES);
    const mtu = options.mtu ?? 1200;
    this.#native = coded(
      () => new (loadAddon().DtlsAssociation)(certificate.native, role === 'client', mtu, profiles),
    );
  }

  get state(): DtlsState {
    return states[this.#native.state()]!;
  }

  /** A client sends its first flight; a server waits for it. */
  start(): void {
    this.#native.start();
  }

  /** Bytes from the peer. Never throws for what they contain. */
  handleDatagram(data: Uint8Array): void {
    coded(() => this.#native.handleDatagram(data));
  }

  /** Sends the last flight again when its time has come; after about half a minute without answer it has failed. */
  handleTimeout(): void {
    this.#native.handleTimeout();
  }

  /** Milliseconds until handleTimeout wants to be called, undefined when no timer runs. */
  nextTimeout(): number | undefined {
    return this.#native.nextTimeout();
  }

  /** Datagrams to send, in order. */
  takeOutgoing(): Uint8Array[] {
    return this.#native.takeOutgoing();
  }

  /** Application data received since the last call; at most 256 pieces or 1 MiB wait, more is dropped. */
  takeIncoming(): Uint8Array[] {
    return this.#native.takeIncoming();
  }

  /** Sends application data; false while not connected. At most 16384 bytes, no fragmentation. */
  send(data: Uint8Array): boolean {
    return coded(() => this.#native.send(data));
  }

  /** Of the peer's certificate, once connected. */
  peerFingerprint(algorithm: FingerprintAlgorithm): string | undefined {
    const fingerprint = coded(() => this.#native.peerFingerprint(algorithm));
    return fingerprint === '' ? undefined : fingerprint;
  }

  /** The negotiated keys; undefined until connected and when no profile was agreed. */
  srtp(): SrtpKeys | undefined {
    const keys = this.#native.srtpKeys();
    const profile = keys && profileFromNumber(keys.profile);
    return profile === undefined || keys === undefined ? undefined : { ...keys, profile };
  }

  /** For logs, such as "DTLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256"; empty until connected. */
  get cipherName(): string {
    return this.#native.cipherName();
  }

  /** Leaves close_notify in takeOutgoing and frees the rest. Idempotent. */
  close(): void {
    this.#native.close();
  }
}
