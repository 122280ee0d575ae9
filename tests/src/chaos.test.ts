import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { runChaos } from './chaos/setting.js';

test('hundreds of random changes to pipelines in which media flows: nothing ends, hangs or is left behind', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-chaos-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  // Others: npm run chaos.
  const { answers, events, faults } = await runChaos(folder, { seed: 2, steps: 400 });
  assert.deepEqual(faults, []);
  assert.ok((answers.get(0) ?? 0) > 300, 'most of it is done');
  assert.ok((events.get('EndOfStream') ?? 0) > 0, 'media flows');
});
