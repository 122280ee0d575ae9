import { randomUUID } from 'node:crypto';
import { api } from '@rivero/api';
import type { WorkerStatus } from '@rivero/channel';
import { consoleDirectory } from '@rivero/console';
import { ModuleSet } from '@rivero/module/loader';
import { Authenticator } from './auth/authenticator.js';
import type { Configuration } from './config/settings.js';
import { HlsDoor } from './doors/hls-door.js';
import { MediaDoors } from './doors/media-doors.js';
import { PostDoor } from './doors/post-door.js';
import { Admission } from './http/admission.js';
import { Listener } from './http/listener.js';
import { StaticFiles } from './http/static-files.js';
import { AddressRate } from './limits/address-rate.js';
import { type Logger, prettyWanted } from './log/logger.js';
import { Refusals } from './log/refusals.js';
import { ServerManager } from './manager/server-manager.js';
import { ObjectDirectory } from './objects/directory.js';
import { Kurento6Names } from './objects/kurento6-names.js';
import { ObjectService } from './objects/object-service.js';
import { authority } from './ready-text.js';
import { ClientConnection, type ConnectionOptions } from './rpc/client-connection.js';
import { ProtocolMethods } from './rpc/methods.js';
import { SessionCollector } from './sessions/collector.js';
import { Isolation } from './sessions/isolation.js';
import { CacheBudget } from './sessions/request-cache.js';
import { SessionStore } from './sessions/session-store.js';
import { version } from './version.js';
import { WorkerSupervisor } from './workers/supervisor.js';
import type { WorkerLauncher } from './workers/worker-process.js';

export interface ServerParts {
  configuration: Configuration;
  launch: WorkerLauncher;
  log: Logger;
  /** What `modules` of the configuration has loaded; none unless given. */
  modules?: ModuleSet;
  /** Folder of the pages; that of the console package unless given. */
  pages?: string;
}

/** The signaling plane: listener, sessions, object directory and the supervisor of the media workers. */
export class RiveroServer {
  readonly #configuration: Configuration;
  readonly #log: Logger;
  readonly #directory = new ObjectDirectory();
  readonly #sessions: SessionStore;
  readonly #supervisor: WorkerSupervisor;
  readonly #collector: SessionCollector;
  readonly #authenticator: Authenticator;
  readonly #listener: Listener;
  readonly #doors: MediaDoors | undefined;
  readonly #postDoor: PostDoor;
  readonly #hlsDoor: HlsDoor;
  readonly #started = Date.now();
  #port = 0;

  constructor({
    configuration,
    launch,
    log,
    modules = new ModuleSet(api, [], []),
    pages = consoleDirectory,
  }: ServerParts) {
    this.#configuration = configuration;
    this.#log = log;
    const { limits, supervision } = configuration;
    const refusals = new Refusals(log);

    const isolation = new Isolation(configuration.sessions.isolation);
    this.#authenticator = new Authenticator(configuration.auth, isolation.mode === 'subject', log);
    this.#sessions = new SessionStore(limits.sessions, isolation);
    const objects = new ObjectService(
      this.#directory,
      this.#sessions,
      (chosen) => this.#supervisor.place(chosen),
      limits,
      Date.now,
      new Kurento6Names(modules.api, configuration.compatibility.kurento6),
      modules.api,
    );
    this.#supervisor = new WorkerSupervisor(
      {
        workers: configuration.workers,
        launch,
        configuration: {
          logLevel: configuration.log.level,
          logPretty: prettyWanted(configuration.log.format, process.stderr),
          modules: modules.urls,
          media: configuration.media,
        },
        probeMillis: supervision.probeSeconds * 1000,
        timeoutMillis: supervision.timeoutSeconds * 1000,
        startMillis: supervision.startSeconds * 1000,
        waitMillis: supervision.waitSeconds * 1000,
        log,
      },
      {
        objectEvent: (event) => objects.objectEvent(event),
        workerEnded: (worker) => {
          objects.workerEnded(worker);
          this.#doors?.sweep();
          this.#hlsDoor.sweep();
        },
      },
    );
    objects.setManager(
      new ServerManager({
        api: modules.api,
        directory: this.#directory,
        sessions: this.#sessions,
        version,
        figures: () => this.#figures(),
      }),
    );
    this.#collector = new SessionCollector(
      this.#sessions,
      objects,
      configuration.sessions.collectAfter * 1000,
      log,
    );

    const connectionOptions: ConnectionOptions = {
      methods: new ProtocolMethods(randomUUID(), this.#sessions, objects, (err, method) => {
        log.error({ err, method }, 'A request failed inside the server');
      }),
      sessions: this.#sessions,
      cacheBudget: new CacheBudget(configuration.requestCache),
      requestRate: { perSecond: limits.requestsPerSecond, burst: limits.requestBurst },
      maxPendingRequests: limits.pendingRequests,
      maxOutboundBytes: limits.outboundBytes,
      log,
      refusals,
    };
    const admission = new Admission({
      origins: configuration.origins,
      connectionRate: new AddressRate({
        perSecond: limits.connectionsPerSecond,
        burst: limits.connectionBurst,
      }),
      authenticator: this.#authenticator,
    });
    if (configuration.doors.whip) {
      this.#doors = new MediaDoors({
        objects,
        sessions: this.#sessions,
        admission,
        maxSdpBytes: configuration.media.maxSdpBytes,
        log,
        refusals,
      });
    }
    this.#postDoor = new PostDoor({
      isOpen: configuration.doors.post,
      baseUrl: () => configuration.doors.publicUrl || this.pageUrl,
      admission,
      log,
      refusals,
    });
    objects.setUrls('getUrl', this.#postDoor);
    this.#hlsDoor = new HlsDoor({
      isOpen: configuration.doors.hls,
      objects,
      sessions: this.#sessions,
      admission,
      baseUrl: () => configuration.doors.publicUrl || this.pageUrl,
      maxRequests: limits.connections,
      log,
      refusals,
    });
    objects.setUrls('getLiveUrl', this.#hlsDoor);
    this.#listener = new Listener(
      {
        host: configuration.host,
        port: configuration.port,
        path: configuration.path,
        admission,
        closeExpired: configuration.auth.closeExpired,
        tls: configuration.tls,
        maxMessageBytes: limits.messageBytes,
        maxConnections: limits.connections,
        staticFiles: new StaticFiles(pages),
        doors: this.#doors,
        hlsDoor: this.#hlsDoor,
        postDoor: configuration.doors.post ? this.#postDoor : undefined,
        health: () => this.#health(),
        log,
        refusals,
      },
      (transport, principal) => new ClientConnection(transport, principal, connectionOptions),
    );
  }

  /** Starts the workers and listens. Rejects when the port cannot be had or no worker starts. */
  async start(): Promise<void> {
    // The port first: a second server on the same machine is told at once.
    this.#port = await this.#listener.listen();
    try {
      await this.#supervisor.start();
    } catch (error) {
      await this.#listener.close();
      throw error;
    }
    this.#collector.start();
    this.#log.info({ url: this.url, workers: this.#supervisor.ready.length, version }, 'Rivero is ready');
  }

  /** The TCP port in use. */
  get port(): number {
    return this.#port;
  }

  /** URL of the protocol. */
  get url(): string {
    return `${this.#listener.secure ? 'wss' : 'ws'}://${this.#authority}${this.#configuration.path}`;
  }

  /** URL of the test page. */
  get pageUrl(): string {
    return `${this.#listener.secure ? 'https' : 'http'}://${this.#authority}/`;
  }

  /** Whether clients need a token. */
  get tokenRequired(): boolean {
    return this.#authenticator.required;
  }

  /** Process ids of the media workers that are ready. */
  get workerPids(): number[] {
    return this.#supervisor.ready.flatMap(({ process: { pid } }) => (pid === undefined ? [] : [pid]));
  }

  /** Figures of the media workers that answer. */
  workerStatus(): Promise<WorkerStatus[]> {
    return this.#supervisor.status();
  }

  /** Closes all connections with 1001 and ends the workers. */
  async stop(): Promise<void> {
    this.#collector.stop();
    this.#authenticator.close();
    this.#doors?.close();
    this.#hlsDoor.close();
    this.#postDoor.close();
    this.#supervisor.prepareToStop();
    await this.#listener.close();
    await this.#supervisor.stop();
  }

  /** Ends the workers by force. */
  kill(): void {
    this.#supervisor.killAll();
  }

  get #authority(): string {
    return authority(this.#configuration.host, this.#port);
  }

  #health(): Record<string, unknown> {
    const ready = this.#supervisor.ready.length;
    return {
      status: ready > 0 ? 'ok' : 'degraded',
      version,
      uptimeSeconds: Math.floor((Date.now() - this.#started) / 1000),
      workers: { ready, total: this.#supervisor.total },
      connections: this.#listener.connections,
      sessions: this.#sessions.size,
      objects: this.#directory.size,
    };
  }

  async #figures(): Promise<{ cpuMicros: number; rssBytes: number }> {
    const { user, system } = process.cpuUsage();
    let cpuMicros = user + system;
    let rssBytes = process.memoryUsage.rss();
    for (const status of await this.#supervisor.status()) {
      cpuMicros += status.cpuMicros;
      rssBytes += status.rssBytes;
    }
    return { cpuMicros, rssBytes };
  }
}
