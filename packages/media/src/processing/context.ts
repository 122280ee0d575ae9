import type { Logger } from 'pino';
import type { Scheduler } from '../runtime/scheduler.js';
import type { TransportHub } from '../transport/transport-hub.js';
import type { GraphPool } from './graph-pool.js';
import type { GraphSocket } from './graph-transport.js';
import type { SmallEncodingBudget } from './weak-receivers.js';

/** What the processing of a worker has in common. */
export interface ProcessingContext {
  readonly transports: TransportHub;
  readonly socket: GraphSocket;
  readonly pool: GraphPool;
  readonly scheduler: Scheduler;
  readonly smallEncodings: SmallEncodingBudget;
  readonly log: Logger;
}
