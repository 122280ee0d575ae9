export { SctpAssociation } from './association/association.js';
export type { StreamResetEvent } from './association/stream-reset.js';
export type {
  AssociationCounters,
  AssociationEvent,
  AssociationOptions,
  AssociationState,
  AssociationStatistics,
  CloseReason,
  SendOptions,
} from './association/types.js';
export { PayloadProtocol } from './datachannel/dcep.js';
export { DataChannelPeer } from './datachannel/peer.js';
export type {
  DataChannel,
  DataChannelCounters,
  DataChannelEvent,
  DataChannelPeerOptions,
  DataChannelState,
  OpenOptions,
} from './datachannel/types.js';
export { SctpError, type SctpErrorCode } from './errors.js';
export type { InboundMessage } from './receive/reassembly.js';
export {
  DEFAULT_MAX_MESSAGE_SIZE,
  DEFAULT_MTU,
  defaultLimits,
  defaultTiming,
  type SctpLimits,
  type SctpTiming,
} from './settings.js';
