import { randomUUID } from 'node:crypto';

const ids = new WeakMap<object, string>();

/** A UUID for what a record is about: the same each time as long as it lives. */
export function stableId(subject: object): string {
  let id = ids.get(subject);
  if (id === undefined) {
    id = randomUUID();
    ids.set(subject, id);
  }
  return id;
}
