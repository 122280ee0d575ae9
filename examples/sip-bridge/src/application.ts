import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, connect } from '@rivero/client';
import { WebSocketServer } from 'ws';
import { bridge } from './bridge.js';
import { SipServer } from './sip-server.js';
import { WebAgent } from './web-agent.js';

export interface ApplicationOptions {
  /** WebSocket of the media server. */
  media: string;
  /** UDP port for SIP; 0 takes a free one. */
  sipPort: number;
  /** TCP port for the page; 0 takes a free one. */
  httpPort: number;
  /** Where both listen. */
  address?: string;
  /** Told of calls that could not be made. */
  failed?(error: unknown): void;
}

const PAGES: Readonly<Record<string, { file: string; type: string }>> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/page.js': { file: 'page.js', type: 'text/javascript; charset=utf-8' },
};

/** Phones call the SIP port, and the first page that is free rings. */
export class Application {
  readonly #client: Client;
  readonly #sip: SipServer;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #agents = new Set<WebAgent>();
  readonly #bridges = new Set<Promise<void>>();

  private constructor(client: Client, sip: SipServer, http: Server, options: ApplicationOptions) {
    this.#client = client;
    this.#sip = sip;
    this.#http = http;
    this.#sockets = new WebSocketServer({ server: http, path: '/agent' });
    this.#sockets.on('connection', (socket) => {
      const agent = new WebAgent(socket);
      this.#agents.add(agent);
      socket.on('close', () => this.#agents.delete(agent));
    });
    sip.on('call', (call) => {
      const agent = [...this.#agents].find(({ busy }) => !busy);
      if (agent === undefined) return call.reject('486 Busy Here');
      const bridged = bridge(client, call, agent).catch((error: unknown) => options.failed?.(error));
      this.#bridges.add(bridged);
      void bridged.then(() => this.#bridges.delete(bridged));
    });
  }

  static async start(options: ApplicationOptions): Promise<Application> {
    const { media, sipPort, httpPort, address = '127.0.0.1' } = options;
    const client = await connect(media);
    const sip = await SipServer.open(sipPort, address);
    const http = createServer((request, response) => {
      const page = PAGES[new URL(request.url ?? '/', 'http://localhost').pathname];
      if (page === undefined) {
        response.writeHead(404).end();
        return;
      }
      readFile(new URL(`../public/${page.file}`, import.meta.url)).then(
        (data) => response.writeHead(200, { 'content-type': page.type }).end(data),
        () => response.writeHead(500).end(),
      );
    });
    http.listen(httpPort, address);
    await once(http, 'listening');
    return new Application(client, sip, http, options);
  }

  get sipPort(): number {
    return this.#sip.port;
  }

  get httpPort(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.#sip.close();
    await Promise.all(this.#bridges);
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
    await this.#client.close();
  }
}
