import { compareNames } from './value-codec.js';

/**
 * JSON text with the members of every object sorted by name, as Kurento writes it. Otherwise like
 * JSON.stringify: members that are undefined are left out, numbers that are not finite become null.
 */
export function stableStringify(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeList(value) : writeObject(value as Record<string, unknown>);
    default:
      return 'null';
  }
}

function writeList(list: readonly unknown[]): string {
  let text = '[';
  for (let index = 0; index < list.length; index++) {
    if (index > 0) text += ',';
    text += stableStringify(list[index]);
  }
  return `${text}]`;
}

function writeObject(object: Record<string, unknown>): string {
  let text = '';
  for (const name of sortedNames(object)) {
    const member = object[name];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${stableStringify(member)}`;
  }
  return `{${text}}`;
}

/** Most objects are written in order already; looking is cheaper than sorting. */
function sortedNames(object: object): string[] {
  const names = Object.keys(object);
  for (let index = 1; index < names.length; index++) {
    if ((names[index - 1] as string) > (names[index] as string)) return names.sort(compareNames);
  }
  return names;
}
