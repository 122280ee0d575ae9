import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiRegistry, descriptorNotFound, KurentoError, stableStringify } from '@rivero/api';
import { MANAGER_ID, type ObjectDirectory } from '../objects/directory.js';
import type { Manager, Outcome } from '../objects/object-service.js';
import type { Session } from '../sessions/session.js';
import type { SessionStore } from '../sessions/session-store.js';

/** CPU time and memory of all processes of the server together. */
export interface ProcessFigures {
  /** User and system time so far, in microseconds. */
  cpuMicros: number;
  rssBytes: number;
}

export interface ServerManagerOptions {
  /** Kurento's API and that of the modules. */
  api: ApiRegistry;
  directory: ObjectDirectory;
  sessions: SessionStore;
  /** The version that `info` names. */
  version: string;
  figures: () => Promise<ProcessFigures>;
  now?: () => number;
}

/** The longest interval that getUsedCpu measures, in milliseconds. */
const LONGEST_INTERVAL = 60_000;

const WRITES: ReadonlySet<string> = new Set(['setName', 'setSendTagsInEvents', 'addTag', 'removeTag']);

type Params = Record<string, unknown>;

/** The object `manager_ServerManager`, the only one that lives in the signaling plane. */
export class ServerManager implements Manager {
  readonly #options: ServerManagerOptions;
  readonly #creationTime: number;
  readonly #tags = new Map<string, string>();
  readonly #operations: Readonly<Record<string, (params: Params, session: Session) => unknown>>;
  readonly #descriptors = new Map<string, string>();
  #name = MANAGER_ID;
  #sendTagsInEvents = false;

  constructor(options: ServerManagerOptions) {
    this.#options = options;
    this.#creationTime = Math.floor((options.now ?? Date.now)() / 1000);
    const { directory, sessions } = options;
    this.#operations = {
      getInfo: () => this.#info(),
      getPipelines: (_params, { realm }) => idsIn(realm, directory.pipelines),
      getSessions: (_params, { realm }) => idsIn(realm, sessions.known()),
      getMetadata: () => '',
      getKmd: ({ moduleName }) => this.#descriptor(moduleName as string),
      getCpuCount: () => availableParallelism(),
      getUsedCpu: ({ interval }) => this.#usedCpu(interval as number),
      getUsedMemory: async () => Math.round((await options.figures()).rssBytes / 1024),

      getId: () => MANAGER_ID,
      getMediaPipeline: () => null,
      getParent: () => null,
      getChildren: () => [],
      getCreationTime: () => this.#creationTime,
      getName: () => this.#name,
      setName: ({ name }) => {
        this.#name = name === '' ? MANAGER_ID : (name as string);
      },
      getSendTagsInEvents: () => this.#sendTagsInEvents,
      setSendTagsInEvents: ({ sendTagsInEvents }) => {
        this.#sendTagsInEvents = sendTagsInEvents as boolean;
      },
      addTag: ({ key, value }) => void this.#tags.set(key as string, value as string),
      removeTag: ({ key }) => void this.#tags.delete(key as string),
      getTag: ({ key }) => this.#tag(key as string),
      getTags: () => this.#tagList(),
    };
  }

  invoke(operation: string, params: Params, session: Session, outcome: Outcome): void {
    const run = this.#operations[operation];
    if (run === undefined) {
      outcome(new KurentoError('NOT_IMPLEMENTED', `ServerManager.${operation} is not implemented`));
      return;
    }
    // All see this one object, so what one writes would reach the others.
    if (WRITES.has(operation) && this.#options.sessions.isolation.enabled) {
      const message = `ServerManager.${operation} is not available while sessions are isolated`;
      outcome(new KurentoError('MEDIA_OBJECT_OPERATION_NOT_SUPPORTED', message));
      return;
    }
    const value = run(params, session);
    if (value instanceof Promise) {
      value.then(
        (settled: unknown) => outcome(undefined, settled),
        (error: unknown) => outcome(KurentoError.from(error)),
      );
    } else outcome(undefined, value);
  }

  eventTags(): { key: string; value: string }[] {
    return this.#sendTagsInEvents ? this.#tagList() : [];
  }

  #tagList(): { key: string; value: string }[] {
    return Array.from(this.#tags, ([key, value]) => ({ key, value }));
  }

  #tag(key: string): string {
    const value = this.#tags.get(key);
    if (value === undefined) throw new KurentoError('MEDIA_OBJECT_TAG_KEY_NOT_FOUND', 'Tag key not found');
    return value;
  }

  #descriptor(moduleName: string): string {
    let text = this.#descriptors.get(moduleName);
    if (text === undefined) {
      const kmd = this.#options.api.kmd(moduleName);
      if (kmd === undefined) throw descriptorNotFound();
      text = stableStringify(kmd);
      this.#descriptors.set(moduleName, text);
    }
    return text;
  }

  #info(): Params {
    return {
      version: this.#options.version,
      type: 'KMS',
      capabilities: ['transactions'],
      modules: this.#options.api.moduleSummaries().map(({ name, version, factories }) => ({
        name,
        version,
        factories,
        generationTime: '',
      })),
    };
  }

  /** Percentage of all cores that the server and its workers used during the next `interval` milliseconds. */
  async #usedCpu(interval: number): Promise<number> {
    const millis = Math.min(Math.max(interval, 1), LONGEST_INTERVAL);
    const begin = performance.now();
    const before = await this.#options.figures();
    await delay(millis, undefined, { ref: false });
    const after = await this.#options.figures();
    const elapsedMicros = (performance.now() - begin) * 1000;
    // A worker that was replaced in between makes the difference negative.
    const used = Math.max(0, after.cpuMicros - before.cpuMicros);
    return Math.min(100, (used / elapsedMicros / availableParallelism()) * 100);
  }
}

function idsIn(realm: string, items: Iterable<{ id: string; realm: string | undefined }>): string[] {
  const ids: string[] = [];
  for (const item of items) if (item.realm === realm) ids.push(item.id);
  return ids;
}
