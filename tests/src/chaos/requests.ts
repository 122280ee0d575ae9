import { once } from 'node:events';
import { WebSocket } from 'ws';

/** How a request ended. */
export interface Answer {
  readonly value?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

interface ObjectEvent {
  readonly object: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly value: ObjectEvent };
  readonly result?: { readonly value?: unknown; readonly sessionId?: string };
  readonly error?: { readonly code: number; readonly message: string };
}

/** After so many ms without an answer there is none any more: the watchdog of graph processes needs 10 s. */
const PATIENCE_MS = 30_000;

/** The Kurento protocol as it is: a client would hide what is answered. */
export class Requests {
  /** Requests without an answer, as text. */
  readonly unanswered: string[] = [];
  readonly #listeners = new Map<string, (type: string, data: Record<string, unknown>) => void>();
  readonly #waiting = new Map<number, (message: Message) => void>();
  #id = 0;
  #session: string | undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (text) => this.#take(JSON.parse(String(text)) as Message));
  }

  static async open(uri: string): Promise<Requests> {
    const socket = new WebSocket(uri);
    await once(socket, 'open');
    const requests = new Requests(socket);
    await requests.call('connect');
    return requests;
  }

  get open(): number {
    return this.#waiting.size;
  }

  call(method: string, params: Record<string, unknown> = {}): Promise<Answer> {
    const id = ++this.#id;
    const sessionId = this.#session;
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, sessionId } }));
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.unanswered.push(`${method} ${JSON.stringify(params)}`);
        this.#waiting.delete(id);
        resolve({});
      }, PATIENCE_MS);
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        this.#session ??= result?.sessionId;
        resolve(error ? { error } : { value: result?.value });
      });
    });
  }

  invoke(object: string, operation: string, operationParams: Record<string, unknown> = {}): Promise<Answer> {
    return this.call('invoke', { object, operation, operationParams });
  }

  async on(
    object: string,
    types: readonly string[],
    listener: (type: string, data: Record<string, unknown>) => void,
  ): Promise<void> {
    this.#listeners.set(object, listener);
    await Promise.all(types.map((type) => this.call('subscribe', { object, type })));
  }

  #take(message: Message): void {
    if (message.method === 'onEvent' && message.params !== undefined) {
      const { object, type, data } = message.params.value;
      this.#listeners.get(object)?.(type, data);
      return;
    }
    const answered = this.#waiting.get(message.id ?? -1);
    this.#waiting.delete(message.id ?? -1);
    answered?.(message);
  }

  close(): void {
    this.socket.close();
  }
}
