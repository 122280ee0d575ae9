export { IceAgent } from './agent/agent.js';
export { defaultLimits, defaultTiming, type IceLimits, type IceTiming } from './agent/settings.js';
export type {
  IceAgentOptions,
  IceCounters,
  IceEvent,
  IcePath,
  IceRole,
  IceState,
  IceTransmit,
} from './agent/types.js';
export {
  type CandidateType,
  candidatePriority,
  formatCandidate,
  type IceCandidate,
  parseCandidate,
  readCandidate,
  TCP_TYPE_PREFERENCE,
  type TcpType,
} from './candidate.js';
export {
  candidateFoundation,
  defaultReflexiveTiming,
  type ReflexiveEvent,
  ReflexiveGatherer,
  type ReflexiveTiming,
  reflexiveCandidate,
} from './gathering/reflexive.js';
export { canonicalIp, formatIp, ipFamily, parseIp } from './ip.js';
export { pooledRandomBytes } from './random.js';
export { StunAttribute, StunClass, StunError, StunMethod } from './stun/attributes.js';
export { type StunKey, shortTermKey } from './stun/checksum.js';
export {
  isStun,
  parseStun,
  StunMessage,
  stunTransactionTag,
  stunUsername,
  type TransportAddress,
} from './stun/message.js';
export { StunWriter } from './stun/writer.js';
export { FrameReader, frameDatagram } from './tcp/framing.js';
export { isChannelData } from './turn/channel-data.js';
export { TurnClient, type TurnState } from './turn/client.js';
export { longTermKey } from './turn/credentials.js';
export { TurnStreamReader } from './turn/stream.js';
export type {
  RelayedDatagram,
  TurnClientOptions,
  TurnCounters,
  TurnEvent,
  TurnTiming,
} from './turn/types.js';
