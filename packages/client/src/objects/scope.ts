import type { RequestOptions } from '../connection/pending-requests.js';
import type { RiveroError } from '../errors.js';
import type { RemoteObject } from './remote-object.js';

/** Options of every call. */
export interface CallOptions {
  /** Stops waiting for the answer: the call rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** Constructor parameters, which may be left out when none is required, and options of the call. */
export type CreateArguments<Params> = object extends Params
  ? [params?: Params, options?: CallOptions]
  : [params: Params, options?: CallOptions];

export type Parameters = Readonly<Record<string, unknown>>;

/** Where the requests of an object go: to the server, or into a transaction. */
export interface Scope {
  /** Objects in `params` may be instances. */
  request(method: string, params: Parameters, options: RequestOptions): Promise<unknown>;
  /** Takes notice of the result that a caller gets; gives it back. */
  watch<T>(result: Promise<T>): Promise<T>;
  /** A value of the API type `type` as the caller gets it: objects as instances. */
  revive(type: string, value: unknown): unknown;
  /** The instance of an object that was created. */
  created(className: string, id: string): RemoteObject;
  released(id: string): void;
  /** The object has listeners, or no longer has. */
  listening(object: RemoteObject, active: boolean): void;
  subscriptionFailed(object: RemoteObject, event: string, error: RiveroError): void;
}
