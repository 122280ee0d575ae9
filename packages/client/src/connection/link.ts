import { clientError } from '../errors.js';
import { type ClientSocket, openSocket, type SocketFactory } from './socket.js';

/** Why a connection ended: the close code of WebSocket (RFC 6455 section 7.4), 1006 when there was none. */
export interface Disconnection {
  readonly code: number;
  readonly reason: string;
}

export interface LinkHandlers {
  message(frame: unknown): void;
  /** Called once, and not before `open` has resolved. */
  closed(why: Disconnection): void;
}

export interface LinkOptions {
  readonly webSocket: SocketFactory | undefined;
  /** How long opening may take, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const CLOSE_TIMEOUT = 1000;

/** One WebSocket from open to closed. */
export class Link {
  readonly #socket: ClientSocket;
  readonly #handlers: LinkHandlers;
  #open = true;
  #ended!: () => void;
  readonly #end = new Promise<void>((resolve) => {
    this.#ended = resolve;
  });
  #pingTimer: ReturnType<typeof setTimeout> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  private constructor(socket: ClientSocket, handlers: LinkHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.onmessage = ({ data }) => {
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
      if (this.#open) handlers.message(data);
    };
    socket.onclose = ({ code, reason }) => {
      this.#ended();
      this.#lost({ code, reason: String(reason) });
    };
    socket.onerror = () => {};
  }

  /** Rejects with CONNECTION_FAILED, or the reason of the signal. */
  static async open(url: string, options: LinkOptions, handlers: LinkHandlers): Promise<Link> {
    const { signal, timeout } = options;
    signal?.throwIfAborted();
    const socket = await (options.webSocket ?? openSocket)(url);
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        socket.onopen = null;
        if (error === undefined) {
          resolve(new Link(socket, handlers));
          return;
        }
        socket.onclose = null;
        // What is still to come of this socket is of no interest, but an error without a listener is thrown.
        socket.onerror = () => {};
        socket.close();
        reject(error);
      };
      const fail = (why: string) => settle(clientError('CONNECTION_FAILED', `${withoutQuery(url)}: ${why}`));
      const abort = () => settle(signal?.reason);
      const timer = setTimeout(() => fail(`not open after ${timeout} ms`), timeout);
      socket.onopen = () => settle();
      // Not every implementation has a close event follow; browsers do not tell what went wrong.
      socket.onerror = (event: { message?: string }) => fail(event.message || 'the connection failed');
      socket.onclose = ({ code, reason }) => fail(reason || `closed with code ${code}`);
      signal?.addEventListener('abort', abort);
      if (signal?.aborted) abort();
    });
  }

  send(text: string): void {
    if (this.#open) this.#socket.send(text);
  }

  /** Calls `ping` every `interval` ms; a server that then says nothing for `timeout` ms counts as lost. */
  keepAlive(interval: number, timeout: number, ping: () => void): void {
    if (interval <= 0) return;
    const next = () => {
      if (!this.#open) return;
      this.#deadline ??= setTimeout(() => {
        this.#socket.close();
        this.#lost({ code: 1006, reason: `no answer to a ping for ${timeout} ms` });
      }, timeout);
      ping();
      this.#pingTimer = setTimeout(next, interval);
    };
    this.#pingTimer = setTimeout(next, interval);
  }

  /** Ends the connection and waits, within bounds, until the server has agreed. `closed` is not called. */
  async close(): Promise<void> {
    this.#stop();
    this.#socket.close(1000);
    const timer = setTimeout(this.#ended, CLOSE_TIMEOUT);
    await this.#end;
    clearTimeout(timer);
  }

  #lost(why: Disconnection): void {
    if (!this.#open) return;
    this.#stop();
    this.#handlers.closed(why);
  }

  #stop(): void {
    this.#open = false;
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#deadline);
  }
}

/** A query may hold a token. */
function withoutQuery(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
