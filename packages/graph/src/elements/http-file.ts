import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** What a web server says of a file. */
export interface HttpFile {
  /** Whether parts of it can be asked for (RFC 9110 14), without which nobody can go to another place in it; undefined: nobody knows. */
  readonly ranges: boolean | undefined;
  /** Bytes; undefined for what has no known end. */
  readonly length: number | undefined;
}

const UNKNOWN: HttpFile = { ranges: undefined, length: undefined };
const TIMEOUT_MS = 5000;

/** Asks a web server for one byte of a file. What goes wrong, and what leads elsewhere, is not known. */
export function lookAtHttpFile(uri: string): Promise<HttpFile> {
  return new Promise((resolve) => {
    const ask = uri.startsWith('https') ? requestHttps : requestHttp;
    // Only whether there are ranges is learnt from the answer; who plays the file decides whether to trust the server.
    const options = { headers: { range: 'bytes=0-0' }, rejectUnauthorized: false, timeout: TIMEOUT_MS };
    try {
      const request = ask(uri, options, (response) => {
        resolve(read(response));
        request.destroy();
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(UNKNOWN));
      request.on('close', () => resolve(UNKNOWN));
      request.end();
    } catch {
      resolve(UNKNOWN);
    }
  });
}

function read({ statusCode, headers }: IncomingMessage): HttpFile {
  if (statusCode === 206) {
    const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
    return { ranges: true, length: total === undefined ? undefined : Number(total) };
  }
  if (statusCode !== 200) return UNKNOWN;
  const length = headers['content-length'];
  return { ranges: false, length: length === undefined ? undefined : Number(length) };
}
