import './no-native-code.js';

import { readFileSync, unwatchFile, watchFile } from 'node:fs';
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
import { type WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../log/logger.js';
import type { Refusals } from '../log/refusals.js';
import { originAllowed } from './origins.js';
import { refuse, type StaticFiles } from './static-files.js';
import { WebSocketTransport } from './websocket-transport.js';

export interface ListenerOptions {
  host: string;
  port: number;
  path: string;
  origins: readonly string[];
  tls: { cert: string; key: string };
  maxMessageBytes: number;
  maxConnections: number;
  staticFiles: StaticFiles;
  /** What `/health` answers. */
  health: () => Record<string, unknown>;
  log: Logger;
  refusals: Refusals;
}

/** What takes the messages of one WebSocket. */
export interface MessageReceiver {
  receive(text: string): void;
  closed(): void;
}

export type Accept = (transport: WebSocketTransport) => MessageReceiver;

const TLS_CHECK_MILLIS = 2000;
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
  #accepted = 0;
  #closing = false;

  constructor(options: ListenerOptions, accept: Accept) {
    this.#options = options;
    this.#accept = accept;
    const handler = (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch((error: unknown) => {
        options.log.error({ err: error, url: request.url }, 'A page could not be sent');
        response.destroy();
      });
    };
    this.#server = this.secure ? createHttpsServer(readTls(options.tls), handler) : createHttpServer(handler);
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
    if (this.secure) this.#watchTls();
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
    const { cert, key } = this.#options.tls;
    if (this.secure) for (const file of [cert, key]) unwatchFile(file);
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
    await this.#options.staticFiles.serve(request, response);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { origin, host } = request.headers;
    const remote = remoteOf(socket as Socket);
    if (this.#closing) {
      rejectUpgrade(socket, 503);
      return;
    }
    if (!originAllowed(origin, host, this.#options.origins)) {
      this.#options.refusals.note('Refused a page of an origin that is not allowed', remote.address, {
        origin,
      });
      rejectUpgrade(socket, 403);
      return;
    }
    if (this.#connections.size >= this.#options.maxConnections) {
      this.#options.refusals.note('Refused a connection: there are too many', remote.address, {
        limit: this.#options.maxConnections,
      });
      rejectUpgrade(socket, 503);
      return;
    }
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
      this.#connect(webSocket, socket as Socket, remote);
    });
  }

  #connect(webSocket: WebSocket, socket: Socket, remote: { address: string; port: number }): void {
    const { log } = this.#options;
    const id = ++this.#accepted;
    // Ends connections whose client vanished without a word.
    socket.setKeepAlive(true, 60_000);
    socket.setNoDelay(true);
    const receiver = this.#accept(new WebSocketTransport(webSocket, socket, id, remote.address));
    log.debug({ remote: remote.address, port: remote.port, connection: id }, 'Client connected');
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

  #watchTls(): void {
    const { tls, log } = this.#options;
    const reload = () => {
      try {
        (this.#server as ReturnType<typeof createHttpsServer>).setSecureContext(readTls(tls));
        log.info({ cert: tls.cert }, 'Certificate read again');
      } catch (error) {
        log.error({ err: error, cert: tls.cert }, 'The new certificate cannot be used; the old one stays');
      }
    };
    for (const file of [tls.cert, tls.key]) {
      watchFile(file, { interval: TLS_CHECK_MILLIS, persistent: false }, (now, before) => {
        if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) reload();
      });
    }
  }
}

function readTls({ cert, key }: { cert: string; key: string }): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/\?.*$/s, '');
}

function remoteOf(socket: Socket): { address: string; port: number } {
  return { address: socket.remoteAddress ?? 'unknown', port: socket.remotePort ?? 0 };
}

function rejectUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
