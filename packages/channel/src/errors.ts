/** An error as it travels on the link. `code` and `type` are there for errors of the Kurento Protocol. */
export interface CarriedError {
  message: string;
  code?: number;
  type?: string;
  data?: unknown;
  name?: string;
}

/** An error of the other side that is none of the Kurento Protocol: a mistake in its program. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  /** Name of the class it had there. */
  readonly remoteName: string;

  constructor(message: string, remoteName: string) {
    super(message);
    this.remoteName = remoteName;
  }
}

export function encodeError(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { message: String(error), name: typeof error };
  const { code, type, data } = error as Error & { code?: unknown; type?: unknown; data?: unknown };
  if (typeof code !== 'number' || typeof type !== 'string')
    return { message: error.message, name: error.name };
  return data === undefined
    ? { message: error.message, code, type }
    : { message: error.message, code, type, data };
}

export function decodeError(carried: CarriedError): Error {
  if (carried.type === undefined) return new RemoteError(carried.message, carried.name ?? 'Error');
  const { code, type, data } = carried;
  return Object.assign(new Error(carried.message), { code, type, data });
}
