import { clientError, KurentoError, type RiveroError } from '../errors.js';
import { type Disconnection, Link } from './link.js';
import { type EventData, isObject, readMessage } from './messages.js';
import { type ConnectionSettings, reconnectDelay } from './options.js';
import { type PendingRequest, PendingRequests, type RequestOptions } from './pending-requests.js';

/** What the connection tells. */
export interface ConnectionHandlers {
  event(object: string, type: string, data: EventData): void;
  disconnected(why: Disconnection): void;
  /** The session is there again with everything in it. */
  resumed(): void;
  /** Connected again, but the server no longer has the session. */
  sessionLost(error: RiveroError): void;
  /** The end begins: no more events will come. */
  ending(error: RiveroError | undefined): void;
  /** Ended for good; without an error when that was wished. */
  closed(error: RiveroError | undefined): void;
  problem(error: RiveroError): void;
  /** Whether the session holds anything that could be lost. */
  holdsObjects(): boolean;
}

/**
 * A server repeats the answer to a request that comes again with its id and session within 20 s. What is older than
 * this (ms) is not sent again: the server might run it a second time.
 */
const RESEND_WINDOW = 15_000;
/** A request that the connection broke under so often may be the cause, for example by its size. */
const MAX_ATTEMPTS = 3;
const CLOSE_SESSION_TIMEOUT = 2000;

/** A session with the server over one connection after another. */
export class Connection {
  readonly #url: string;
  readonly #settings: ConnectionSettings;
  readonly #handlers: ConnectionHandlers;
  readonly #pending: PendingRequests;
  /** Pings and the like, which end with their connection. */
  readonly #internal = new Map<number, { resolve: (r: unknown) => void; reject: (e: unknown) => void }>();
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #link: Link | undefined;
  #sessionId: string | undefined;
  #serverId = '';
  #nextId: number;
  #wake: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  private constructor(url: string, settings: ConnectionSettings, handlers: ConnectionHandlers) {
    this.#url = url;
    this.#settings = settings;
    this.#handlers = handlers;
    this.#pending = new PendingRequests(settings.maxPendingRequests);
    this.#sessionId = settings.sessionId;
    // The server remembers request ids of a session; those of its former user are not known here.
    this.#nextId = settings.sessionId === undefined ? 1 : 1 + Math.floor(Math.random() * 2 ** 40);
  }

  /** Connects, and makes or resumes a session. Rejects with CONNECTION_FAILED, KurentoError or the signal's reason. */
  static async open(
    url: string,
    settings: ConnectionSettings,
    handlers: ConnectionHandlers,
    signal: AbortSignal | undefined,
  ): Promise<Connection> {
    const connection = new Connection(url, settings, handlers);
    await connection.#establish(signal);
    return connection;
  }

  get sessionId(): string {
    return this.#sessionId ?? '';
  }

  get serverId(): string {
    return this.#serverId;
  }

  get state(): 'open' | 'connecting' | 'closed' {
    return this.#state;
  }

  /** While there is no connection, requests wait for the next one. */
  request(
    method: string,
    params: Readonly<Record<string, unknown>>,
    options: RequestOptions = {},
  ): Promise<unknown> {
    if (this.#state === 'closed') return Promise.reject(closedError());
    const id = this.#nextId++;
    return this.#pending.add(id, this.#text(id, method, params), options, (request) => {
      if (this.#state === 'open') this.#send(request);
    });
  }

  /** Ends the session, unless told to keep it, and the connection. Always resolves; again and again the same. */
  close(endSession: boolean): Promise<void> {
    this.#closing ??= this.#close(endSession);
    return this.#closing;
  }

  async #close(endSession: boolean): Promise<void> {
    const wasOpen = this.#state === 'open';
    const alreadyEnded = this.#state === 'closed';
    this.#state = 'closed';
    this.#wake?.();
    if (!alreadyEnded) this.#handlers.ending(undefined);
    this.#pending.rejectWhere(() => true, closedError());
    const link = this.#link;
    if (link !== undefined) {
      if (wasOpen && endSession) await this.#endSession(link);
      await link.close();
      this.#rejectInternal(closedError());
    }
    if (!alreadyEnded) this.#handlers.closed(undefined);
  }

  async #endSession(link: Link): Promise<void> {
    const answered = this.#ask(link, 'closeSession', {}).catch(() => {});
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_SESSION_TIMEOUT);
    });
    await Promise.race([answered, timeout]);
    clearTimeout(timer);
  }

  /** Connects. `cause` is why the connection before this one was lost. */
  async #establish(signal: AbortSignal | undefined, cause?: RiveroError): Promise<void> {
    const { webSocket, connectTimeout, pingInterval, pingTimeout } = this.#settings;
    const timeout = AbortSignal.timeout(connectTimeout);
    const link = await Link.open(
      await this.#address(),
      { webSocket, timeout: connectTimeout, signal },
      { message: (frame) => this.#receive(frame), closed: (why) => this.#lost(link, why) },
    );
    this.#link = link;
    const abort = () => this.#rejectInternal(signal?.aborted ? signal.reason : handshakeTimeout());
    signal?.addEventListener('abort', abort);
    timeout.addEventListener('abort', abort);
    let outcome: { resumed: boolean; sameServer: boolean };
    try {
      const asked = this.#ask(link, 'connect', undefined);
      if (signal?.aborted || timeout.aborted) abort();
      outcome = await this.#handshake(asked);
      if (this.#isClosed()) throw closedError();
      if (this.#link !== link) throw clientError('CONNECTION_FAILED', 'The connection ended at once');
    } catch (error) {
      if (this.#link === link) this.#link = undefined;
      await link.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      timeout.removeEventListener('abort', abort);
    }
    // From here on at once, so that no new request comes before those that wait.
    this.#state = 'open';
    link.keepAlive(pingInterval, pingTimeout, () => {
      this.#ask(link, 'ping', { interval: pingInterval }).catch(() => {});
    });
    if (cause !== undefined) this.#goOn(outcome.resumed, outcome.sameServer, cause);
  }

  async #handshake(asked: Promise<unknown>): Promise<{ resumed: boolean; sameServer: boolean }> {
    const first = this.#serverId === '';
    try {
      const answer = await asked;
      const { sessionId, serverId } = isObject(answer) ? answer : {};
      if (typeof sessionId !== 'string') {
        throw clientError('CONNECTION_FAILED', 'The server did not answer `connect` with a session');
      }
      const sameServer = first || serverId === this.#serverId;
      this.#sessionId = sessionId;
      this.#serverId = typeof serverId === 'string' && serverId !== '' ? serverId : 'unknown';
      return { resumed: true, sameServer };
    } catch (error) {
      if (first || !(error instanceof KurentoError) || error.type !== 'INVALID_SESSION') throw error;
      // The id goes on to be used: the first object makes the session anew.
      return { resumed: false, sameServer: true };
    }
  }

  async #address(): Promise<string> {
    const { accessToken } = this.#settings;
    const token = typeof accessToken === 'function' ? await accessToken() : accessToken;
    if (token === undefined) return this.#url;
    const url = new URL(this.#url);
    url.searchParams.set('access_token', token);
    return url.href;
  }

  /** Sends a request that is not repeated on another connection. */
  #ask(link: Link, method: string, params: Readonly<Record<string, unknown>> | undefined): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#internal.set(id, { resolve, reject });
      link.send(this.#text(id, method, params));
    });
  }

  #text(id: number, method: string, params: Readonly<Record<string, unknown>> | undefined): string {
    const session = this.#sessionId === undefined ? {} : { sessionId: this.#sessionId };
    const all = { ...params, ...session };
    // `connect` with params, even empty ones, asks for an existing session.
    const message = { id, jsonrpc: '2.0', method };
    return JSON.stringify(Object.keys(all).length === 0 ? message : { ...message, params: all });
  }

  #send(request: PendingRequest): void {
    request.sentAt ??= performance.now();
    request.attempts++;
    this.#link?.send(request.text);
  }

  #receive(frame: unknown): void {
    const message = readMessage(frame);
    switch (message.kind) {
      case 'event':
        this.#handlers.event(message.object, message.type, message.data);
        break;
      case 'unknown':
        this.#handlers.problem(clientError('PROTOCOL_ERROR', `From the server: ${message.why}`));
        break;
      default: {
        const request = this.#internal.get(message.id) ?? this.#pending.take(message.id);
        this.#internal.delete(message.id);
        if (message.kind === 'result') request?.resolve(message.result);
        else request?.reject(message.error);
      }
    }
  }

  #lost(link: Link, why: Disconnection): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    const reason = why.reason === '' ? '' : `, ${why.reason}`;
    const error = clientError('CONNECTION_LOST', `The connection ended (code ${why.code}${reason})`);
    const wasOpen = this.#state === 'open';
    if (wasOpen) this.#state = 'connecting';
    this.#rejectInternal(error);
    // While connecting, whoever does that sees the failure.
    if (!wasOpen) return;
    this.#handlers.disconnected(why);
    void this.#reconnect(error);
  }

  async #reconnect(cause: RiveroError): Promise<void> {
    const policy = this.#settings.reconnect;
    const since = performance.now();
    for (let attempt = 0; policy !== false; attempt++) {
      await this.#pause(reconnectDelay(attempt, policy, Math.random()));
      if (this.#isClosed()) return;
      try {
        await this.#establish(undefined, cause);
        return;
      } catch {
        if (this.#isClosed()) return;
        if (performance.now() - since >= policy.giveUpAfter) break;
      }
    }
    if (this.#isClosed()) return;
    this.#state = 'closed';
    this.#handlers.ending(cause);
    this.#pending.rejectWhere(() => true, cause);
    this.#handlers.closed(cause);
  }

  /** Sends what waited, and again what was not answered where that is safe. */
  #goOn(resumed: boolean, sameServer: boolean, cause: RiveroError): void {
    if (!resumed && this.#handlers.holdsObjects()) {
      const error = clientError(
        'SESSION_LOST',
        'The server no longer knows the session; its objects are gone',
      );
      this.#pending.rejectWhere(() => true, error);
      this.#handlers.sessionLost(error);
      return;
    }
    const now = performance.now();
    this.#pending.rejectWhere(
      ({ sentAt, attempts, idempotent }) =>
        sentAt !== undefined &&
        (attempts >= MAX_ATTEMPTS || (!idempotent && (!sameServer || now - sentAt > RESEND_WINDOW))),
      cause,
    );
    for (const request of this.#pending) this.#send(request);
    this.#handlers.resumed();
  }

  #pause(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, millis);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #rejectInternal(error: unknown): void {
    const waiting = [...this.#internal.values()];
    this.#internal.clear();
    for (const { reject } of waiting) reject(error);
  }

  // A method, because the state changes while this waits.
  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}

function closedError(): RiveroError {
  return clientError('CLIENT_CLOSED', 'The client is closed');
}

function handshakeTimeout(): RiveroError {
  return clientError('CONNECTION_FAILED', 'The server does not answer');
}
