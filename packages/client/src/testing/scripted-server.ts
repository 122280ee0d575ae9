import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface WireRequest {
  readonly id: number;
  readonly method: string;
  readonly params?: Record<string, unknown>;
}

/** A connection of a client to a scripted server. */
export class ScriptedConnection {
  readonly url: string;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, url: string) {
    this.#socket = socket;
    this.url = url;
  }

  answer({ id }: WireRequest, result: unknown): void {
    this.send({ id, jsonrpc: '2.0', result });
  }

  refuse({ id }: WireRequest, code: number, type: string, message: string): void {
    this.send({ error: { code, data: { type }, message }, id, jsonrpc: '2.0' });
  }

  event(object: string, type: string, data: Record<string, unknown> = {}): void {
    this.send({ jsonrpc: '2.0', method: 'onEvent', params: { value: { data, object, type } } });
  }

  send(message: unknown): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** Ends the connection in good order, after what was sent. */
  close(): void {
    this.#socket.close(1001);
  }

  /** Ends the connection without a word, as a network that breaks. */
  drop(): void {
    this.#socket.terminate();
  }
}

export type Script = (request: WireRequest, connection: ScriptedConnection) => void;

/** A WebSocket server that answers requests as a test wants it. */
export class ScriptedServer {
  /** Every request of every connection. */
  readonly requests: WireRequest[] = [];
  readonly connections: ScriptedConnection[] = [];
  readonly #server: WebSocketServer;
  script: Script;

  private constructor(script: Script) {
    this.script = script;
    this.#server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    this.#server.on('connection', (socket, { url = '' }) => {
      const connection = new ScriptedConnection(socket, url);
      this.connections.push(connection);
      socket.on('message', (data) => {
        const request = JSON.parse(String(data)) as WireRequest;
        this.requests.push(request);
        this.script(request, connection);
      });
    });
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    await new Promise((resolve) => server.#server.once('listening', resolve));
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/kurento`;
  }

  requestsOf(method: string): WireRequest[] {
    return this.requests.filter((request) => request.method === method);
  }

  async stop(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A script that knows sessions: `connect`, `closeSession` and `ping`; the rest is up to `other`. */
export function sessionScript(other: Script = () => {}, serverId = 'server'): Script {
  return (request, connection) => {
    const sessionId = request.params?.sessionId ?? 'session';
    if (request.method === 'connect') connection.answer(request, { serverId, sessionId });
    else if (request.method === 'closeSession') connection.answer(request, null);
    else if (request.method === 'ping') connection.answer(request, { sessionId, value: 'pong' });
    else other(request, connection);
  };
}
