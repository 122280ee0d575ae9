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

/** A server that says nothing for so long (ms) will not say it any more. */
const SILENCE = 20_000;

/** A plain client of the protocol. */
export class TestClient {
  readonly socket: WebSocket;
  readonly events: EventValue[] = [];
  /** Everything that came, as text. */
  readonly received: string[] = [];
  readonly #answers: Answer[] = [];
  readonly #closed: Promise<{ code: number; reason: string }>;
  #wake: (() => void)[] = [];
  #nextId = 1;

  protected constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      this.received.push(text);
      const message = JSON.parse(text) as Answer & { method?: string; params?: { value: EventValue } };
      this.check(message);
      if (message.method === 'onEvent' && message.params) this.events.push(message.params.value);
      else this.#answers.push(message);
      this.#notify();
    });
    this.#closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('close', () => this.#notify());
  }

  static async open(url: string, options: { headers?: Record<string, string> } = {}): Promise<TestClient> {
    const client = new TestClient(new WebSocket(url, options));
    await once(client.socket, 'open');
    return client;
  }

  /** Sees each message before anybody else. */
  protected check(_message: unknown): void {}

  /** Sends text and gives the next answer. */
  async raw(text: string | Buffer): Promise<Answer> {
    this.socket.send(text);
    return this.nextAnswer();
  }

  async nextAnswer(): Promise<Answer> {
    await this.until(() => this.#answers.length > 0, 'an answer');
    return this.#answers.shift()!;
  }

  /** Sends a request and gives its answer. */
  async call(method: string, params?: Json, id: unknown = this.#nextId++): Promise<Answer> {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    await this.until(() => this.#answers.some((answer) => answer.id === id), `the answer to ${method}`);
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
  async until(condition: () => boolean, what = 'a condition', timeout = SILENCE): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#notify();
    }, timeout);
    try {
      while (!condition()) {
        if (late) throw new Error(`waited ${timeout} ms for ${what}`);
        if (this.socket.readyState >= WebSocket.CLOSING)
          throw new Error(`The connection has been closed while waiting for ${what}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  event(type: string): Promise<EventValue> {
    const find = () => this.events.find((event) => event.type === type);
    return this.until(() => find() !== undefined, type).then(() => find()!);
  }

  /** Resolves with the close code and reason, also when it has been closed before. */
  closed(): Promise<{ code: number; reason: string }> {
    return this.#closed;
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
