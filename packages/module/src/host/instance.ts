import { KurentoError } from '@rivero/api';
import type { ElementContext } from '../context.js';
import { importFile } from '../import-file.js';
import { type CarriedData, carriedData, carriedSize, dataOf } from './carried-data.js';
import { type ElementStart, type ElementTells, TAGS_CHANGED, type Tags } from './element-start.js';
import { UriAccess, UriForbiddenError } from './uri-access.js';

type Tell = <K extends keyof ElementTells>(type: K, data: ElementTells[K]) => void;
type Implementation = Record<string, unknown>;
/** What an element may send in a second; also what ends a ring of elements that answer each other. */
const MAX_MESSAGES = 1000;
const MAX_BYTES = 8_000_000;
/** An event, a line of log, or what is kept at a time, characters of JSON: all of it goes through the process that serves all calls. */
const MAX_TOLD = 1_000_000;
/** An implementation's class, as it is when nothing is known about it. */
export type ImplementationClass = new (context: ElementContext) => object;

/**
 * Loads the class that a file default-exports.
 * @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE, with the reason
 */
export async function loadImplementation({
  url,
  className,
}: Pick<ElementStart, 'url' | 'className'>): Promise<ImplementationClass> {
  let exported: { readonly default?: unknown };
  try {
    exported = await importFile(url);
  } catch (error) {
    throw new KurentoError(
      'MEDIA_OBJECT_NOT_AVAILABLE',
      `The implementation of ${className} can't be loaded: ${messageOf(error)}`,
    );
  }
  if (typeof exported.default !== 'function') {
    throw new KurentoError(
      'MEDIA_OBJECT_NOT_AVAILABLE',
      `The implementation of ${className} does not default-export a class`,
    );
  }
  return exported.default as ImplementationClass;
}

/** One instance of an implementation, behind a wall: only what is declared goes in and out, and every error is a coded one. */
export class Instance<T extends object = object> {
  /** The instance itself, for what its kind does with it. */
  readonly object: T;
  readonly #start: ElementStart;
  readonly #tell: Tell;
  #closed = false;
  readonly #tags: Map<string, string>;
  /** Messages sent, and their bytes, in the second that began then (ms). */
  readonly #sent = { since: Number.NEGATIVE_INFINITY, messages: 0, bytes: 0 };
  /** The same of events, lines of log and what is kept. */
  readonly #told = { since: Number.NEGATIVE_INFINITY, characters: 0 };

  /**
   * Makes the instance and gives it its properties.
   * @param more what the kind adds to the context
   * @throws KurentoError what the constructor threw, or MEDIA_OBJECT_NOT_AVAILABLE where a declared method is missing
   */
  constructor(Class: ImplementationClass, start: ElementStart, id: string, tell: Tell, more: object = {}) {
    this.#start = start;
    this.#tell = tell;
    this.#tags = new Map(start.tags);
    const log =
      (level: ElementTells['log']['level']) =>
      (message: string, data: Record<string, unknown> = {}): void => {
        if (this.#mayTell('a line of log', { message, data })) tell('log', { level, message, data });
      };
    const access = new UriAccess(start.access);
    const allowed = async <R>(check: Promise<R>): Promise<R | undefined> => {
      try {
        return await check;
      } catch (error) {
        if (!(error instanceof UriForbiddenError)) throw error;
        if (!this.#closed) tell('refused', { message: error.message });
        return undefined;
      }
    };
    const context: ElementContext = {
      ...more,
      id,
      params: start.params,
      kept: start.kept,
      tags: this.#tags,
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      emit: (name, data) => {
        if (!start.events.includes(name)) throw new Error(`${start.className} declares no event '${name}'`);
        if (!this.#closed && this.#mayTell('an event', data)) tell('event', { name, data });
      },
      sendData: (data, label) => {
        const message = carriedData(data, label);
        if (this.#closed || !this.#maySend(carriedSize(message))) return false;
        tell('data', message);
        return true;
      },
      keep: (values) => {
        // What was dropped would be missed after a restart.
        if (!this.#mayTell('what is kept', values))
          throw new RangeError(`more than ${MAX_BYTES} characters a second`);
        tell('keep', { values });
      },
      openable: (uri) => allowed(access.checkPathOrUri(uri)),
      reachable: async (url) => (await allowed(access.checkHost(url).then(() => true))) ?? false,
    };
    try {
      this.object = new Class(context) as T;
      for (const name of start.methods) {
        if (typeof this.#members[name] !== 'function') {
          throw new KurentoError(
            'MEDIA_OBJECT_NOT_AVAILABLE',
            `The implementation of ${start.className} has no method '${name}', which is declared`,
          );
        }
      }
      for (const [name, value] of Object.entries(start.properties)) this.#members[name] = value;
    } catch (error) {
      throw this.coded(error, 'constructor');
    }
  }

  get #members(): Implementation {
    return this.object as Implementation;
  }

  /** Calls a declared method. Rejects with a KurentoError. */
  async call(name: string, params: Record<string, unknown>): Promise<unknown> {
    if (name === TAGS_CHANGED) return this.#setTags(params.tags as Tags);
    if (!this.#start.methods.includes(name)) {
      throw new KurentoError('MEDIA_OBJECT_METHOD_NOT_FOUND', `Method '${name}' not found`);
    }
    try {
      const method = this.#members[name] as (params: unknown) => unknown;
      return (await this.#inTime(name, method.call(this.object, params))) ?? null;
    } catch (error) {
      throw this.coded(error, name);
    }
  }

  #setTags(tags: Tags): null {
    this.#tags.clear();
    for (const [key, value] of tags) this.#tags.set(key, value);
    return null;
  }

  /** Reads a declared property. Rejects with a KurentoError. */
  async get(name: string): Promise<unknown> {
    if (!this.#start.readable.includes(name)) {
      throw new KurentoError('MEDIA_OBJECT_METHOD_NOT_FOUND', `Property '${name}' not found`);
    }
    try {
      return (await this.#inTime(name, this.#members[name])) ?? null;
    } catch (error) {
      throw this.coded(error, name);
    }
  }

  /** Gives a promise up after the limit. Threads of processors have a limit of their own, which ends them. */
  #inTime(name: string, result: unknown): unknown {
    const { className, kind, timeoutMs } = this.#start;
    if (kind !== 'gstreamerBin') return result;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const message = `${className}.${name} has not answered within ${timeoutMs} ms`;
        reject(new KurentoError('UNEXPECTED_ERROR', message));
      }, timeoutMs);
      Promise.resolve(result)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  /** Writes a declared property. Rejects with a KurentoError. */
  async set(name: string, value: unknown): Promise<null> {
    if (!this.#start.writable.includes(name)) {
      throw new KurentoError('MEDIA_OBJECT_METHOD_NOT_FOUND', `Property '${name}' not found`);
    }
    try {
      this.#members[name] = value;
      return null;
    } catch (error) {
      throw this.coded(error, name);
    }
  }

  get takesData(): boolean {
    return typeof this.#members.onData === 'function';
  }

  /** Hands over a message. Rejects with what `onData` throws, as it is. */
  async data(message: CarriedData): Promise<void> {
    await (this.#members.onData as (message: unknown) => unknown).call(this.object, dataOf(message));
  }

  #maySend(bytes: number): boolean {
    const now = performance.now();
    const sent = this.#sent;
    if (now - sent.since >= 1000) Object.assign(sent, { since: now, messages: 0, bytes: 0 });
    sent.messages++;
    sent.bytes += bytes;
    return sent.messages <= MAX_MESSAGES && sent.bytes <= MAX_BYTES;
  }

  /** @throws RangeError for what is too large by itself */
  #mayTell(what: string, data: unknown): boolean {
    const length = lengthOf(data);
    if (length > MAX_TOLD) throw new RangeError(`${what} has ${length} characters, of ${MAX_TOLD} at most`);
    const now = performance.now();
    const told = this.#told;
    if (now - told.since >= 1000) Object.assign(told, { since: now, characters: 0 });
    told.characters += length;
    return told.characters <= MAX_BYTES;
  }

  /** Runs what the kind calls of the instance. @throws KurentoError */
  run<R>(what: string, action: (object: T) => R): R {
    try {
      return action(this.object);
    } catch (error) {
      throw this.coded(error, what);
    }
  }

  /** What the implementation has thrown, as the client gets it; a mistake of the module's is logged with its stack. */
  coded(error: unknown, where: string): KurentoError {
    const expected = expectedError(error);
    if (expected !== undefined) return expected;
    const { className } = this.#start;
    const message = `${className}.${where} failed: ${messageOf(error)}`;
    const stack = error instanceof Error ? { stack: error.stack } : {};
    this.#tell('log', { level: 'error', message, data: stack });
    return new KurentoError('UNEXPECTED_ERROR', message);
  }

  /** Lets the instance close itself. Never rejects. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await (this.#members.close as (() => unknown) | undefined)?.call(this.object);
    } catch (error) {
      this.coded(error, 'close');
    }
  }
}

/** A coded error, also one of another copy of our classes: a module may bring its own. */
function expectedError(error: unknown): KurentoError | undefined {
  if (error instanceof KurentoError) return error;
  if (!(error instanceof Error) || !['KurentoError', 'ModuleError'].includes(error.name)) return undefined;
  const { code, type } = error as Error & { code?: unknown; type?: unknown };
  if (typeof code !== 'number' || typeof type !== 'string') return undefined;
  return new KurentoError(type as KurentoError['type'], error.message, { code });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Characters of JSON; 0 for what has none, such as cycles. */
function lengthOf(data: unknown): number {
  try {
    return JSON.stringify(data)?.length ?? 0;
  } catch {
    return 0;
  }
}
