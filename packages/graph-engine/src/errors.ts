/** What can go wrong in the graph engine. The code is stable, the message is for people. */
export type GraphEngineErrorCode =
  /** No addon: GStreamer was not there when the server was set up. The message names the Debian packages. */
  | 'ADDON_MISSING'
  /** The operation does not fit the object: its bin has such an element already, it has no parent, … */
  | 'INVALID_STATE'
  | 'INVALID_ARGUMENT'
  /** A string that GStreamer can't read as a value of the property's type. */
  | 'INVALID_VALUE'
  /** No such element: a plugin is not installed, or the name is wrong. */
  | 'ELEMENT_MISSING'
  | 'NO_SUCH_PROPERTY'
  | 'NO_SUCH_SIGNAL'
  | 'NO_SUCH_PAD'
  | 'LINK_FAILED'
  /** A pipeline description that can't be read or linked. */
  | 'PARSE_FAILED'
  | 'SEEK_FAILED'
  | 'STATE_CHANGE_FAILED';

export class GraphEngineError extends Error {
  override readonly name = 'GraphEngineError';
  readonly code: GraphEngineErrorCode;

  constructor(code: GraphEngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Calls into the addon; the coded errors that it throws come out as GraphEngineError. */
export function coded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asCoded(error);
  }
}

/** The same for an answer that comes later. */
export async function codedAsync<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asCoded(error);
  }
}

function asCoded(error: unknown): unknown {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return new GraphEngineError(error.code as GraphEngineErrorCode, error.message, { cause: error });
  }
  return error;
}
