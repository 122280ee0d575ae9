import { KurentoError } from '@rivero/api';
import type { Principal } from '../auth/principal.js';
import { type Rate, TokenBucket } from '../limits/token-bucket.js';
import type { Logger } from '../log/logger.js';
import type { Refusals } from '../log/refusals.js';
import { type CacheBudget, type CachedRequest, RequestCache } from '../sessions/request-cache.js';
import type { EventSink, Session } from '../sessions/session.js';
import type { SessionStore } from '../sessions/session-store.js';
import { errorText, notificationText, resultText } from './answers.js';
import type { Reply, RequestContext } from './context.js';
import { carriedSession, type ProtocolMethods } from './methods.js';
import { type Request, readRequest } from './request.js';

/** The way to the client: a WebSocket. */
export interface ClientTransport {
  /** Number of the connection, for the log. */
  readonly id: number;
  /** Address of the client. */
  readonly remote: string;
  send(text: string): void;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  /** Stops or goes on with reading. */
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
}

export interface ConnectionOptions {
  methods: ProtocolMethods;
  sessions: SessionStore;
  cacheBudget: CacheBudget;
  requestRate: Rate;
  maxPendingRequests: number;
  maxOutboundBytes: number;
  log: Logger;
  refusals: Refusals;
}

/** One connection of a client: takes its messages, runs them in order, sends answers and events. */
export class ClientConnection implements EventSink {
  readonly #transport: ClientTransport;
  readonly #options: ConnectionOptions;
  readonly #owner: string;
  #session: Session | undefined;
  /** Made for a request without a session; it becomes the session when the request succeeds. */
  #provisional: Session | undefined;
  readonly #bucket: TokenBucket | undefined;
  #pending = 0;
  #paused = false;
  #open = true;

  constructor(transport: ClientTransport, principal: Principal, options: ConnectionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#owner = options.sessions.isolation.owner(principal.subject);
    const { requestRate } = options;
    if (requestRate.perSecond > 0) this.#bucket = new TokenBucket(requestRate, Date.now());
  }

  /** Id of the session of this connection. */
  get sessionId(): string | undefined {
    return this.#session?.id;
  }

  /** A message of the client. Never throws. */
  receive(text: string): void {
    if (!this.#open) return;
    let request: Request;
    let context: RequestContext;
    const before = this.#session;
    try {
      request = readRequest(text);
    } catch (error) {
      const refused = KurentoError.from(error);
      this.#refused('Refused a message that is no request', { code: refused.code, bytes: text.length });
      this.#send(errorText(null, refused));
      return;
    }
    if (this.#bucket?.take(Date.now()) === false) {
      const { perSecond } = this.#options.requestRate;
      const message = `Too many requests in a short time (limits.requestsPerSecond is ${perSecond})`;
      const refused = new KurentoError('NOT_ENOUGH_RESOURCES', message);
      this.#logFailure(request, refused);
      this.#send(errorText(request.id, refused));
      return;
    }
    try {
      context = this.#contextOf(request);
    } catch (error) {
      this.#logFailure(request, KurentoError.from(error));
      this.#send(errorText(request.id, KurentoError.from(error)));
      return;
    }
    const cached = this.#begin(request, text);
    if (cached === 'repeated') return;
    this.#run(request, context, cached, before);
  }

  sendEvent(text: string): void {
    this.#send(text);
  }

  /** The client is gone. What it asked for goes on; its session lives on for a while. */
  closed(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#session !== undefined) this.#options.sessions.unbind(this.#session, this);
    if (this.#provisional !== undefined) this.#options.sessions.dropIfUnused(this.#provisional);
  }

  /** The session that the request carries becomes that of the connection; one without gets it injected. */
  #contextOf(request: Request): RequestContext {
    const { sessions } = this.#options;
    const carried = carriedSession(request.params);
    if (carried !== undefined && carried !== '') this.#bind(sessions.obtain(carried, this.#owner));
    else if (this.#session !== undefined) this.#bind(sessions.adopt(this.#session));
    const session = this.#session;
    // No session is called "", so methods that look for one find none.
    const sessionId = carried ?? session?.id;
    return {
      sessionId,
      owner: this.#owner,
      realm: sessions.isolation.realm(this.#owner, sessionId),
      session: () => (session === undefined ? this.#newSession() : sessions.adopt(session)),
      depth: 0,
    };
  }

  #newSession(): Session {
    if (this.#session !== undefined) return this.#session;
    const { sessions } = this.#options;
    this.#provisional ??= sessions.obtain(sessions.newId(), this.#owner);
    return sessions.adopt(this.#provisional);
  }

  #bind(session: Session): void {
    this.#options.sessions.bind(session, this, this.#session);
    this.#session = session;
  }

  #begin({ id }: Request, text: string): CachedRequest | 'repeated' | undefined {
    const session = this.#session;
    const { cacheBudget } = this.#options;
    if (id === null || session === undefined || cacheBudget.lifetimeMillis === 0) return undefined;
    session.cache ??= new RequestCache(cacheBudget);
    return session.cache.begin(id, text, (answer) => this.#send(answer)) ?? 'repeated';
  }

  /** @param before session of the connection until this request */
  #run(
    request: Request,
    context: RequestContext,
    cached: CachedRequest | undefined,
    before: Session | undefined,
  ): void {
    const session = this.#session;
    const cache = session?.cache;
    this.#pending++;
    if (session !== undefined) session.pending++;
    let answered = false;
    const reply: Reply = (error, result) => {
      if (answered) {
        this.#options.log.error({ method: request.method }, 'A request was answered twice');
        return;
      }
      answered = true;
      this.#pending--;
      if (session !== undefined) this.#options.sessions.requestEnded(session);
      if (error !== undefined) {
        this.#logFailure(request, error);
        this.#leave(session, before);
      } else if (this.#session === undefined) this.#keepProvisional();
      const answer = answerText(request, error, result);
      this.#send(answer);
      if (cached !== undefined) cache?.finish(cached, answer);
      this.#regulate();
    };
    this.#options.methods.run(request, context, reply);
    this.#regulate();
  }

  /**
   * A request that failed does not take its connection into a session that does not exist: a client whose session ended with another
   * server asks for a new one by a `connect` without one.
   */
  #leave(session: Session | undefined, before: Session | undefined): void {
    if (session === undefined || session === before || session !== this.#session) return;
    if (session.objects.size > 0 || session.creating > 0 || !this.#open) return;
    if (before !== undefined) this.#bind(this.#options.sessions.adopt(before));
    else {
      this.#session = undefined;
      this.#options.sessions.unbind(session, this);
    }
  }

  /** The answer hands out the session that was made for it. */
  #keepProvisional(): void {
    const session = this.#provisional;
    if (session === undefined || !this.#open) return;
    this.#provisional = undefined;
    this.#bind(this.#options.sessions.adopt(session));
  }

  /** Reads no more requests than can be handled. */
  #regulate(): void {
    const full = this.#pending >= this.#options.maxPendingRequests;
    if (full === this.#paused || !this.#open) return;
    this.#paused = full;
    if (full) {
      this.#refused('Too many unanswered requests, reading no more for now', { pending: this.#pending });
      this.#transport.pause();
    } else this.#transport.resume();
  }

  #send(text: string): void {
    if (!this.#open) return;
    this.#transport.send(text);
    if (this.#transport.bufferedBytes <= this.#options.maxOutboundBytes) return;
    this.#refused('Closed the connection of a client that reads too slowly', {
      bufferedBytes: this.#transport.bufferedBytes,
    });
    this.#transport.close(1013, 'Client reads too slowly');
    this.closed();
  }

  #logFailure({ method }: Request, { code, type, message }: KurentoError): void {
    const { log } = this.#options;
    if (type === 'NOT_ENOUGH_RESOURCES') this.#refused(message, { method, code, type });
    else if (log.isLevelEnabled('debug')) {
      const { id, remote } = this.#transport;
      log.debug(
        { remote, connection: id, session: this.sessionId, method, code, type, reason: message },
        'Request failed',
      );
    }
  }

  #refused(reason: string, fields: Record<string, unknown>): void {
    const { id, remote } = this.#transport;
    this.#options.refusals.note(reason, remote, { connection: id, session: this.sessionId, ...fields });
  }
}

function answerText(request: Request, error: KurentoError | undefined, result: unknown): string {
  const { id } = request;
  if (error !== undefined) return errorText(id, error);
  return id === null ? notificationText(result) : resultText(id, result);
}
