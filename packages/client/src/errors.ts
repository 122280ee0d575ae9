/**
 * Errors of the client itself, by `type`. Their codes are below 100, so that they cannot be mistaken for codes of
 * a server, which are negative (JSON-RPC) or from 40000 on.
 */
export const clientErrors = {
  /** The server could not be reached, or what answered does not speak the protocol. */
  CONNECTION_FAILED: 1,
  /** The connection ended while the request was under way; whether the server ran it is unknown. */
  CONNECTION_LOST: 2,
  /** The server no longer knows the session: its objects and subscriptions are gone. */
  SESSION_LOST: 3,
  /** The client was closed. */
  CLIENT_CLOSED: 4,
  /** More requests wait for their answers than the client was told to allow. */
  TOO_MANY_REQUESTS: 5,
  /** An event stream was read too slowly and its queue is full. */
  EVENT_QUEUE_FULL: 6,
  /** An earlier operation of the transaction failed, so this one did not run. */
  TRANSACTION_ABORTED: 7,
  /** The transaction has already been sent. */
  TRANSACTION_COMMITTED: 8,
  /** An object was used outside the transaction that creates it, before it was committed. */
  TRANSACTION_NOT_COMMITTED: 9,
  /** The object is not of the wanted class. */
  WRONG_CLASS: 10,
  /** The object was released while an event of it was waited for. */
  OBJECT_RELEASED: 11,
  /** The server sent what is not understood. */
  PROTOCOL_ERROR: 12,
} as const;

/** Name of an error of the client itself. */
export type ClientErrorType = keyof typeof clientErrors;

/** Any error with a code: of the client itself, or of the server (then it is a {@link KurentoError}). */
export class RiveroError extends Error {
  readonly code: number;
  /** Name of the error, such as `CONNECTION_LOST` or `MEDIA_OBJECT_NOT_FOUND`. */
  readonly type: string;

  constructor(type: string, code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RiveroError';
    this.type = type;
    this.code = code;
  }
}

/** An error that the server answered; `code` and `type` are those of the Kurento Protocol. */
export class KurentoError extends RiveroError {
  /** What else the server said about it (`error.data`). */
  readonly data: unknown;

  constructor(type: string, code: number, message: string, data?: unknown) {
    super(type, code, message);
    this.name = 'KurentoError';
    this.data = data;
  }
}

export function clientError(type: ClientErrorType, message: string, cause?: unknown): RiveroError {
  return new RiveroError(type, clientErrors[type], message, cause === undefined ? undefined : { cause });
}

const JSON_RPC_TYPES: ReadonlyMap<number, string> = new Map([
  [-32700, 'PARSE_ERROR'],
  [-32600, 'INVALID_REQUEST'],
  [-32601, 'METHOD_NOT_FOUND'],
  [-32602, 'INVALID_PARAMS'],
  [-32603, 'INTERNAL_ERROR'],
  [-32000, 'SERVER_ERROR'],
]);

/** The `error` member of an answer as an exception; whatever is missing in it is made up for. */
export function kurentoError(body: unknown): KurentoError {
  const { code, message, data } = (typeof body === 'object' && body !== null ? body : {}) as {
    code?: unknown;
    message?: unknown;
    data?: unknown;
  };
  const number = typeof code === 'number' ? code : 0;
  const named = typeof data === 'object' && data !== null ? (data as { type?: unknown }).type : undefined;
  const type = typeof named === 'string' ? named : (JSON_RPC_TYPES.get(number) ?? 'UNDEFINED');
  return new KurentoError(type, number, typeof message === 'string' ? message : 'Unknown error', data);
}
