import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GROWTH, ModuleCycles } from './cycles/module-cycles.js';
import { assertFlat, holdings } from './support/growth.js';
import { waitFor } from './support/wait.js';

const WARM = 5;
const ROUNDS = 10;

/** A hundred of each, one class after the other: `npm run cycles:modules`. */
test('elements of all modules come and go while media flows, and leave nothing behind', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, async (t) => {
  const cycles = await ModuleCycles.start();
  t.after(() => cycles.stop());
  assert.ok(cycles.classNames.length >= 11, `${cycles.classNames}`);
  for (let i = 0; i < WARM; i++) await cycles.round();
  const before = holdings(cycles.server);
  const { markers } = cycles.counter;
  for (let i = 0; i < ROUNDS; i++) await cycles.round();
  await waitFor('pictures', () => cycles.counter.markers > markers);
  const now = await assertFlat(cycles.server, before, GROWTH);
  t.diagnostic(JSON.stringify({ before, now }));
  assert.equal(cycles.counter.missing, 0, 'packets that the viewer lacks');
});
