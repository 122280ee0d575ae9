import type { Session } from '../sessions/session.js';
import type { WorkerHandle } from '../workers/worker-handle.js';
import type { EventSubscriptions } from './subscriptions.js';

/** What the directory knows about a media object. The object itself lives in a worker. */
export interface MediaObject {
  readonly id: string;
  /** Unqualified class name. */
  readonly className: string;
  readonly parent: MediaObject | undefined;
  /** The pipeline it belongs to, itself for a pipeline; the manager has none. */
  readonly pipeline: MediaObject | undefined;
  /** Where it lives; the manager lives here. */
  readonly worker: WorkerHandle | undefined;
  /** Who sees it, see Isolation; the manager is in every realm. */
  readonly realm: string | undefined;
  readonly children: Set<MediaObject>;
  /** Sessions that hold a reference. */
  readonly holders: Set<Session>;
  /** By event name; made when the first subscription comes. */
  subscriptions: Map<string, EventSubscriptions> | undefined;
  /** creating: the worker has not answered yet, so nobody may know the id. */
  state: 'creating' | 'live' | 'gone';
}
