import assert from 'node:assert/strict';
import test from 'node:test';
import { runElement, until } from '@rivero/module/testing';
import module from './index.js';

/** White on the left, black on the right. */
const HALVES = 'videotestsrc is-live=true pattern=checkers-8 ! video/x-raw,width=64,height=48,framerate=30/1';

test('edges are shown, or grey', async () => {
  const run = await runElement(module, 'GStreamerExample', { source: HALVES });
  try {
    const { width, height, at } = await run.picture();
    assert.deepEqual([width, height], [64, 48]);
    assert.ok(
      at(4, 4).every((value) => value < 40),
      `no edge: ${at(4, 4)}`,
    );
    assert.ok(
      [6, 7, 8, 9].some((x) => at(x, 4)[1] > 150),
      'an edge',
    );
    await run.call('setFilterType', { filterType: 1 });
    await until(async () => {
      const [red, green, blue] = (await run.picture()).at(12, 4);
      return Math.max(red, green, blue) - Math.min(red, green, blue) < 20 && red > 30;
    });
    await assert.rejects(run.call('setFilterType', { filterType: 2 }), { code: 40001 });
    await assert.rejects(run.call('setEdgeThreshold', { edgeValue: 'high' }), { code: 40001 });
    assert.deepEqual(run.log, []);
  } finally {
    await run.close();
  }
});
