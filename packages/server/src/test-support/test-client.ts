import { once } from 'node:events';
import { WebSocket } from 'ws';

type Json = Record<string, unknown>;

export interface Answer {
  id: unknown;
  jsonrpc: string;
  result?: Json | null;
  error?: { code: number; message: string; data?: Json };
}

export interface EventValue {
  object: string;
  type: string;
  data: Json;
}

/** A plain client of the protocol. */
export class TestClient {
  readonly socket: WebSocket;
  readonly events: EventValue[] = [];
  /** Everything that came, as text. */
  readonly received: string[] = [];
  readonly #answers: Answer[] = [];
  #wake: (() => void)[] = [];
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      this.received.push(text);
      const message = JSON.parse(text) as Answer & { method?: string; params?: { value: EventValue } };
      if (message.method === 'onEvent' && message.params) this.events.push(message.params.value);
      else this.#answers.push(message);
      this.#notify();
    });
    socket.on('close', () => this.#notify());
  }

  static async open(url: string, options: { headers?: Record<string, string> } = {}): Promise<TestClient> {
    const socket = new WebSocket(url, options);
    const client = new TestClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Sends text and gives the next answer. */
  async raw(text: string | Buffer): Promise<Answer> {
    this.socket.send(text);
    return this.nextAnswer();
  }

  async nextAnswer(): Promise<Answer> {
    await this.until(() => this.#answers.length > 0);
    return this.#answers.shift()!;
  }

  /** Sends a request and gives its answer. */
  async call(method: string, params?: Json, id: unknown = this.#nextId++): Promise<Answer> {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    await this.until(() => this.#answers.some((answer) => answer.id === id));
    const index = this.#answers.findIndex((answer) => answer.id === id);
    return this.#answers.splice(index, 1)[0]!;
  }

  /** The value of a successful answer. Throws the error of another one. */
  async value(method: string, params?: Json): Promise<unknown> {
    const { result, error } = await this.call(method, params);
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return result?.value;
  }

  create(type: string, constructorParams: Json = {}): Promise<string> {
    return this.value('create', { type, constructorParams }) as Promise<string>;
  }

  invoke(object: string, operation: string, operationParams: Json = {}): Promise<unknown> {
    return this.value('invoke', { object, operation, operationParams });
  }

  subscribe(object: string, type: string): Promise<string> {
    return this.value('subscribe', { object, type }) as Promise<string>;
  }

  /** Resolves when the condition holds; it is looked at after each message. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.socket.readyState >= WebSocket.CLOSING) throw new Error('The connection has been closed');
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  event(type: string): Promise<EventValue> {
    const find = () => this.events.find((event) => event.type === type);
    return this.until(() => find() !== undefined).then(() => find()!);
  }

  /** Resolves with the close code and reason. */
  async closed(): Promise<{ code: number; reason: string }> {
    const [code, reason] = (await once(this.socket, 'close')) as [number, Buffer];
    return { code, reason: reason.toString() };
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
