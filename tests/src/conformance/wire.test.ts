import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../support/server.js';
import { metDifferences, Replay } from './replay.js';
import { eventDifferences, requestDifferences } from './rules.js';
import { readTranscript, transcriptNames } from './transcript.js';

describe('recorded transcripts of the reference server', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ workers: 2 });
  });
  after(() => server.stop());

  for (const name of transcriptNames()) {
    test(name, async () => {
      const report = await new Replay(server.uri, readTranscript(name)).run();
      assert.deepEqual(report.failures, []);
      assert.ok(report.same > 0, report.summary);
    });
  }

  test('every documented difference is met', () => {
    const unmet = [...requestDifferences, ...eventDifferences].filter((known) => !metDifferences.has(known));
    assert.deepEqual(
      unmet.map(({ because }) => because),
      [],
    );
  });
});
