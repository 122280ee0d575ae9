/** Chunk types (RFC 9260 section 3.2, RFC 3758, RFC 6525). */
export const ChunkType = {
  Data: 0,
  Init: 1,
  InitAck: 2,
  Sack: 3,
  Heartbeat: 4,
  HeartbeatAck: 5,
  Abort: 6,
  Shutdown: 7,
  ShutdownAck: 8,
  Error: 9,
  CookieEcho: 10,
  CookieAck: 11,
  ShutdownComplete: 14,
  ReConfig: 130,
  ForwardTsn: 192,
} as const;

/** Parameter types (RFC 9260 section 3.3, RFC 5061, RFC 9653, RFC 3758, RFC 6525). */
export const ParameterType = {
  HeartbeatInfo: 1,
  StateCookie: 7,
  UnrecognizedParameter: 8,
  OutgoingReset: 13,
  IncomingReset: 14,
  TsnReset: 15,
  ReConfigResponse: 16,
  AddOutgoingStreams: 17,
  AddIncomingStreams: 18,
  ZeroChecksum: 0x8001,
  SupportedExtensions: 0x8008,
  ForwardTsnSupported: 0xc000,
} as const;

/** Error causes (RFC 9260 section 3.3.10). */
export const CauseCode = {
  InvalidStream: 1,
  StaleCookie: 3,
  OutOfResource: 4,
  UnrecognizedChunk: 6,
  InvalidMandatoryParameter: 7,
  NoUserData: 9,
  UserInitiatedAbort: 12,
  ProtocolViolation: 13,
} as const;

/** Tag reflected: no state of ours, the verification tag is the receiver's own (ABORT, SHUTDOWN COMPLETE). */
export const TAG_REFLECTED = 1;

export const COMMON_HEADER = 12;
export const CHUNK_HEADER = 4;

export function padded(length: number): number {
  return (length + 3) & ~3;
}
