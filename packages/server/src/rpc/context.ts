import type { KurentoError } from '@rivero/api';
import type { Session } from '../sessions/session.js';

/** Ends a request: called exactly once, perhaps before the method returns. `result` has sorted members. */
export type Reply = (error: KurentoError | undefined, result?: Record<string, unknown> | null) => void;

/** What a method knows about where the request comes from. */
export interface RequestContext {
  /** The session that the request carries, or else that of its connection. */
  readonly sessionId: string | undefined;
  /** Whose sessions the client uses, and which objects it sees: see Isolation. */
  readonly owner: string;
  readonly realm: string;
  /** The session of the request; a new one when it has none. Throws NOT_ENOUGH_RESOURCES. */
  session(): Session;
  /** Transactions around this request. */
  readonly depth: number;
}
