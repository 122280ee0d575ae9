import { randomUUID } from 'node:crypto';
import { type ApiRegistry, api as kurentoApi } from '@rivero/api';
import {
  Channel,
  type MediaConfiguration,
  memoryLinkPair,
  type ServerEnd,
  type WorkerEnd,
} from '@rivero/channel';
import { loadModules } from '@rivero/module/loader';
import { pino } from 'pino';
import { WorkerHost } from '../worker/host.js';
import { TEST_MEDIA } from './test-media.js';

export interface HarnessEvent {
  object: string;
  type: string;
  data: Record<string, unknown>;
}

/** A real worker host in this process, driven over an in-memory link as the server drives it over IPC. */
export class WorkerHarness {
  readonly events: HarnessEvent[] = [];
  /** Peers that `clear` closes. */
  readonly peers: { close(): Promise<void> }[] = [];
  readonly host: WorkerHost;
  readonly #server: ServerEnd;
  readonly #pipelines = new Set<string>();
  #api: ApiRegistry = kurentoApi;

  constructor() {
    const [near, far] = memoryLinkPair();
    const worker: WorkerEnd = new Channel(far);
    this.#server = new Channel(near);
    this.host = new WorkerHost(kurentoApi, worker, () => pino({ level: 'silent' }));
    this.#server.on('objectEvent', ({ object, type, data }) => this.events.push({ object, type, data }));
  }

  static async start(...options: Parameters<WorkerHarness['open']>): Promise<WorkerHarness> {
    const harness = new WorkerHarness();
    await harness.open(...options);
    return harness;
  }

  /** `modules`: names, folders or URLs, as in the server's setting. */
  async open(media: Partial<MediaConfiguration> = {}, modules: readonly string[] = []): Promise<void> {
    const { api, urls, failures } = await loadModules(modules, { api: kurentoApi });
    for (const { message } of failures) throw new Error(message);
    this.#api = api;
    await this.#server.request('configure', {
      index: 0,
      logLevel: 'silent',
      logPretty: false,
      modules: urls,
      media: { ...TEST_MEDIA, ...media },
    });
  }

  /** Creates an object below `parent` and subscribes to all its events. */
  async create(type: string, parent: string | null, params: Record<string, unknown> = {}): Promise<string> {
    const id =
      parent === null ? `${randomUUID()}_kurento.${type}` : `${parent}/${randomUUID()}_kurento.${type}`;
    const decoded = Object.fromEntries(
      (this.#api.findClass(type)?.constructorParams ?? [])
        .filter((param) => param.default !== undefined)
        .map(({ name, default: value }) => [name, value]),
    );
    await this.#server.request('create', { id, type, parent, params: { ...decoded, ...params } });
    if (parent === null) this.#pipelines.add(id);
    for (const event of this.#api.events(type))
      await this.#server.request('subscribe', { object: id, event });
    return id;
  }

  async invoke<T = unknown>(
    object: string,
    operation: string,
    params: Record<string, unknown> = {},
  ): Promise<T> {
    return (await this.#server.request('invoke', { object, operation, params })) as T;
  }

  async release(object: string): Promise<void> {
    this.#pipelines.delete(object);
    await this.#server.request('release', { object });
  }

  /** Releases the pipelines, closes the peers, the last one first, and forgets the events. */
  async clear(): Promise<void> {
    for (const pipeline of this.#pipelines) await this.release(pipeline);
    for (const peer of this.peers.splice(0).reverse()) await peer.close();
    this.events.length = 0;
  }

  status() {
    return this.#server.request('status', {});
  }

  eventsOf(object: string, type: string): Record<string, unknown>[] {
    return this.events.filter((e) => e.object === object && e.type === type).map(({ data }) => data);
  }

  async close(): Promise<void> {
    await this.#server.request('shutdown', {});
    this.#server.close();
  }
}
