import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppSource } from '@rivero/graph-engine';
import { multipartBoundary } from '../multipart-file.js';
import { PlayerElement } from './player.js';
import { PlayerSource, type PlayerSourceListener } from './player-source.js';
import { Upload } from './upload.js';

/** ms after which bytes that nothing could be found in are no media. */
const RECOGNISE_MS = 10_000;
/** ms for which what a refused client still sends is taken, so that it sees the answer. */
const LINGER_MS = 2000;
/** ms without data that a client always has. */
const MIN_STALL_MS = 1000;

export interface HttpPostParams {
  /** The path under which it takes uploads, without the slash. */
  token: string;
  /** ms: for how long a client may send nothing, and the session waits for another upload. */
  timeout: number;
}

/** An upload from its first byte until its media has been played. */
interface Transfer {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly boundary: string | undefined;
  upload: Upload | undefined;
  recognise: NodeJS.Timeout | undefined;
  /** Why it is not whole. */
  problem: { status: number; message: string } | undefined;
}

/**
 * Plays what is uploaded to an HTTP server of its own on 127.0.0.1: `{ token, timeout }`, answered with `{ port }`. One upload at a time, taken
 * no faster than it plays; the answer comes when it has been played. Events: those of the player, `started` and `terminated` (the
 * session), `broken` (`{ message }`).
 */
export class HttpPostElement extends PlayerElement {
  #server: Server | undefined;
  #token = '';
  #timeout = 0;
  #transfer: Transfer | undefined;
  #inSession = false;
  #session: NodeJS.Timeout | undefined;

  override async start(params: Record<string, unknown>): Promise<unknown> {
    const { token, timeout } = params as unknown as HttpPostParams;
    super.start({ uri: '', networkCache: 0 });
    this.#token = token;
    this.#timeout = timeout;
    // An upload takes as long as its media; a client that stops is noticed here.
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 1 }, (request, response) =>
      this.#serve(request, response),
    );
    server.maxConnections = 16;
    this.#server = server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port };
  }

  /** An upload comes once. */
  protected override get canReopen(): boolean {
    return false;
  }

  protected override makeSource(name: string, listener: PlayerSourceListener): PlayerSource {
    const transfer = this.#transfer!;
    const from = AppSource.make('appsrc', { format: 'bytes' });
    transfer.upload = new Upload(
      transfer.request,
      from,
      { boundary: transfer.boundary, stallMs: Math.max(MIN_STALL_MS, this.#timeout) },
      (problem, message) => {
        if (problem === undefined) return;
        transfer.problem = { status: problem === 'stalled' ? 408 : 400, message };
        super.tell('broken', { message });
      },
    );
    transfer.recognise = setTimeout(() => this.#unrecognised(transfer), RECOGNISE_MS);
    return new PlayerSource(this.host.pipeline, { name, uri: '', networkCache: 0, from }, listener);
  }

  /** What the player tells of its end is the end of the upload. */
  protected override tell(type: string, data?: Record<string, unknown>): void {
    // What broke off is told of already.
    if (type !== 'error' || this.#transfer?.problem === undefined) super.tell(type, data);
    if (type === 'ended') this.#over(this.#transfer?.problem ?? { status: 200, message: 'played' });
    if (type === 'error') {
      const { problem } = this.#transfer ?? {};
      void this.stop();
      this.#over(problem ?? { status: 415, message: `This can not be played: ${data?.message}` });
    }
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      answer(request, response, ...refusal);
      return;
    }
    this.#transfer = {
      request,
      response,
      boundary: multipartBoundary(request.headers['content-type'] ?? ''),
      upload: undefined,
      recognise: undefined,
      problem: undefined,
    };
    clearTimeout(this.#session);
    if (!this.#inSession) {
      this.#inSession = true;
      super.tell('started');
    }
    this.play();
  }

  #refusal({ url, method, headers }: IncomingMessage): [number, string, Record<string, string>?] | undefined {
    if (url !== `/${this.#token}`) return [404, 'There is nothing here'];
    if (method !== 'POST' && method !== 'PUT') return [405, 'Only POST and PUT', { allow: 'POST, PUT' }];
    if (headers['content-length'] === '0') return [400, 'There is no media in the request'];
    const type = headers['content-type'] ?? '';
    if (/^multipart\//i.test(type) && multipartBoundary(type) === undefined) {
      return [415, 'Of multipart types only multipart/form-data with a boundary is understood'];
    }
    if (this.#transfer !== undefined) return [409, 'Something else is being uploaded here'];
    return undefined;
  }

  #unrecognised(transfer: Transfer): void {
    if (this.#transfer !== transfer || this.hasFlowed) return;
    this.tell('error', {
      domain: 'stream',
      reason: 'type-not-found',
      code: 4,
      hasFlowed: false,
      message: 'no audio and no video was found in it',
    });
  }

  #over({ status, message }: { status: number; message: string }): void {
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    this.#transfer = undefined;
    clearTimeout(transfer.recognise);
    transfer.upload?.cancel();
    answer(transfer.request, transfer.response, status, message);
    this.#session = setTimeout(() => this.#terminate(), Math.max(0, this.#timeout));
  }

  #terminate(): void {
    if (!this.#inSession) return;
    this.#inSession = false;
    super.tell('terminated');
  }

  override async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#over({ status: 410, message: 'The endpoint has ended' });
    clearTimeout(this.#session);
    server?.close();
    server?.closeIdleConnections();
    setTimeout(() => server?.closeAllConnections(), LINGER_MS).unref();
    await super.close();
  }
}

/** Answers, and takes for a while what still comes: a connection that is reset takes the answer with it. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(`${message}\n`);
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS);
  request.on('close', () => clearTimeout(timer));
}
