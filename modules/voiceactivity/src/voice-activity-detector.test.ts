import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { runElement, until } from '@rivero/module/testing';
import module from './index.js';
import { joined, NOT_SPEECH, RATE, silence, speak, wavOf } from './test-support.js';

test('in the graph: who speaks is told, with the times; sound passes as it is', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-voice-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'talk.wav');
  const sentence = speak('Good morning everybody, shall we begin?');
  const tone = NOT_SPEECH['a tone of 440 Hz']!().subarray(0, RATE);
  // After the sentence there is no silence: nothing comes any more.
  // The source runs while the network is still loading.
  writeFileSync(path, wavOf(joined(silence(3), tone, silence(0.5), sentence, silence(0.2))));
  const begun = Date.now();
  const run = await runElement(module, 'VoiceActivityDetector', {
    source: `filesrc location=${path} blocksize=640 ! wavparse ! identity sync=true`,
  });
  try {
    await until(async () => (await run.sound()).samples.some((value) => Math.abs(value) > 500));
    const started = await run.event('SpeechStarted');
    const stopped = await run.event('SpeechStopped');
    const said: string[] = [];
    while (said.at(-1) !== 'silent') said.push(String((await run.data()).data));
    // When it begins, and at least once more while the sentence lasts.
    assert.ok(said.length > 2, `${said}`);
    assert.deepEqual(new Set(said.slice(0, -1)), new Set(['speaking']));
    assert.ok(Number(started.startMillis) > begun && Number(started.startMillis) < Date.now());
    assert.equal(stopped.startMillis, started.startMillis);
    const length = (1000 * sentence.length) / RATE;
    assert.ok(
      Math.abs(Number(stopped.durationMillis) - length) < 400,
      `${stopped.durationMillis} of ${length}`,
    );
    assert.equal(await run.get('speaking'), false);
    await assert.rejects(run.set('threshold', 1), { code: 40001 });
    assert.deepEqual(run.log, []);
  } finally {
    await run.close();
  }
});
