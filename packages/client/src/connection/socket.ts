import { clientError } from '../errors.js';

/** A method type, so that sockets whose events have more members fit too. */
type Handler<Event> = { handle(event: Event): void }['handle'] | null;

/** The part of the WebSocket interface that is used: browsers, Node.js and the package `ws` have it. */
export interface ClientSocket {
  onopen: Handler<object>;
  onmessage: Handler<{ readonly data: unknown }>;
  onclose: Handler<{ readonly code: number; readonly reason: string }>;
  onerror: Handler<object>;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** Opens a WebSocket, without waiting until it is open. */
export type SocketFactory = (url: string) => ClientSocket | Promise<ClientSocket>;

/** The WebSocket of the platform (browsers, Node.js 22 and later), else that of the package `ws`. */
export async function openSocket(url: string): Promise<ClientSocket> {
  const Native = (globalThis as { WebSocket?: new (url: string) => unknown }).WebSocket;
  if (Native !== undefined) return new Native(url) as ClientSocket;
  return (await openPackaged(url)) as ClientSocket;
}

async function openPackaged(url: string): Promise<unknown> {
  let WebSocket: typeof import('ws').WebSocket;
  try {
    ({ WebSocket } = await import('ws'));
  } catch (error) {
    const message = "There is no WebSocket here; install the package 'ws', or use Node.js 22 or later";
    throw clientError('CONNECTION_FAILED', message, error);
  }
  return new WebSocket(url, { perMessageDeflate: false });
}
