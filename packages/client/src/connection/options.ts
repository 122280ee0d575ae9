import type { SocketFactory } from './socket.js';

/** How to try again after the connection was lost. All times in milliseconds. */
export interface ReconnectOptions {
  /** Wait before the first attempt; doubles with every attempt that fails. Default 100. */
  readonly initialDelay?: number;
  /** Longest wait between attempts. Default 5000. */
  readonly maxDelay?: number;
  /** Gives up after so long without a connection. Default: never. */
  readonly giveUpAfter?: number;
}

/** Options of {@link connect}. All times in milliseconds. */
export interface ConnectOptions {
  /** Gives up connecting; has no effect afterwards. */
  readonly signal?: AbortSignal | undefined;
  /** Resumes this session, perhaps of another process; fails with INVALID_SESSION when it is gone. */
  readonly sessionId?: string;
  /** Sent as `access_token` in the query, as the official client does. A function is asked before every attempt. */
  readonly accessToken?: string | (() => string | Promise<string>);
  /** How to reconnect; false: not at all. */
  readonly reconnect?: ReconnectOptions | false;
  /** How often the server is asked for a sign of life. Default 20000; 0: never. */
  readonly pingInterval?: number;
  /** A connection whose server is silent for so long after a ping is given up. Default 10000. */
  readonly pingTimeout?: number;
  /** How long an attempt to connect may take. Default 10000. */
  readonly connectTimeout?: number;
  /** Requests that may wait for their answers; more are refused with TOO_MANY_REQUESTS. Default 1000. */
  readonly maxPendingRequests?: number;
  /** Opens the WebSocket, for example with `ws` and headers of one's own. */
  readonly webSocket?: SocketFactory;
}

export interface ConnectionSettings {
  readonly sessionId: string | undefined;
  readonly accessToken: ConnectOptions['accessToken'];
  readonly reconnect: Required<ReconnectOptions> | false;
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly connectTimeout: number;
  readonly maxPendingRequests: number;
  readonly webSocket: SocketFactory | undefined;
}

export function withDefaults(options: ConnectOptions): ConnectionSettings {
  const { reconnect = {} } = options;
  return {
    sessionId: options.sessionId,
    accessToken: options.accessToken,
    reconnect: reconnect && {
      initialDelay: reconnect.initialDelay ?? 100,
      maxDelay: reconnect.maxDelay ?? 5000,
      giveUpAfter: reconnect.giveUpAfter ?? Number.POSITIVE_INFINITY,
    },
    pingInterval: options.pingInterval ?? 20_000,
    pingTimeout: options.pingTimeout ?? 10_000,
    connectTimeout: options.connectTimeout ?? 10_000,
    maxPendingRequests: options.maxPendingRequests ?? 1000,
    webSocket: options.webSocket,
  };
}

/** Wait before an attempt, in milliseconds: doubling, with up to a half taken off at random (0 <= random < 1). */
export function reconnectDelay(
  attempt: number,
  { initialDelay, maxDelay }: Required<ReconnectOptions>,
  random: number,
): number {
  const full = Math.min(maxDelay, initialDelay * 2 ** Math.min(attempt, 30));
  return full * (1 - random / 2);
}
