import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { Killing, TARGETS } from './kills/kill.js';
import { MAX_LOST_SECONDS, PHASES } from './kills/phases.js';

describe('kill -9 while media is processed', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-kills-'));
  let killing: Killing;
  before(async () => {
    killing = await Killing.start(folder);
  });
  after(async () => {
    await killing?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const target of TARGETS) {
    test(`of the ${target}, in every phase: recordings end less than a second before, others go on, everybody is told, nothing is left`, async (t) => {
      const lost = await killing.run(target, Object.keys(PHASES));
      t.diagnostic(JSON.stringify(lost));
      for (const [phase, seconds] of Object.entries(lost))
        assert.ok(seconds < MAX_LOST_SECONDS, `${phase}: ${seconds} s lost`);
    });
  }
});
