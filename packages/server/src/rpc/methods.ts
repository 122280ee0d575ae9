import { KurentoError, objectNotFound } from '@rivero/api';
import type { ObjectService } from '../objects/object-service.js';
import type { Session } from '../sessions/session.js';
import type { SessionStore } from '../sessions/session-store.js';
import type { Reply, RequestContext } from './context.js';
import { listMember, missing, type Params, paramsObject, type Request, textMember } from './request.js';
import { runTransaction } from './transaction.js';

const MAX_TRANSACTION_DEPTH = 16;

type Method = (params: Params, context: RequestContext, reply: Reply) => void;

/** The methods of the protocol. */
export class ProtocolMethods {
  readonly #serverId: string;
  readonly #sessions: SessionStore;
  readonly #objects: ObjectService;
  readonly #onInternalError: (error: unknown, method: string) => void;
  readonly #methods: ReadonlyMap<string, Method>;

  constructor(
    serverId: string,
    sessions: SessionStore,
    objects: ObjectService,
    onInternalError: (error: unknown, method: string) => void,
  ) {
    this.#serverId = serverId;
    this.#sessions = sessions;
    this.#objects = objects;
    this.#onInternalError = onInternalError;
    const methods: Record<string, Method> = {
      ping: (_params, context, reply) => this.#ping(context, reply),
      connect: (_params, context, reply) => this.#connect(context, reply),
      keepAlive: (_params, context, reply) => this.#keepAlive(context, reply),
      closeSession: (params, context, reply) => this.#closeSession(params, context, reply),
      create: (params, context, reply) => this.#create(params, context, reply),
      invoke: (params, context, reply) => this.#invoke(params, context, reply),
      describe: (params, context, reply) => this.#describe(params, context, reply),
      subscribe: (params, context, reply) => this.#subscribe(params, context, reply),
      unsubscribe: (params, context, reply) => this.#unsubscribe(params, context, reply),
      release: (params, context, reply) => this.#release(params, context, reply),
      ref: (params, context, reply) => this.#ref(params, context, reply),
      unref: (params, context, reply) => this.#unref(params, context, reply),
      transaction: (params, context, reply) => this.#transaction(params, context, reply),
    };
    this.#methods = new Map(Object.entries(methods));
  }

  /** Runs a request. `reply` is called once, whatever happens. */
  run(request: Request, context: RequestContext, reply: Reply): void {
    const { method, params } = request;
    const run = this.#methods.get(method);
    if (run === undefined) {
      reply(new KurentoError('METHOD_NOT_FOUND', 'Method not found.'));
      return;
    }
    if (
      params === undefined &&
      context.sessionId === undefined &&
      method !== 'ping' &&
      method !== 'connect'
    ) {
      reply(new KurentoError('INVALID_PARAMS', "'params' is required"));
      return;
    }
    try {
      run(paramsObject(params), context, reply);
    } catch (error) {
      if (error instanceof KurentoError) reply(error);
      else {
        this.#onInternalError(error, method);
        reply(new KurentoError('INTERNAL_ERROR', 'Unexpected error while processing method'));
      }
    }
  }

  #ping({ sessionId }: RequestContext, reply: Reply): void {
    reply(undefined, sessionId ? { sessionId, value: 'pong' } : { value: 'pong' });
  }

  #connect(context: RequestContext, reply: Reply): void {
    if (context.sessionId !== undefined) this.#knownSession(context.sessionId, context.owner);
    reply(undefined, { serverId: this.#serverId, sessionId: context.session().id });
  }

  #keepAlive({ sessionId, owner }: RequestContext, reply: Reply): void {
    const session = this.#knownSession(requiredSession(sessionId), owner);
    reply(undefined, { sessionId: session.id });
  }

  /** With `release`, what the session holds ends for other sessions, too, as in Kurento. */
  #closeSession({ release }: Params, { sessionId, owner }: RequestContext, reply: Reply): void {
    const session = this.#sessions.find(requiredSession(sessionId), owner);
    const which = release === true ? 'all' : 'unheld';
    if (session === undefined) reply(undefined, null);
    else this.#objects.closeSession(session, () => reply(undefined, null), which);
  }

  #create(params: Params, context: RequestContext, reply: Reply): void {
    const type = textMember(params, 'type');
    this.#objects.create(
      type,
      params.constructorParams,
      context.realm,
      () => context.session(),
      (error, value) => {
        if (error !== undefined) reply(error);
        else reply(undefined, { sessionId: context.session().id, value });
      },
    );
  }

  #invoke(params: Params, context: RequestContext, reply: Reply): void {
    const operation = textMember(params, 'operation');
    const object = this.#object(params, context.realm);
    const session = context.session();
    this.#objects.invoke(session, object, operation, params.operationParams, (error, value) => {
      if (error !== undefined) reply(error);
      else reply(undefined, { sessionId: session.id, value });
    });
  }

  #describe(params: Params, context: RequestContext, reply: Reply): void {
    const object = this.#object(params, context.realm);
    const session = context.session();
    this.#objects.hold(session, object);
    const description = this.#objects.api.describe(object.className);
    reply(undefined, {
      hierarchy: description?.hierarchy,
      qualifiedType: description?.qualifiedType,
      sessionId: session.id,
      type: description?.type,
    });
  }

  #subscribe(params: Params, context: RequestContext, reply: Reply): void {
    const type = textMember(params, 'type');
    const object = this.#object(params, context.realm);
    const session = context.session();
    this.#objects.subscribe(session, object, type, (error, value) => {
      if (error !== undefined) reply(error);
      else reply(undefined, { sessionId: session.id, value });
    });
  }

  #unsubscribe(params: Params, context: RequestContext, reply: Reply): void {
    const id = textMember(params, 'object');
    const subscription = textMember(params, 'subscription');
    const session = context.session();
    const object = this.#objects.find(id, context.realm);
    if (object !== undefined) this.#objects.unsubscribe(object, subscription);
    reply(undefined, { sessionId: session.id });
  }

  #release(params: Params, context: RequestContext, reply: Reply): void {
    const object = this.#objects.find(textMember(params, 'object'), context.realm);
    const session = context.session();
    const done = () => reply(undefined, { sessionId: session.id });
    if (object === undefined) done();
    else this.#objects.release(object, done);
  }

  #ref(params: Params, context: RequestContext, reply: Reply): void {
    const id = textMember(params, 'object');
    requiredSession(context.sessionId);
    const object = this.#objects.find(id, context.realm);
    if (object === undefined) throw objectNotFound(id);
    const session = context.session();
    this.#objects.hold(session, object);
    reply(undefined, { sessionId: session.id });
  }

  #unref(params: Params, context: RequestContext, reply: Reply): void {
    const id = textMember(params, 'object');
    requiredSession(context.sessionId);
    const session = context.session();
    const object = this.#objects.find(id, context.realm);
    const done = () => reply(undefined, { sessionId: session.id });
    if (object === undefined) done();
    else this.#objects.letGo(session, object, done);
  }

  #transaction(params: Params, context: RequestContext, reply: Reply): void {
    const operations = listMember(params, 'operations');
    if (context.depth >= MAX_TRANSACTION_DEPTH) {
      throw new KurentoError('MALFORMED_TRANSACTION', 'Transactions are nested too deeply');
    }
    const { id } = context.session();
    runTransaction(
      operations,
      (request, done) => this.run(request, this.#inner(request, context, id), done),
      (error, value) => {
        if (error !== undefined) reply(error);
        else reply(undefined, { sessionId: id, value });
      },
    );
  }

  /** Operations run in the session of their transaction, unless they name another one. */
  #inner(request: Request, outer: RequestContext, outerId: string): RequestContext {
    const carried = carriedSession(request.params);
    const sessionId = carried ?? outerId;
    const { owner } = outer;
    return {
      sessionId,
      owner,
      realm: this.#sessions.isolation.realm(owner, sessionId),
      session: () => (carried === undefined ? outer.session() : this.#sessions.obtain(sessionId, owner)),
      depth: outer.depth + 1,
    };
  }

  #object(params: Params, realm: string) {
    const id = textMember(params, 'object');
    const object = this.#objects.find(id, realm);
    if (object === undefined) throw objectNotFound(id);
    return object;
  }

  #knownSession(id: string, owner: string): Session {
    const session = this.#sessions.find(id, owner);
    if (session === undefined || session.objects.size === 0) {
      throw new KurentoError('INVALID_SESSION', 'Invalid session');
    }
    return session;
  }
}

function requiredSession(sessionId: string | undefined): string {
  if (sessionId === undefined) throw missing('sessionId');
  return sessionId;
}

/** The session id that the params carry, if any. */
export function carriedSession(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null || !Object.hasOwn(params, 'sessionId')) return undefined;
  return textMember(params as Params, 'sessionId');
}
