import assert from 'node:assert/strict';
import { childrenOf, openFiles, residentMemory, threadsOf } from './process.js';
import type { TestServer } from './server.js';
import { waitFor } from './wait.js';

/** What a process holds. */
export interface Holdings {
  readonly threads: number;
  readonly files: number;
  readonly megabytes: number;
}

/** What the server's one media worker holds, and its graph processes. */
export function holdings(server: TestServer): Holdings[] {
  const [worker] = server.workers;
  return [worker!, ...childrenOf(worker!)].map((pid) => ({
    threads: threadsOf(pid),
    files: openFiles(pid),
    megabytes: residentMemory(pid) / 2 ** 20,
  }));
}

/**
 * Waits for what was used to be given back, and asserts that the same processes hold no more than before.
 * @param megabytes that each of them may have grown by, or the worker and a graph process
 */
export async function assertFlat(
  server: TestServer,
  before: readonly Holdings[],
  megabytes: number | readonly [worker: number, graph: number] = 30,
): Promise<Holdings[]> {
  const isFlat = ({ threads, files }: Holdings, i: number): boolean =>
    threads <= before[i]!.threads + 4 && files <= before[i]!.files + 10;
  await waitFor(`what was used to be given back: ${JSON.stringify(before)}`, () => {
    const now = holdings(server);
    return (now.length === before.length && now.every(isFlat)) || undefined;
  }).catch(() => {});
  const now = holdings(server);
  const text = JSON.stringify({ before, now });
  assert.equal(now.length, before.length, text);
  for (const [i, each] of now.entries()) {
    assert.ok(each.threads <= before[i]!.threads + 4, `threads: ${text}`);
    assert.ok(each.files <= before[i]!.files + 10, `files: ${text}`);
    const growth = typeof megabytes === 'number' ? megabytes : megabytes[i === 0 ? 0 : 1];
    assert.ok(each.megabytes <= before[i]!.megabytes + growth, `memory: ${text}`);
  }
  return now;
}
