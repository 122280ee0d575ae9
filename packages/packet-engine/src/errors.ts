/** What can go wrong in the packet engine. The code is stable, the message is for people. */
export type EngineErrorCode =
  | 'ADDON_MISSING'
  | 'ADDRESS_IN_USE'
  | 'ADDRESS_NOT_AVAILABLE'
  | 'CLOSED'
  | 'CONSUMER_LIMIT'
  | 'FAMILY_NOT_SUPPORTED'
  | 'INVALID_ARGUMENT'
  | 'INVALID_KEY'
  | 'INVALID_STATE'
  | 'OUT_OF_MEMORY'
  | 'PERMISSION_DENIED'
  | 'SESSION_LIMIT'
  | 'SOCKET_ERROR'
  | 'SOCKET_LIMIT'
  | 'TOO_MANY_OPEN_FILES';

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Calls into the addon; the coded errors that it throws come out as EngineError. */
export function coded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      throw new EngineError(error.code as EngineErrorCode, error.message, { cause: error });
    }
    throw error;
  }
}
