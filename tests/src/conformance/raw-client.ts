import { once } from 'node:events';
import { WebSocket } from 'ws';
import { TestClient } from '../../../packages/server/dist/test-support/test-client.js';
import { isObject } from './transcript.js';

export type { Answer, EventValue } from '../../../packages/server/dist/test-support/test-client.js';

/** A client that also looks at the order of members. */
export class RawClient extends TestClient {
  /** Members that were not in the order of their names. */
  readonly unsorted: string[] = [];

  static override async open(url: string): Promise<RawClient> {
    const client = new RawClient(new WebSocket(url));
    await once(client.socket, 'open');
    return client;
  }

  protected override check(message: unknown): void {
    if (this.unsorted.length < 10) collectUnsorted(message, '', this.unsorted);
  }
}

function collectUnsorted(value: unknown, path: string, found: string[]): void {
  if (Array.isArray(value)) for (const item of value) collectUnsorted(item, path, found);
  if (!isObject(value)) return;
  const names = Object.keys(value);
  if (names.some((name, index) => index > 0 && names[index - 1]! > name)) found.push(`${path}: ${names}`);
  for (const name of names) collectUnsorted(value[name], `${path}.${name}`, found);
}
