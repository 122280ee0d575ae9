import { isDeepStrictEqual } from 'node:util';
import type { Placeholders } from './placeholders.js';
import { type MediaShape, recordedShape, sdpShape } from './sdp-shape.js';
import { isObject, type Json } from './transcript.js';

export interface CompareOptions {
  /** Numbers are measurements: any will do. */
  measured?: boolean;
  /** Told of descriptions that the recording leaves out of the message. */
  onDescription?: (recorded: string, actual: string) => void;
}

/** Members whose values differ from run to run. */
const VARYING: Record<string, RegExp> = {
  timestampMillis: /^\d+$/,
  creationTime: /^\d+$/,
  binName: /./,
  connectionId: /./,
};

/**
 * Compares a value with a recorded one in shape: the same members, the same texts and numbers, lists in any
 * order, ids bound as they are met.
 * @returns where they differ, undefined when they do not; only then are placeholders bound
 */
export function difference(
  actual: unknown,
  recorded: unknown,
  placeholders: Placeholders,
  options: CompareOptions = {},
): string | undefined {
  const fork = placeholders.fork();
  const found = compare(actual, recorded, '', fork, options);
  if (found === undefined) placeholders.adopt(fork);
  return found;
}

function compare(
  actual: unknown,
  recorded: unknown,
  path: string,
  placeholders: Placeholders,
  options: CompareOptions,
): string | undefined {
  const differs = () =>
    `${path || 'value'} is ${show(actual)}, not ${show(placeholders.substitute(recorded))}`;
  const varying = VARYING[path.slice(path.lastIndexOf('.') + 1)];
  if (varying !== undefined && recorded !== undefined) {
    return typeof actual === typeof recorded && varying.test(String(actual)) ? undefined : differs();
  }
  if (typeof recorded === 'string') {
    if (typeof actual !== 'string') return differs();
    if (recorded.startsWith('v=0')) return compareDescriptions(sdpShape(actual), sdpShape(recorded), path);
    return recorded.startsWith('<')
      ? compareLeftOut(actual, recorded, path, options)
      : placeholders.matches(actual, recorded)
        ? undefined
        : differs();
  }
  if (typeof recorded === 'number' && options.measured === true && !/\.(id|code)$/.test(path)) {
    return typeof actual === 'number' ? undefined : differs();
  }
  if (Array.isArray(recorded)) {
    return Array.isArray(actual) && compareLists(actual, recorded, path, placeholders, options)
      ? undefined
      : differs();
  }
  if (isObject(recorded))
    return isObject(actual) ? compareMembers(actual, recorded, path, placeholders, options) : differs();
  return actual === recorded ? undefined : differs();
}

function compareMembers(
  actual: Json,
  recorded: Json,
  path: string,
  placeholders: Placeholders,
  options: CompareOptions,
): string | undefined {
  const left = new Map(Object.entries(actual));
  for (const [name, member] of Object.entries(recorded)) {
    const known = [...left.keys()].find((key) => key === placeholders.substitute(name));
    // Ids are member names in statistics.
    const key = known ?? (/-\d+$/.test(name) ? [...left.keys()].find((k) => k.includes('-')) : undefined);
    if (key === undefined) return `${path}.${name} is missing`;
    if (known === undefined) placeholders.matches(key, name);
    const found = compare(left.get(key), member, `${path}.${name}`, placeholders, options);
    if (found !== undefined) return found;
    left.delete(key);
  }
  const [more] = left.keys();
  return more === undefined
    ? undefined
    : `${path}.${more} is more than was recorded (${show(left.get(more))})`;
}

/** In any order: that of children, connections and the like is arbitrary. */
function compareLists(
  actual: readonly unknown[],
  recorded: readonly unknown[],
  path: string,
  placeholders: Placeholders,
  options: CompareOptions,
): boolean {
  if (actual.length !== recorded.length) return false;
  const left = [...actual];
  return recorded.every((item) => {
    const found = left.findIndex((candidate) => {
      const fork = placeholders.fork();
      if (compare(candidate, item, path, fork, options) !== undefined) return false;
      placeholders.adopt(fork);
      return true;
    });
    if (found >= 0) left.splice(found, 1);
    return found >= 0;
  });
}

/** Long texts are only named in the recording. */
function compareLeftOut(
  actual: string,
  recorded: string,
  path: string,
  options: CompareOptions,
): string | undefined {
  if (recorded.startsWith('<sdp')) {
    options.onDescription?.(recorded, actual);
    if (!actual.startsWith('v=0\r\n')) return `${path} is no session description: ${show(actual)}`;
    const shape = recordedShape(recorded);
    if (shape === undefined) return undefined;
    return compareDescriptions(sdpShape(actual), shape, path);
  }
  if (recorded.startsWith('<kmd text')) {
    return actual.startsWith('{') ? undefined : `${path} is no module description: ${show(actual)}`;
  }
  if (recorded.startsWith('<graphviz')) {
    return actual.startsWith('digraph') ? undefined : `${path} is no graph: ${show(actual)}`;
  }
  return actual === '' ? `${path} is empty` : undefined;
}

function compareDescriptions(actual: MediaShape[], recorded: MediaShape[], path: string): string | undefined {
  return isDeepStrictEqual(actual, recorded)
    ? undefined
    : `${path}: m-lines are ${show(actual)}, not ${show(recorded)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
