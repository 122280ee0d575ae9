import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { ClientTransport } from '../rpc/client-connection.js';

/** How long a client that is to be closed may take to read what was sent before it is cut off, in milliseconds. */
const CLOSE_GRACE_MILLIS = 5000;

/** A WebSocket as the protocol sees it. */
export class WebSocketTransport implements ClientTransport {
  readonly id: number;
  readonly remote: string;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  #corked = false;

  constructor(webSocket: WebSocket, socket: Socket, id: number, remote: string) {
    this.id = id;
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.remote = remote;
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  /** What is sent in one turn of the event loop goes out together, in one system call. */
  send(text: string): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#webSocket.send(text);
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
    setTimeout(() => this.#webSocket.terminate(), CLOSE_GRACE_MILLIS).unref();
  }
}
