import type { Json } from './transcript.js';

/** As far as it is used here, untyped as it is. */
export interface OfficialObject {
  readonly id: string;
  create(type: string, params?: Json): Promise<OfficialObject>;
  release(): Promise<void>;
  on(event: string, listener: (event: Json) => void): void;
}

export type Operation = (...params: unknown[]) => Promise<unknown>;
export type Callback = (error: unknown, value: unknown) => void;

/** What a client is waited for, in milliseconds. */
const PATIENCE = 10_000;

/** A method of the client. Its errors come through the callback only: the promise of the client swallows them. */
export function operation(object: OfficialObject, name: string): Operation | undefined {
  const method = (object as unknown as Record<string, unknown>)[name];
  if (typeof method !== 'function') return undefined;
  return (...params) =>
    within(
      name,
      new Promise((resolve, reject) => {
        const callback: Callback = (error, value) => (error ? reject(error) : resolve(value));
        Promise.resolve(method.call(object, ...params, callback)).catch(reject);
      }),
    );
}

/** A client that has lost its connection never settles what is waited for. */
export async function within<T>(what: string, awaited: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${PATIENCE} ms for ${what}`)), PATIENCE);
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Getters and setters that a client's class has, inherited ones included. */
export function accessors(object: OfficialObject): string[] {
  const names = new Set<string>();
  for (let proto = Object.getPrototypeOf(object); proto !== null; proto = Object.getPrototypeOf(proto)) {
    for (const name of Object.getOwnPropertyNames(proto)) {
      if (/^(get|set)[A-Z]/.test(name) && !/^[gs]etMaxListeners$/.test(name)) names.add(name);
    }
  }
  return [...names];
}

export function getterName(property: string): string {
  return `get${property[0]!.toUpperCase()}${property.slice(1)}`;
}

export function setterName(property: string): string {
  return `set${property[0]!.toUpperCase()}${property.slice(1)}`;
}

/** What travelled: objects as ids, values without type hints. */
export function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if ('release' in value && 'id' in value) return value.id;
  const members: Json = {};
  for (const [name, member] of Object.entries(value)) {
    if (name !== '__module__' && name !== '__type__' && member !== undefined) members[name] = plain(member);
  }
  return members;
}

/** Whether a value can be what a method returns. */
export function fits(type: string | undefined, value: unknown): boolean {
  if (type === undefined) return value === null || value === undefined;
  if (type.endsWith('[]')) return Array.isArray(value);
  if (type.endsWith('<>')) return value === null || (typeof value === 'object' && !Array.isArray(value));
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'String') return typeof value === 'string';
  return typeof value === 'number';
}

export async function codeOf(answer: Promise<unknown>): Promise<number | undefined> {
  try {
    await answer;
    return undefined;
  } catch (error) {
    return errorCode(error) ?? -1;
  }
}

/** The code of an error of the protocol; one in Kurento's range has a type as well. */
export function errorCode(error: unknown): number | undefined {
  const { code, data } = error as { code?: unknown; data?: { type?: unknown } };
  return typeof code === 'number' && code >= 40_000 && typeof data?.type === 'string' ? code : undefined;
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}
