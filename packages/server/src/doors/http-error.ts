import { KurentoError } from '@rivero/api';
import { Refused } from '../auth/refused.js';

/** A request at a door is answered with an error of HTTP. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Any error as a door answers it. */
export function asHttpError(error: unknown): {
  status: number;
  message: string;
  headers: Readonly<Record<string, string>>;
} {
  if (error instanceof HttpError) return error;
  if (error instanceof Refused) {
    const headers: Record<string, string> = error.status === 401 ? { 'www-authenticate': 'Bearer' } : {};
    return { status: error.status, message: 'You may not come in', headers };
  }
  if (!(error instanceof KurentoError)) return { status: 500, message: 'Something went wrong', headers: {} };
  const status =
    error.type === 'NOT_ENOUGH_RESOURCES'
      ? 503
      : error.type === 'MEDIA_OBJECT_NOT_FOUND'
        ? 404
        : error.type.startsWith('SDP_')
          ? 400
          : 500;
  return { status, message: error.message, headers: status === 503 ? { 'retry-after': '5' } : {} };
}

/** Percent-encoding taken away. @throws HttpError 400 */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new HttpError(400, 'The path can not be read');
  }
}
