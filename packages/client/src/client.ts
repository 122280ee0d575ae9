/// <reference lib="esnext.disposable" preserve="true" />

import { Connection } from './connection/connection.js';
import type { Disconnection } from './connection/link.js';
import { type EventData, isObject } from './connection/messages.js';
import { type ConnectOptions, withDefaults } from './connection/options.js';
import type { RequestOptions } from './connection/pending-requests.js';
import { Emitter } from './emitter.js';
import { clientError, KurentoError, type RiveroError } from './errors.js';
import type { Subscription } from './events/subscription.js';
import {
  type ClassName,
  type CreatableClasses,
  type CreatableName,
  classes,
  references,
  type ServerManager,
} from './generated/index.js';
import { ObjectRegistry } from './objects/registry.js';
import { createObject, RemoteObject } from './objects/remote-object.js';
import type { CallOptions, CreateArguments, Parameters, Scope } from './objects/scope.js';
import { encode, type RemoteClass, ValueReader } from './objects/values.js';
import { notCommitted, OpenTransaction, type Transaction } from './transaction.js';

const MANAGER = 'manager_ServerManager';
const MAX_HELD_EVENTS = 1000;

const classTable: Readonly<Record<string, RemoteClass>> = classes;

/** What a client tells about its connection. */
export interface ClientEvents {
  /** The connection was lost; unless reconnecting is switched off, the client tries to get it back. */
  disconnected: Disconnection;
  /** Connected again, and the session with all its objects and subscriptions is still there. */
  reconnected: undefined;
  /** Connected again, but the objects and subscriptions are gone; new ones can be made. */
  sessionLost: RiveroError;
  /** The client has ended: with an error when it gave up reconnecting. */
  closed: RiveroError | undefined;
  /** Something went wrong that no caller was told of, such as a subscription by `on` that was refused. */
  error: RiveroError;
}

/** A session with a media server. */
export class Client {
  readonly #connection: Connection;
  readonly #registry: ObjectRegistry;
  readonly #values = new ValueReader(classTable, references);
  readonly #emitter: Emitter<ClientEvents>;
  readonly #scope: Scope;
  /** Events of objects that are not known, while transactions that may create them are under way. */
  #heldEvents: { object: string; type: string; data: EventData }[] = [];
  #holders = 0;

  private constructor(connection: Connection, registry: ObjectRegistry, emitter: Emitter<ClientEvents>) {
    this.#connection = connection;
    this.#registry = registry;
    this.#emitter = emitter;
    this.#scope = {
      request: (method, params, options) => this.#request(method, params, options),
      watch: (result) => result,
      revive: (type, value) => this.#values.value(type, value, this.#instanceOf),
      created: (className, id) => {
        registry.hold(id);
        return this.#instanceOf(id, className);
      },
      released: (id) => this.#released(id),
      listening: (object, active) => registry.listening(object, active),
      subscriptionFailed: (_object, _event, error) => emitter.emit('error', error),
    };
  }

  /** Use {@link connect}. */
  static async open(url: string, options: ConnectOptions): Promise<Client> {
    const registry = new ObjectRegistry();
    const emitter = new Emitter<ClientEvents>();
    const endAll = (objects: readonly RemoteObject[], error: RiveroError | undefined) => {
      for (const object of objects) RemoteObject.internals.events(object).end(error);
    };
    // Events can come before `connect` has returned only for a session that is resumed, and nobody listens yet.
    let client: Client | undefined;
    const connection = await Connection.open(
      url,
      withDefaults(options),
      {
        event: (object, type, data) => {
          if (client !== undefined) client.#event(object, type, data);
        },
        disconnected: (why) => emitter.emit('disconnected', why),
        resumed: () => emitter.emit('reconnected', undefined),
        sessionLost: (error) => {
          endAll(registry.clear(), error);
          emitter.emit('sessionLost', error);
        },
        ending: (error) => endAll(registry.clear(), error),
        closed: (error) => emitter.emit('closed', error),
        problem: (error) => emitter.emit('error', error),
        holdsObjects: () => registry.holdsObjects,
      },
      options.signal,
    );
    client = new Client(connection, registry, emitter);
    return client;
  }

  /** The session, for resuming it from elsewhere. */
  get sessionId(): string {
    return this.#connection.sessionId;
  }

  /** Tells one run of the server from another. */
  get serverId(): string {
    return this.#connection.serverId;
  }

  get state(): 'connecting' | 'open' | 'closed' {
    return this.#connection.state;
  }

  /** The object that stands for the server itself. */
  get serverManager(): ServerManager {
    return this.#instanceOf(MANAGER, 'ServerManager') as ServerManager;
  }

  /** Listens to what happens to the connection. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (value: ClientEvents[Name]) => void,
  ): Pick<Subscription, 'off'> {
    return { off: this.#emitter.on(name, listener) };
  }

  /** Creates an object. Elements and hubs are created more easily with `pipeline.create`. */
  create<Name extends CreatableName>(
    className: Name,
    ...[params, options]: CreateArguments<CreatableClasses[Name]['params']>
  ): Promise<CreatableClasses[Name]['object']> {
    const created = createObject(this.#scope, className, { ...params }, options);
    return created as Promise<CreatableClasses[Name]['object']>;
  }

  /** The object of an id, of whatever session. Rejects with MEDIA_OBJECT_NOT_FOUND. */
  object(id: string, options?: CallOptions): Promise<RemoteObject>;
  /** The same where the class is known. Rejects with WRONG_CLASS when the object is no instance of it. */
  object<Name extends ClassName>(
    id: string,
    className: Name,
    options?: CallOptions,
  ): Promise<InstanceType<(typeof classes)[Name]>>;
  async object(id: string, ...rest: unknown[]): Promise<RemoteObject> {
    const wanted = typeof rest[0] === 'string' ? rest[0] : undefined;
    const options = (wanted === undefined ? rest[0] : rest[1]) as CallOptions | undefined;
    const params = { object: id };
    const answer = await this.#request('describe', params, { signal: options?.signal, idempotent: true });
    const object = this.#describedObject(id, answer);
    const wantedClass = wanted === undefined ? undefined : classTable[wanted];
    if (wanted !== undefined && (wantedClass === undefined || !(object instanceof wantedClass))) {
      throw clientError('WRONG_CLASS', `'${id}' is a ${object.className}, not a ${wanted}`);
    }
    return object;
  }

  /**
   * Has several operations run one after the other with one request. The function adds them to the transaction, until
   * it returns or awaits for the first time; then they are sent. When one fails, those after it do not run, what was
   * created is released, and the error is thrown.
   */
  async transaction<T>(
    operations: (transaction: Transaction) => T | Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    options.signal?.throwIfAborted();
    const transaction = new OpenTransaction({
      scope: this.#scope,
      instance: (scope, className, id) => this.#newInstance(scope, className, id),
      adopt: (object) => {
        this.#registry.hold(object.id);
        this.#registry.add(object);
      },
      holdEvents: () => this.#holdEvents(),
    });
    const result = operations(transaction);
    const pending = Promise.resolve(result);
    pending.catch(() => {});
    await transaction.commit(options);
    return pending;
  }

  /** Asks the server for a sign of life. */
  async ping(options: CallOptions = {}): Promise<void> {
    await this.#request('ping', {}, { signal: options.signal, idempotent: true });
  }

  /** Sends any request of the protocol; resolves with the `result` of the answer. */
  request(method: string, params: Parameters = {}, options: CallOptions = {}): Promise<unknown> {
    return this.#send(method, params, { signal: options.signal });
  }

  /**
   * Ends the session, whose objects are released unless other sessions use them, and the connection. With
   * `keepSession` the session lives on for a while and can be resumed by its id. Requests that wait are rejected with
   * CLIENT_CLOSED, event streams end. May be called again and again; never rejects.
   */
  close({ keepSession = false }: { keepSession?: boolean } = {}): Promise<void> {
    return this.#connection.close(!keepSession);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #request(method: string, params: Parameters, options: RequestOptions): Promise<unknown> {
    const { late } = options;
    const inner = late === undefined ? options : { ...options, late: (r: unknown) => late(valueIn(r)) };
    return valueIn(await this.#send(method, params, inner));
  }

  async #send(method: string, params: Parameters, options: RequestOptions): Promise<unknown> {
    const encoded = encode(params, committedId) as Parameters;
    try {
      return await this.#connection.request(method, encoded, options);
    } catch (error) {
      this.#noteMissing(error, encoded.object);
      throw error;
    }
  }

  /** Somebody else has released the object; another one, a parameter, may be meant as well. */
  #noteMissing(error: unknown, object: unknown): void {
    if (!(error instanceof KurentoError) || error.type !== 'MEDIA_OBJECT_NOT_FOUND') return;
    if (typeof object === 'string' && error.message.includes(`'${object}'`)) this.#released(object);
  }

  #released(id: string): void {
    for (const object of this.#registry.release(id)) RemoteObject.internals.events(object).end(undefined);
  }

  readonly #instanceOf = (id: string, className: string): RemoteObject => {
    const known = this.#registry.find(id);
    if (known !== undefined) {
      // An event may name an object before its creator learns the id; then the class was only guessed.
      const Class = this.#values.classOf(id, className);
      const better = Class !== undefined && Class.prototype instanceof known.constructor;
      return better ? Object.setPrototypeOf(known, Class.prototype) : known;
    }
    const object = this.#newInstance(this.#scope, className, id);
    this.#registry.add(object);
    return object;
  };

  #newInstance(scope: Scope, className: string, id: string): RemoteObject {
    const Class = this.#values.classOf(id, className) ?? (classTable.MediaObject as RemoteClass);
    return new Class(scope, id);
  }

  #describedObject(id: string, answer: unknown): RemoteObject {
    const { type, hierarchy } = isObject(answer) ? answer : {};
    const names = [type, ...(Array.isArray(hierarchy) ? hierarchy : [])]
      .filter((name) => typeof name === 'string')
      .map((name) => name.slice(name.lastIndexOf('.') + 1));
    const className = names.find((name) => Object.hasOwn(classTable, name)) ?? 'MediaObject';
    if (id !== MANAGER) this.#registry.hold(id);
    return this.#instanceOf(id, className);
  }

  #event(id: string, type: string, data: EventData): void {
    const object = this.#registry.find(id);
    if (object === undefined) {
      if (this.#holders > 0 && this.#heldEvents.length < MAX_HELD_EVENTS) {
        this.#heldEvents.push({ object: id, type, data });
      }
      return;
    }
    const events = RemoteObject.internals.events(object);
    if (events.wants(type))
      events.deliver(type, this.#values.members(`${type} event`, data, this.#instanceOf));
  }

  #holdEvents(): () => void {
    this.#holders++;
    return () => {
      if (--this.#holders > 0) return;
      const held = this.#heldEvents;
      this.#heldEvents = [];
      for (const { object, type, data } of held) this.#event(object, type, data);
    };
  }
}

function committedId(object: RemoteObject): string {
  if (object.id.startsWith('newref:')) throw notCommitted(object);
  return object.id;
}

function valueIn(result: unknown): unknown {
  return isObject(result) && Object.hasOwn(result, 'value') ? result.value : result;
}

/**
 * Connects to a media server, at an address such as `ws://localhost:8888/kurento`. Rejects with CONNECTION_FAILED, the
 * reason of the signal, or what the server answers.
 */
export function connect(url: string, options: ConnectOptions = {}): Promise<Client> {
  return Client.open(url, options);
}
