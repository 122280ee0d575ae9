import { type ErrorType, errors, KurentoError } from '@rivero/api';

/** An error as it travels on the link. `code` and `type` are there for errors of the Kurento Protocol. */
export interface CarriedError {
  message: string;
  code?: number;
  type?: string;
  data?: Readonly<Record<string, unknown>>;
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
  if (error instanceof KurentoError) {
    const { code, type, message, data } = error;
    return data === undefined ? { message, code, type } : { message, code, type, data };
  }
  if (error instanceof Error) return { message: error.message, name: error.name };
  return { message: String(error), name: typeof error };
}

export function decodeError({ message, code, type, data, name }: CarriedError): Error {
  if (type === undefined || !Object.hasOwn(errors, type)) return new RemoteError(message, name ?? 'Error');
  return new KurentoError(type as ErrorType, message, code === undefined ? data : { ...data, code });
}
