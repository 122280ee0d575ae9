import './no-native-code.js';

import { readFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Principal } from '../auth/principal.js';
import { Refused } from '../auth/refused.js';
import type { HlsDoor } from '../doors/hls-door.js';
import type { MediaDoors } from '../doors/media-doors.js';
import { POST_PATH, type PostDoor } from '../doors/post-door.js';
import type { Logger } from '../log/logger.js';
import type { Refusals } from '../log/refusals.js';
import { watchFiles } from '../watch-files.js';
import type { Admission } from './admission.js';
import { ExpiryTimer } from './expiry-timer.js';
import { refuse, type StaticFiles } from './static-files.js';
import { WebSocketTransport } from './websocket-transport.js';

export interface ListenerOptions {
  host: string;
  port: number;
  path: string;
  admission: Admission;
  /** Whether a connection ends when the token does with which it came. */
  closeExpired: boolean;
  tls: TlsFiles;
  maxMessageBytes: number;
  maxConnections: number;
  staticFiles: StaticFiles;
  /** WHIP and WHEP, where they are open. */
  doors: MediaDoors | undefined;
  hlsDoor: HlsDoor;
  /** Uploads, where their door is open. */
  postDoor: PostDoor | undefined;
  /** What `/health` answers. */
  health: () => Record<string, unknown>;
  log: Logger;
  refusals: Refusals;
}

export interface TlsFiles {
  cert: string;
  key: string;
  minVersion: 'TLSv1.2' | 'TLSv1.3';
}

/** What takes the messages of one WebSocket. */
export interface MessageReceiver {
  receive(text: string): void;
  closed(): void;
}

export type Accept = (transport: WebSocketTransport, principal: Principal) => MessageReceiver;

/** The headers of a request have come within this. */
const HEADERS_MILLIS = 60_000;
/** A request, but for uploads, has come whole within this. */
const REQUEST_MILLIS = 300_000;
const CLOSE_GRACE_MILLIS = 1000;
/** TCP connections beyond those of clients: for pages, and for refusing what is too much. */
const SPARE_CONNECTIONS = 256;

/** The one TCP port of the server: pages and health over HTTP, the protocol over WebSocket. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #accept: Accept;
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  readonly #connections = new Set<WebSocket>();
  /** Ends the watch over the certificate. */
  readonly #unwatch: () => void;
  /** Upgrades that are being decided on. */
  #deciding = 0;
  #accepted = 0;
  #closing = false;

  constructor(options: ListenerOptions, accept: Accept) {
    this.#options = options;
    this.#accept = accept;
    const handler = (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch((error: unknown) => {
        options.log.error({ err: error, path: pathOf(request) }, 'A page could not be sent');
        response.destroy();
      });
    };
    // Uploads may take long: their door looks after them, requests of other kinds are bounded below.
    const http = { requestTimeout: 0, headersTimeout: HEADERS_MILLIS };
    this.#server = this.secure
      ? createHttpsServer({ ...http, ...readTls(options.tls) }, handler)
      : createHttpServer(http, handler);
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.maxConnections = options.maxConnections + SPARE_CONNECTIONS;
    this.#server.on('drop', (dropped) => {
      options.refusals.note(
        'Dropped a connection: there are far too many',
        dropped?.remoteAddress ?? 'unknown',
      );
    });
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
    });
    this.#unwatch = this.secure ? this.#watchTls() : () => {};
  }

  get secure(): boolean {
    return this.#options.tls.cert !== '';
  }

  /** Open WebSockets. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Begins to listen; gives the port. Rejects with the system's error (EADDRINUSE …). */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: this.#options.host, port: this.#options.port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (err) => this.#options.log.error({ err }, 'Listener failed'));
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no more connections and closes those there are with 1001. Resolves when all are closed. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#unwatch();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#connections) socket.close(1001, 'Server ends');
    const grace = setTimeout(() => {
      for (const socket of this.#connections) socket.terminate();
      this.#server.closeAllConnections();
    }, CLOSE_GRACE_MILLIS);
    this.#server.closeIdleConnections();
    await closed;
    clearTimeout(grace);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    const isUpload = path.startsWith(POST_PATH) && (request.method === 'POST' || request.method === 'PUT');
    if (!isUpload || this.#options.postDoor === undefined) boundTime(request);
    if (path === '/health' && (request.method === 'GET' || request.method === 'HEAD')) {
      const body = JSON.stringify(this.#options.health());
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : body);
      return;
    }
    if (path === this.#options.path) {
      refuse(response, 426, 'This is a WebSocket', { upgrade: 'websocket' });
      return;
    }
    if ((await this.#options.postDoor?.serve(request, response)) === true) return;
    if (await this.#options.hlsDoor.serve(request, response)) return;
    if ((await this.#options.doors?.serve(request, response)) === true) return;
    await this.#options.staticFiles.serve(request, response);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const remote = remoteOf(socket as Socket);
    const { admission, maxConnections, refusals } = this.#options;
    if (this.#connections.size + this.#deciding >= maxConnections) {
      refusals.note('Refused a connection: there are too many', remote.address, { limit: maxConnections });
      rejectUpgrade(socket, 503);
      return;
    }
    this.#deciding++;
    admission
      .admit(request, remote.address)
      .then(
        (principal) => {
          if (this.#closing) rejectUpgrade(socket, 503);
          else this.#open(request, socket, head, remote, principal);
        },
        (error: unknown) => {
          if (error instanceof Refused) refusals.note(error.message, remote.address, error.fields);
          else this.#options.log.error({ err: error }, 'A connection could not be judged');
          rejectUpgrade(socket, error instanceof Refused ? error.status : 500);
        },
      )
      .finally(() => this.#deciding--);
  }

  #open(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    remote: { address: string; port: number },
    principal: Principal,
  ): void {
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#connections.add(webSocket);
      webSocket.on('close', () => this.#connections.delete(webSocket));
      webSocket.on('error', (error: Error & { code?: string }) => {
        this.#options.refusals.note('A connection failed', remote.address, {
          port: remote.port,
          reason: error.message,
          code: error.code,
        });
      });
      if (pathOf(request) !== this.#options.path) {
        this.#options.refusals.note('Closed a connection with a wrong path', remote.address, {
          path: pathOf(request),
        });
        webSocket.close(1002, 'Invalid path');
        return;
      }
      this.#connect(webSocket, socket as Socket, remote, principal);
    });
  }

  #connect(
    webSocket: WebSocket,
    socket: Socket,
    remote: { address: string; port: number },
    principal: Principal,
  ): void {
    const { log, refusals, closeExpired } = this.#options;
    const id = ++this.#accepted;
    // Ends connections whose client vanished without a word.
    socket.setKeepAlive(true, 60_000);
    socket.setNoDelay(true);
    const transport = new WebSocketTransport(webSocket, socket, id, remote.address);
    const receiver = this.#accept(transport, principal);
    const { subject, expires } = principal;
    const who = subject === '' ? {} : { subject };
    log.debug({ remote: remote.address, port: remote.port, connection: id, ...who }, 'Client connected');
    if (expires !== undefined && closeExpired) {
      const timer = new ExpiryTimer(expires, () => {
        refusals.note('Closed a connection: its token has expired', remote.address, {
          connection: id,
          ...who,
        });
        transport.close(1008, 'Token expired');
        receiver.closed();
      });
      webSocket.on('close', () => timer.cancel());
    }
    // A binary frame with JSON is as good as a text frame: one of the official clients sends those.
    webSocket.on('message', (data: Buffer) => receiver.receive(data.toString('utf8')));
    webSocket.on('close', (code, reason) => {
      log.debug(
        { remote: remote.address, connection: id, code, reason: reason.toString() },
        'Client disconnected',
      );
      receiver.closed();
    });
  }

  #watchTls(): () => void {
    const { tls, log } = this.#options;
    return watchFiles([tls.cert, tls.key], () => {
      try {
        (this.#server as ReturnType<typeof createHttpsServer>).setSecureContext(readTls(tls));
        log.info({ cert: tls.cert }, 'Certificate read again');
      } catch (error) {
        log.error({ err: error, cert: tls.cert }, 'The new certificate cannot be used; the old one stays');
      }
    });
  }
}

function readTls({ cert, key, minVersion }: TlsFiles): SecureContextOptions {
  return { cert: readFileSync(cert), key: readFileSync(key), minVersion };
}

/** Ends the connection of a request that does not come to its end. */
function boundTime(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), REQUEST_MILLIS).unref();
  request.on('close', () => clearTimeout(timer));
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/\?.*$/s, '');
}

function remoteOf(socket: Socket): { address: string; port: number } {
  return { address: socket.remoteAddress ?? 'unknown', port: socket.remotePort ?? 0 };
}

function rejectUpgrade(socket: Duplex, status: number): void {
  const challenge = status === 401 ? 'WWW-Authenticate: Bearer\r\n' : '';
  const rest = 'Connection: close\r\nContent-Length: 0\r\n\r\n';
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${challenge}${rest}`);
}
