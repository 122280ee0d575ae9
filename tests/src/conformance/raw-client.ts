import { once } from 'node:events';
import { WebSocket } from 'ws';
import { isObject, type Json } from './transcript.js';

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

/** A client that sends text as it is given and keeps everything that comes. */
export class RawClient {
  readonly socket: WebSocket;
  /** Events that nobody has taken yet. */
  readonly events: EventValue[] = [];
  /** Members that were not in the order of their names. */
  readonly unsorted: string[] = [];
  readonly #answers: Answer[] = [];
  #wake: (() => void)[] = [];
  #nextId = 1_000_000;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(data.toString()));
    socket.on('close', () => this.#notify());
  }

  static async open(url: string): Promise<RawClient> {
    const client = new RawClient(new WebSocket(url));
    await once(client.socket, 'open');
    return client;
  }

  #receive(text: string): void {
    const message = JSON.parse(text) as Answer & { method?: string; params?: { value: EventValue } };
    if (this.unsorted.length < 10) collectUnsorted(message, '', this.unsorted);
    if (message.method === 'onEvent' && message.params) this.events.push(message.params.value);
    else this.#answers.push(message);
    this.#notify();
  }

  /** Sends text and gives the next answer: answers come in the order of the requests. */
  async send(text: string): Promise<Answer> {
    this.socket.send(text);
    await this.until(() => this.#answers.length > 0, 'an answer');
    return this.#answers.shift()!;
  }

  /** Sends a request with an id of its own. */
  call(method: string, params?: Json): Promise<Answer> {
    return this.send(JSON.stringify({ jsonrpc: '2.0', id: this.#nextId++, method, params }));
  }

  /** Makes an object and gives its id. */
  async create(type: string, constructorParams: Json = {}): Promise<string> {
    const { result, error } = await this.call('create', { type, constructorParams });
    if (error !== undefined) throw new Error(`create ${type}: ${error.code} ${error.message}`);
    return result?.value as string;
  }

  /** Resolves when the condition holds; it is looked at after each message. */
  async until(condition: () => boolean, what: string, timeout = SILENCE): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#notify();
    }, timeout);
    try {
      while (!condition()) {
        if (late) throw new Error(`waited ${timeout} ms for ${what}`);
        if (this.socket.readyState >= WebSocket.CLOSING) throw new Error(`closed while waiting for ${what}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves with the close code and reason. */
  async closed(): Promise<string> {
    const [code, reason] = (await once(this.socket, 'close')) as [number, Buffer];
    return `${code} ${reason.toString()}`;
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

function collectUnsorted(value: unknown, path: string, found: string[]): void {
  if (Array.isArray(value)) for (const item of value) collectUnsorted(item, path, found);
  if (!isObject(value)) return;
  const names = Object.keys(value);
  if (names.some((name, index) => index > 0 && names[index - 1]! > name)) found.push(`${path}: ${names}`);
  for (const name of names) collectUnsorted(value[name], `${path}.${name}`, found);
}
