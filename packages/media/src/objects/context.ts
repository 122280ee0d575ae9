import type { ApiRegistry } from '@rivero/api';
import type { MediaConfiguration } from '@rivero/channel';
import type { UriAccess } from '@rivero/module/host';
import type { ModuleSet } from '@rivero/module/loader';
import type { Logger } from 'pino';
import type { Processing } from '../processing/processing.js';
import type { Scheduler } from '../runtime/scheduler.js';
import type { TransportHub } from '../transport/transport-hub.js';
import type { MediaObject } from './media-object.js';

/** What every object of a worker may use. */
export interface ObjectContext {
  readonly api: ApiRegistry;
  readonly modules: ModuleSet;
  readonly configuration: MediaConfiguration;
  readonly log: Logger;
  readonly scheduler: Scheduler;
  readonly transports: TransportHub;
  readonly processing: Processing;
  readonly uriAccess: UriAccess;
  /** The object of an id in this worker. */
  find(id: string): MediaObject | undefined;
  /** Whether an event has subscribers. */
  isWanted(object: MediaObject, type: string): boolean;
  /** Sends an event to its subscribers. `data` without source, tags, timestampMillis and type. */
  emit(object: MediaObject, type: string, data: Record<string, unknown>): void;
}

/** How an object is made. */
export interface ObjectInit {
  readonly id: string;
  /** Unqualified class name. */
  readonly type: string;
  readonly parent: MediaObject | undefined;
  /** Decoded constructor parameters. */
  readonly params: Readonly<Record<string, unknown>>;
}
