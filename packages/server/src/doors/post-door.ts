import {
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { KurentoError } from '@rivero/api';
import { Refused } from '../auth/refused.js';
import type { Admission } from '../http/admission.js';
import type { Logger } from '../log/logger.js';
import type { Refusals } from '../log/refusals.js';
import type { MediaObject } from '../objects/media-object.js';
import type { UrlPublisher } from '../objects/object-service.js';
import { HttpError } from './http-error.js';

/** What paths of uploads begin with. */
export const POST_PATH = '/post/';
/** ms for which what a refused client still sends is taken, so that it sees the answer. */
const LINGER_MILLIS = 2000;
/** Characters of an endpoint's answer. */
const MAX_ANSWER = 4096;
/** Headers that the endpoint needs to read the body. */
const PASSED = ['content-type', 'content-length'] as const;

export interface PostDoorOptions {
  isOpen: boolean;
  /** What the URLs begin with. */
  baseUrl: () => string;
  admission: Admission;
  log: Logger;
  refusals: Refusals;
}

/**
 * `POST /post/TOKEN`: uploads to HttpPostEndpoints. An upload goes on to the endpoint's own port inside this machine, no faster than it is taken
 * there. The token can't be guessed, and whoever has it may upload; origins and the rate of connections are bounded as at every door.
 */
export class PostDoor implements UrlPublisher {
  readonly #options: PostDoorOptions;
  readonly #endpoints = new Map<string, MediaObject>();
  readonly #uploads = new Set<ClientRequest>();
  /** Endpoints at which those that have ended are forgotten. */
  #sweepAt = 64;

  constructor(options: PostDoorOptions) {
    this.#options = options;
  }

  /** Uploads that run. */
  get size(): number {
    return this.#uploads.size;
  }

  publish(object: MediaObject, internal: string): string {
    if (!this.#options.isOpen) {
      throw new KurentoError('NOT_ENOUGH_RESOURCES', 'Uploads are turned off at this server (doors.post)');
    }
    const token = new URL(internal).pathname.slice(1);
    if (object.state !== 'gone' && !this.#endpoints.has(token)) {
      if (this.#endpoints.size >= this.#sweepAt) this.#sweep();
      this.#endpoints.set(token, object);
    }
    return this.#options.baseUrl().replace(/\/+$/, '') + POST_PATH + token;
  }

  /** Answers what belongs here; false for everything else. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    if (!path.startsWith(POST_PATH)) return false;
    const { origin } = request.headers;
    if (origin !== undefined) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('vary', 'origin');
    }
    request.on('error', () => {});
    response.on('error', () => {});
    try {
      await this.#serve(path.slice(POST_PATH.length), request, response);
    } catch (error) {
      this.#refuse(error, request, response);
    }
    return true;
  }

  async #serve(token: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'OPTIONS') {
      response.writeHead(204, {
        'access-control-allow-methods': 'POST, PUT, OPTIONS',
        'access-control-allow-headers': 'content-type',
      });
      response.end();
      return;
    }
    this.#options.admission.check(request, request.socket.remoteAddress ?? 'unknown');
    const endpoint = this.#endpoints.get(token);
    if (endpoint === undefined || endpoint.state === 'gone') {
      this.#endpoints.delete(token);
      throw new HttpError(404, 'There is no such endpoint');
    }
    if (request.method !== 'POST' && request.method !== 'PUT') {
      throw new HttpError(405, 'Only POST, PUT, OPTIONS', { allow: 'POST, PUT, OPTIONS' });
    }
    const { status, text } = await this.#pass(await internalUrl(endpoint), request);
    answer(request, response, status, text);
  }

  #pass(url: string, request: IncomingMessage): Promise<{ status: number; text: string }> {
    // A connection that is closed with the answer would take an early one with it.
    const headers: Record<string, string> = { connection: 'keep-alive' };
    for (const name of PASSED) {
      const value = request.headers[name];
      if (value !== undefined) headers[name] = value;
    }
    return new Promise((resolve, reject) => {
      const upload = openRequest(url, { method: 'POST', headers, agent: false });
      this.#uploads.add(upload);
      // Its client has gone: so has the upload.
      const gone = (): void => {
        if (!request.readableEnded) upload.destroy();
      };
      request.on('close', gone);
      // Before what is left of the request is passed over: to unpipe it is to pause it.
      upload.on('error', () => {
        request.unpipe(upload);
        reject(new HttpError(502, 'The endpoint can not be reached'));
      });
      upload.on('close', () => {
        this.#uploads.delete(upload);
        request.off('close', gone);
        request.unpipe(upload);
        reject(new HttpError(502, 'The endpoint has ended'));
      });
      upload.on('response', (answered) => {
        let text = '';
        answered.setEncoding('utf8');
        answered.on('data', (part: string) => {
          text = (text + part).slice(0, MAX_ANSWER);
        });
        answered.on('error', () => {});
        answered.on('end', () => {
          request.unpipe(upload);
          resolve({ status: answered.statusCode ?? 502, text });
          upload.destroy();
        });
      });
      request.pipe(upload);
    });
  }

  #refuse(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    const { log, refusals } = this.#options;
    if (error instanceof HttpError) {
      answer(request, response, error.status, `${error.message}\n`, error.headers);
    } else if (error instanceof Refused) {
      refusals.note(error.message, request.socket.remoteAddress ?? 'unknown', error.fields);
      answer(request, response, error.status, 'You may not come in\n');
    } else {
      log.error({ err: error }, 'An upload failed');
      answer(request, response, 500, 'Something went wrong\n');
    }
  }

  #sweep(): void {
    for (const [token, { state }] of this.#endpoints) if (state === 'gone') this.#endpoints.delete(token);
    this.#sweepAt = Math.max(64, 2 * this.#endpoints.size);
  }

  close(): void {
    for (const upload of this.#uploads) upload.destroy();
    this.#endpoints.clear();
  }
}

/** The port may be another one after the endpoint's process has ended. */
function internalUrl({ id, worker }: MediaObject): Promise<string> {
  return new Promise((resolve, reject) => {
    if (worker === undefined) throw new HttpError(404, 'There is no such endpoint');
    worker.call('invoke', { object: id, operation: 'getUrl', params: {} }, (error, url) => {
      if (error === undefined) resolve(String(url));
      else reject(new HttpError(503, error.message));
    });
  });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MILLIS);
  request.on('close', () => clearTimeout(timer));
}
