import { createReadStream } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { SpooledStorage, type SpoolOptions } from './spooled-storage.js';

export interface HttpStorageOptions extends SpoolOptions {
  /** Tries after a failure that may pass: no connection, 5xx, 408, 429. @default 4 */
  readonly retries?: number;
  /** Wait before the first of them, ms; doubled each time. @default 500 */
  readonly retryDelay?: number;
  /** The server must go on with an answer or with taking bytes within this, ms; else it is asked once more. @default 30 000 */
  readonly timeout?: number;
}

interface Answer {
  status: number;
  location: string | undefined;
}

const MAX_REDIRECTS = 5;
/** Whoever stops a recording waits for its upload: a server that says nothing is not asked as often as one that refuses. */
const MAX_SILENCES = 2;

class SilenceError extends Error {}

/** A place on an HTTP server: PUT, and POST where the server does not allow PUT. */
export class HttpStorage extends SpooledStorage {
  readonly #url: URL;
  readonly #options: HttpStorageOptions;

  constructor(url: URL, options: HttpStorageOptions) {
    super(options);
    this.#url = url;
    this.#options = options;
  }

  protected get place(): string {
    return `${this.#url.origin}${this.#url.pathname}`;
  }

  protected override async upload(size: number): Promise<void> {
    const { retries = 4, retryDelay = 500 } = this.#options;
    let method = 'PUT';
    let problem = '';
    let silences = 0;
    for (let attempt = 0; attempt <= retries; ) {
      let status = 0;
      try {
        status = await this.#send(method, this.#url, size);
        problem = `the server answered ${method} with ${status}`;
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        if (error instanceof SilenceError) silences++;
      }
      if (status >= 200 && status < 300) return;
      if (method === 'PUT' && (status === 405 || status === 501)) {
        method = 'POST';
        continue;
      }
      if (status === 401 || status === 403) {
        throw this.failure('RESOURCE_ERROR_NOT_AUTHORIZED', problem);
      }
      const mayPass = status === 0 || status >= 500 || status === 408 || status === 429;
      if (!mayPass || this.aborted.aborted || silences === MAX_SILENCES || attempt === retries) break;
      await this.pause(retryDelay * 2 ** attempt);
      attempt++;
    }
    throw this.failure('RESOURCE_ERROR_WRITE', problem);
  }

  async #send(method: string, url: URL, size: number): Promise<number> {
    let target = url;
    for (let hops = 0; ; hops++) {
      const { status, location } = await this.#request(method, target, size);
      const redirected = (status === 307 || status === 308) && location !== undefined;
      if (!redirected || hops === MAX_REDIRECTS) return status;
      target = new URL(location, target);
      if (target.protocol !== 'http:' && target.protocol !== 'https:') return status;
    }
  }

  async #request(method: string, url: URL, size: number): Promise<Answer> {
    const { contentType, timeout = 30_000 } = this.#options;
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = start(url, {
      method,
      headers: { 'content-type': contentType, 'content-length': size },
      timeout,
      signal: this.aborted,
    });
    const silence = new SilenceError(`no progress for ${timeout / 1000} s`);
    outgoing.on('timeout', () => outgoing.destroy(silence));
    const answered = new Promise<Answer>((resolve, reject) => {
      outgoing.on('error', reject);
      outgoing.once('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, location: response.headers.location });
      });
    });
    // A server may answer before it has read everything: then the upload ends, and the answer counts.
    const sent = pipeline(createReadStream(this.path), outgoing).catch(() => {});
    const answer = await answered;
    outgoing.destroy();
    await sent;
    return answer;
  }
}
