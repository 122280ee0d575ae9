export {
  Channel,
  ChannelClosedError,
  type ChannelOptions,
  type Done,
  type MethodTable,
} from './channel.js';
export { RemoteError } from './errors.js';
export type { Link, Urgency } from './link.js';
export { memoryLinkPair } from './memory-link.js';
export { processLink } from './process-link.js';
export type {
  MediaConfiguration,
  Nothing,
  ServerEnd,
  WorkerConfiguration,
  WorkerEnd,
  WorkerEvents,
  WorkerMethods,
  WorkerStatus,
} from './protocol.js';
