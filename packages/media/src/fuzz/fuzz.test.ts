import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fuzz, replay } from './fuzz.js';
import { guardView, surrounded } from './guard.js';
import type { FuzzTarget } from './target.js';
import { targets } from './targets.js';

const directory = mkdtempSync(join(tmpdir(), 'rivero-fuzz-'));
after(() => rmSync(directory, { recursive: true }));

describe('mutated inputs break no rule', () => {
  for (const target of targets) {
    test(target.name, async () => {
      const { inputs, finding } = await fuzz(target, { seed: 1, milliseconds: 60, directory });
      if (finding !== undefined) {
        const last = readFileSync(finding.path, 'utf8').trimEnd().split('\n').at(-1);
        throw new Error(`${target.name}, last input ${last}`, { cause: finding.error });
      }
      assert.ok(inputs > 0);
    });
  }
});

describe('the fuzzer itself', () => {
  /** Fails when an input follows that has a 7 after one that has a 5. */
  function broken(): FuzzTarget {
    return {
      name: 'broken',
      lifetime: 100,
      input: (random) => random.bytes(3),
      open() {
        let armed = false;
        return {
          take(input) {
            if (armed && input.includes(7)) throw new RangeError('found');
            armed ||= input.includes(5);
          },
        };
      },
    };
  }

  test('a broken rule is found, written down, and found again from the file', async () => {
    const { finding } = await fuzz(broken(), { seed: 3, milliseconds: 20_000, directory });
    assert.match(String(finding?.error), /found/);
    await assert.rejects(replay(broken(), finding!.path), /found/);
  });

  test('the same seed gives the same finding', async () => {
    const runs = [];
    for (let i = 0; i < 2; i++) {
      const { finding, inputs } = await fuzz(broken(), { seed: 4, milliseconds: 20_000, directory });
      runs.push([inputs, readFileSync(finding!.path, 'utf8')]);
    }
    assert.deepEqual(runs[0], runs[1]);
  });

  test('reads outside of the bytes are found', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const view = guardView(bytes, 10);
    assert.deepEqual([view[10], view[12]], [1, 3]);
    for (const index of [9, 13, -1, 0.5]) assert.throws(() => view[index], RangeError);
    assert.throws(() => surrounded(bytes, (data) => new Uint8Array(data.buffer, data.byteOffset, 4)[3]));
    assert.throws(() => surrounded(bytes, (data) => data.fill(0)), /writes/);
  });
});
