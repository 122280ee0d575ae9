import { WebSocket } from 'ws';

type Json = Record<string, unknown>;

/** An event of an object, without what says whose it is. */
export type EventListener = (data: Json) => void;

/** As much of a Kurento client as a benchmark needs, and nothing that costs time. */
export class KurentoConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #listeners = new Map<string, EventListener>();
  #nextId = 1;
  #sessionId: string | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#onMessage(JSON.parse(data.toString()) as Json));
  }

  static async open(url: string): Promise<KurentoConnection> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const connection = new KurentoConnection(socket);
    await connection.#request('connect', {});
    return connection;
  }

  #onMessage(message: Json): void {
    if (message.method === 'onEvent') {
      const { value } = message.params as { value: { object: string; type: string; data: Json } };
      this.#listeners.get(`${value.object} ${value.type}`)?.(value.data);
      return;
    }
    const waiting = this.#waiting.get(message.id as number);
    this.#waiting.delete(message.id as number);
    const error = message.error as { message: string } | undefined;
    if (error !== undefined) {
      waiting?.reject(new Error(error.message));
      return;
    }
    const result = message.result as Json;
    if (typeof result.sessionId === 'string') this.#sessionId = result.sessionId;
    waiting?.resolve(result.value);
  }

  #request(method: string, params: Json): Promise<unknown> {
    const id = this.#nextId++;
    const sessionId = this.#sessionId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const message = { jsonrpc: '2.0', id, method, params: sessionId ? { ...params, sessionId } : params };
      this.#socket.send(JSON.stringify(message));
    });
  }

  /** @returns the object's id */
  create(type: string, constructorParams: Json): Promise<string> {
    return this.#request('create', { type, constructorParams }) as Promise<string>;
  }

  invoke(object: string, operation: string, operationParams: Json = {}): Promise<unknown> {
    return this.#request('invoke', { object, operation, operationParams });
  }

  async subscribe(object: string, type: string, listener: EventListener): Promise<void> {
    this.#listeners.set(`${object} ${type}`, listener);
    await this.#request('subscribe', { object, type });
  }

  async release(object: string): Promise<void> {
    await this.#request('release', { object });
    for (const key of this.#listeners.keys()) if (key.startsWith(`${object} `)) this.#listeners.delete(key);
  }

  close(): void {
    this.#socket.close();
  }
}
