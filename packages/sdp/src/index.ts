export { type Answer, type AnswerMedia, type AnswerOptions, createAnswer, type Rejection } from './answer.js';
export { type AppliedAnswer, applyAnswer } from './apply-answer.js';
export {
  type DefaultCandidate,
  type GatheredCandidates,
  remoteWithCandidates,
  withCandidates,
} from './candidates.js';
export {
  AmrPayload,
  amrPayload,
  codecsCompatible,
  H264Profile,
  h264PacketizationMode,
  h264Profile,
  isAuxiliary,
  pickCodec,
  pickPayloadType,
  sameCodec,
} from './codecs.js';
export { cryptoKeyLength, type NegotiatedCrypto, negotiatedCrypto, SdpCryptoSuites } from './crypto.js';
export { intersectDirections, type MediaDirection, readDirection, writeDirection } from './directions.js';
export { SdpError, type SdpErrorCode } from './errors.js';
export { HeaderExtensionUri } from './extensions.js';
export {
  type FormatParameters,
  formatParameter,
  formatParametersText,
  parseFormatParameters,
} from './fmtp.js';
export { DEFAULT_LIMITS, type SdpLimits } from './lines.js';
export {
  type CodecCapability,
  capabilityFormat,
  type LocalSession,
  type LocalSource,
  type LocalTransport,
} from './local.js';
export type * from './model.js';
export { negotiate } from './negotiate.js';
export type {
  LocalMedia,
  NegotiatedCodec,
  NegotiatedFeedback,
  NegotiatedMedia,
  NegotiatedSctp,
  NegotiatedSession,
  RemoteMedia,
  RemoteSource,
} from './negotiated.js';
export {
  createOffer,
  type LocalDescription,
  type OfferedData,
  type OfferedRtpMedia,
  type OfferOptions,
} from './offer.js';
export { parseSessionDescription } from './parse.js';
export { parseOwnDescription } from './parse-own.js';
export { PassedOver } from './passed-over.js';
export * from './presets.js';
export {
  applyRtpAnswer,
  createRtpAnswer,
  createRtpOffer,
  isSecureProtocol,
  type LocalRtpTransport,
  type LocalSdes,
  type OfferedRtpLine,
  type RtpAnswerOptions,
  type RtpOfferOptions,
} from './rtp.js';
export {
  OFFERED_RTP_AUDIO_CODECS,
  OFFERED_RTP_VIDEO_CODECS,
  RTP_AUDIO_CODECS,
  RTP_VIDEO_CODECS,
} from './rtp-codecs.js';
export { formatSessionDescription } from './write.js';
