import { type ApiRegistry, KurentoError, objectNotFound } from '@rivero/api';
import type { WorkerConfiguration, WorkerEnd, WorkerStatus } from '@rivero/channel';
import { UriAccess } from '@rivero/module/host';
import { loadModules } from '@rivero/module/loader';
import { DtlsCertificate, EngineError } from '@rivero/packet-engine';
import type { Logger } from 'pino';
import type { ObjectContext } from '../objects/context.js';
import type { MediaObject } from '../objects/media-object.js';
import { createObject } from '../objects/registry.js';
import { Processing } from '../processing/processing.js';
import { interned } from '../runtime/own-copy.js';
import { Scheduler } from '../runtime/scheduler.js';
import { SmallSet } from '../runtime/small-map.js';
import { TransportHub } from '../transport/transport-hub.js';
import { DropLog } from './drop-log.js';

/**
 * The worker's side of the channel: makes and keeps the objects of its pipelines, carries out operations, and sends the
 * events that somebody subscribed to.
 */
export class WorkerHost {
  #api: ApiRegistry;
  readonly #channel: WorkerEnd;
  readonly #makeLog: (configuration: WorkerConfiguration) => Logger;
  readonly #objects = new Map<string, MediaObject>();
  /** Event types that somebody wants, by object. */
  readonly #wanted = new Map<string, SmallSet<string>>();
  #context: ObjectContext | undefined;
  #dropLog: DropLog | undefined;
  #pipelines = 0;
  #closed = false;

  constructor(api: ApiRegistry, channel: WorkerEnd, makeLog: (configuration: WorkerConfiguration) => Logger) {
    this.#api = api;
    this.#channel = channel;
    this.#makeLog = makeLog;
    channel.handle('configure', (configuration) => this.#configure(configuration));
    channel.handle('create', (params) => this.#create(params));
    channel.handle('invoke', (params) => this.#invoke(params));
    channel.handle('release', ({ object }) => this.#release(object));
    channel.handle('subscribe', ({ object, event }) => this.#subscribe(object, event));
    channel.handle('unsubscribe', ({ object, event }) => this.#unsubscribe(object, event));
    channel.handle('status', () => this.#status());
    channel.handle('shutdown', () => {
      this.close();
      return null;
    });
  }

  /** What the objects use, once configured. */
  get context(): ObjectContext | undefined {
    return this.#context;
  }

  async #configure(configuration: WorkerConfiguration): Promise<{ pid: number; port: number }> {
    if (this.#context !== undefined)
      throw new KurentoError('UNEXPECTED_ERROR', 'the worker is configured already');
    const log = this.#makeLog(configuration);
    const [RSA, ECDSA] = await Promise.all([
      DtlsCertificate.generate('RSA'),
      DtlsCertificate.generate('ECDSA'),
    ]);
    const modules = await loadModules(configuration.modules, { api: this.#api });
    const [failure] = modules.failures;
    // The server has loaded them before.
    if (failure !== undefined) throw new KurentoError('UNEXPECTED_ERROR', failure.message);
    this.#api = modules.api;
    const scheduler = new Scheduler(undefined, (error) => log.error({ err: error }, 'a timer failed'));
    const transports = new TransportHub(configuration.media, scheduler, { RSA, ECDSA }, log);
    const { port } = configuration.media;
    transports.start(port === 0 ? 0 : port + configuration.index);
    const { tcpPort, turnCaFile } = configuration.media;
    await transports.startTcp(tcpPort === 0 ? 0 : tcpPort + configuration.index, turnCaFile);
    this.#context = {
      api: modules.api,
      modules,
      configuration: configuration.media,
      log,
      scheduler,
      transports,
      processing: new Processing(configuration.media, transports, scheduler, log),
      uriAccess: new UriAccess(configuration.media),
      find: (id) => this.#objects.get(id),
      isWanted: ({ id }, type) => this.#wanted.get(id)?.has(type) === true,
      emit: (object, type, data) => this.#emit(object, type, data),
    };
    const addresses = transports.sockets.map(({ address }) => address);
    log.info({ port: transports.port, addresses }, 'media worker ready');
    this.#dropLog = new DropLog(scheduler, transports, log);
    return { pid: process.pid, port: transports.port };
  }

  #create(request: {
    id: string;
    type: string;
    parent: string | null;
    params: Record<string, unknown>;
  }): null | Promise<null> {
    const context = this.#requireContext();
    const parent = request.parent === null ? undefined : this.#require(request.parent);
    if (this.#objects.has(request.id)) {
      throw new KurentoError('UNEXPECTED_ERROR', `Object '${request.id}' exists already`);
    }
    const { id, params } = request;
    const type = interned(request.type);
    // Often the pipeline's: kept once.
    if (parent !== undefined)
      for (const name in params) if (params[name] === parent.id) params[name] = parent.id;
    let object: MediaObject;
    try {
      object = createObject(context, { id, type, parent, params });
    } catch (error) {
      // What a failed constructor leaves behind is not part of the tree.
      for (const child of parent?.children ?? []) if (child.id === id) child.release();
      throw this.#toKurentoError(error, `create ${type}`);
    }
    this.#objects.set(id, object);
    parent?.childAdded(object);
    if (parent === undefined) this.#pipelines++;
    if (object.created === undefined) return null;
    return object.created.then(
      () => null,
      (error: unknown) => {
        this.#release(id);
        if (parent?.released) throw objectNotFound(parent.id);
        throw this.#toKurentoError(error, `create ${type}`);
      },
    );
  }

  #invoke(request: { object: string; operation: string; params: Record<string, unknown> }): unknown {
    const object = this.#require(request.object);
    const operation = this.#api.resolveOperation(object.type, request.operation);
    if (operation === undefined) {
      throw new KurentoError('MEDIA_OBJECT_METHOD_NOT_FOUND', `Method '${request.operation}' not found`);
    }
    try {
      const result = object.invoke(operation, request.params) ?? null;
      if (!(result instanceof Promise)) return result;
      return result.then(
        (value: unknown) => value ?? null,
        (error: unknown) => {
          // It was released meanwhile, and with it what the operation needs.
          if (object.released) throw objectNotFound(object.id);
          throw this.#toKurentoError(error, `${object.type}.${operation.name}`);
        },
      );
    } catch (error) {
      throw this.#toKurentoError(error, `${object.type}.${operation.name}`);
    }
  }

  /** A full packet engine is a full server; anything else that is not a coded error is a defect and is logged as one. */
  #toKurentoError(error: unknown, what: string): KurentoError {
    if (error instanceof KurentoError) return error;
    if (error instanceof EngineError && (error.code === 'SESSION_LIMIT' || error.code === 'CONSUMER_LIMIT')) {
      return new KurentoError('NOT_ENOUGH_RESOURCES', `This media worker is full: ${error.message}`);
    }
    this.#context?.log.error({ err: error }, `${what} failed`);
    return new KurentoError('UNEXPECTED_ERROR', `${what} failed`);
  }

  #release(id: string): null {
    const object = this.#objects.get(id);
    if (object === undefined) return null;
    if (object.parent === undefined) this.#pipelines--;
    this.#forget(object);
    object.release();
    return null;
  }

  /** Ids go first, so that nothing can be reached that is being taken down. Subscriptions stay until the events are out. */
  #forget(object: MediaObject): void {
    for (const child of object.children) this.#forget(child);
    this.#objects.delete(object.id);
    const { id } = object;
    setImmediate(() => this.#wanted.delete(id));
  }

  #subscribe(id: string, event: string): null {
    const object = this.#require(id);
    let events = this.#wanted.get(id);
    if (events === undefined) {
      events = new SmallSet();
      this.#wanted.set(id, events);
    }
    events.add(interned(event));
    object.subscriptionsChanged();
    return null;
  }

  #unsubscribe(id: string, event: string): null {
    const events = this.#wanted.get(id);
    if (events?.delete(event) === true && events.size === 0) this.#wanted.delete(id);
    this.#objects.get(id)?.subscriptionsChanged();
    return null;
  }

  #emit(object: MediaObject, type: string, data: Record<string, unknown>): void {
    if (this.#wanted.get(object.id)?.has(type) !== true) return;
    this.#channel.emit('objectEvent', {
      object: object.id,
      type,
      timestampMillis: Date.now(),
      tags: object.eventTags,
      data,
    });
  }

  #status(): WorkerStatus {
    const { user, system } = process.cpuUsage();
    return {
      rssBytes: process.memoryUsage.rss(),
      cpuMicros: user + system,
      pipelines: this.#pipelines,
      objects: this.#objects.size,
    };
  }

  #require(id: string): MediaObject {
    const object = this.#objects.get(id);
    if (object === undefined) throw new KurentoError('MEDIA_OBJECT_NOT_FOUND', `Object '${id}' not found`);
    return object;
  }

  #requireContext(): ObjectContext {
    if (this.#context === undefined)
      throw new KurentoError('UNEXPECTED_ERROR', 'the worker is not configured yet');
    return this.#context;
  }

  /** Ends all objects and closes the sockets. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const object of [...this.#objects.values()]) {
      if (object.parent === undefined) object.release();
    }
    this.#objects.clear();
    this.#wanted.clear();
    this.#dropLog?.close();
    this.#context?.processing.close();
    this.#context?.transports.close();
    this.#context?.scheduler.close();
  }
}
