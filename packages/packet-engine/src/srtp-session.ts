import { loadAddon, type NativeSrtpSession, type NativeUnprotected } from './addon.js';
import { coded } from './errors.js';
import { type MasterKeyIdentifiers, NO_MKI, profileNumber, type SrtpProfile } from './srtp-profile.js';

export type SrtpFailure = 'malformed' | 'authentication' | 'replayed' | 'ssrcLimit';

/** In the order of SrtpResult; 0 is success. */
const failures: readonly SrtpFailure[] = ['malformed', 'authentication', 'replayed', 'ssrcLimit'];

export type Unprotected<T> = ({ ok: true; packet: Uint8Array } & T) | { ok: false; reason: SrtpFailure };

export interface UnprotectedRtp {
  headerLength: number;
  /** Roll-over counter * 65536 + sequence number. */
  index: number;
  /** Number of the SSRC within the session. */
  stream: number;
}

export interface SrtpSessionOptions {
  /** 64 */
  maxSsrcs?: number;
  /** The keys are not derived but used as they are, without authentication key: published test vectors come so. */
  keysAreSessionKeys?: boolean;
  mki?: MasterKeyIdentifiers;
}

/** SRTP and SRTCP one packet at a time, with copies: for tests and tools. Media goes through PacketEngine. */
export class SrtpSession {
  readonly #native: NativeSrtpSession;

  /**
   * Keys are followed by their salts.
   * @throws EngineError INVALID_ARGUMENT
   */
  constructor(
    profile: SrtpProfile,
    sendKey: Uint8Array,
    receiveKey: Uint8Array,
    options: SrtpSessionOptions = {},
  ) {
    this.#native = coded(
      () =>
        new (loadAddon().SrtpSession)(
          profileNumber(profile),
          sendKey,
          receiveKey,
          options.maxSsrcs ?? 64,
          options.keysAreSessionKeys ?? false,
          options.mki?.send ?? NO_MKI,
          options.mki?.receive ?? NO_MKI,
        ),
    );
  }

  /** The roll-over counter of extendedSequence counts; its low 16 bits are those of the packet. */
  protectRtp(packet: Uint8Array, extendedSequence: number): Uint8Array {
    return coded(() => this.#native.protectRtp(packet, Math.floor(extendedSequence / 0x10000)));
  }

  unprotectRtp(packet: Uint8Array): Unprotected<UnprotectedRtp> {
    return outcome(coded(() => this.#native.unprotectRtp(packet)));
  }

  protectRtcp(packet: Uint8Array): Uint8Array {
    return coded(() => this.#native.protectRtcp(packet));
  }

  unprotectRtcp(packet: Uint8Array): Unprotected<object> {
    return outcome(coded(() => this.#native.unprotectRtcp(packet)));
  }

  /** See PacketEngine.resetReceiveStream. */
  releaseStream(ssrc: number): void {
    coded(() => this.#native.releaseStream(ssrc));
  }
}

function outcome<T>(native: NativeUnprotected): Unprotected<T> {
  const { result, ...rest } = native;
  return result === 0
    ? ({ ok: true, ...rest } as Unprotected<T>)
    : { ok: false, reason: failures[result - 1] ?? 'malformed' };
}
