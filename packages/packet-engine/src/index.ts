export { DtlsCertificate, type FingerprintAlgorithm } from './dtls-certificate.js';
export { type DtlsOptions, DtlsSession, type DtlsState, type SrtpKeys } from './dtls-session.js';
export { EngineError, type EngineErrorCode } from './errors.js';
export * from './layout.js';
export {
  type LatchOptions,
  PacketEngine,
  type PacketEngineOptions,
  type SourceAddress,
  type VirtualSend,
} from './packet-engine.js';
export {
  type MasterKeyIdentifiers,
  SDES_PROFILES,
  SRTP_PROFILES,
  type SrtpProfile,
  srtpKeyLength,
} from './srtp-profile.js';
export { type SrtpFailure, SrtpSession, type Unprotected, type UnprotectedRtp } from './srtp-session.js';
