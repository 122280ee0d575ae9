import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GstBin } from './bin.js';
import { GstElement } from './element.js';
import { GstPipeline } from './pipeline.js';
import { TestPipeline, until } from './test-support/running-pipeline.js';

test('a pipeline plays to its end and tells of it', async (context) => {
  const run = new TestPipeline(context, 'videotestsrc num-buffers=10 ! fakesink name=sink sync=false');
  assert.equal(await run.pipeline.setState('playing'), 'async');
  const end = await run.message('eos');
  assert.equal(end.source, run.pipeline);
  assert.deepEqual(run.pipeline.getState(), { current: 'playing', pending: undefined });
  const states = run.messages.filter((each) => each.type === 'state-changed' && each.source === run.pipeline);
  assert.deepEqual(
    states.map((each) => each.type === 'state-changed' && each.to),
    ['ready', 'paused', 'playing'],
  );
  await run.pipeline.setState('null');
  assert.deepEqual(run.pipeline.getState(), { current: 'null', pending: undefined });
});

test('an error says where it was, of which domain and why', async (context) => {
  const run = new TestPipeline(context, 'filesrc location=/no/such/file name=source ! fakesink');
  await assert.rejects(run.pipeline.setState('playing'), { code: 'STATE_CHANGE_FAILED' });
  const error = await run.message('error');
  assert.equal(error.domain, 'resource');
  assert.equal(error.reason, 'not-found');
  assert.equal(error.code, 3);
  assert.equal(error.source, run.element('source'));
  assert.match(error.path, /^\/GstPipeline:pipeline\d+\/GstBin:bin\d+\/GstFileSrc:source$/);
  assert.match(error.message, /not found/i);
});

test('errors of what is being stopped are left out', async (context) => {
  const run = new TestPipeline(context, 'videotestsrc is-live=true ! fakesink');
  // The bin is on its way to null, and keeps its flag: what its child posts then is not announced.
  const quiet = GstElement.make('filesrc', { location: '/no/such/file' });
  run.bin.add(quiet);
  await run.bin.setState('null');
  await assert.rejects(quiet.setState('playing'), { code: 'STATE_CHANGE_FAILED' });
  const loud = GstElement.make('filesrc', { location: '/no/such/file' });
  run.pipeline.add(loud);
  await assert.rejects(loud.setState('playing'), { code: 'STATE_CHANGE_FAILED' });
  const error = await run.message('error');
  assert.equal(error.source, loud);
});

test('position, duration and seeking', async (context) => {
  const run = new TestPipeline(
    context,
    'audiotestsrc is-live=false num-buffers=400 samplesperbuffer=480 ! audio/x-raw,rate=48000 ! fakesink name=sink sync=true',
  );
  await run.pipeline.setState('paused');
  await run.message('async-done');
  assert.equal(await run.pipeline.queryPosition(), 0);
  assert.equal(await run.pipeline.querySeekable(), true);
  await run.pipeline.seek(2_000_000_000);
  await until(async () => (await run.pipeline.queryPosition()) === 2_000_000_000);
  assert.deepEqual(await run.pipeline.queryLatency(), { live: true, minimum: 0, maximum: undefined });
});

test('what can not be seeked says so, and nonsense is refused', async (context) => {
  const run = new TestPipeline(context, 'appsrc ! fakesink');
  await run.pipeline.setState('playing');
  await assert.rejects(run.pipeline.seek(0), { code: 'SEEK_FAILED' });
  await assert.rejects(run.pipeline.seek(-5), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(run.pipeline.seek(0, { rate: 0 }), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(run.pipeline.seek(0, { flags: 'backwards' }), { code: 'INVALID_ARGUMENT' });
  // @ts-expect-error there is no such state
  await assert.rejects(run.pipeline.setState('dancing'), { code: 'INVALID_ARGUMENT' });
  assert.equal(await run.pipeline.queryDuration(), undefined);
});

test('elements come and go while the pipeline plays', async (context) => {
  const run = new TestPipeline(context, 'videotestsrc is-live=true ! tee name=t allow-not-linked=true');
  await run.pipeline.setState('playing');
  const tee = run.element('t');
  const branch = GstElement.make('fakesink', { async: false });
  run.bin.add(branch);
  const pad = tee.requestPad('src_%u');
  const first = branch.getStaticPad('sink').firstBuffer();
  await branch.syncStateWithParent();
  pad.link(branch.getStaticPad('sink'));
  assert.ok((await first)! >= 0);
  await pad.blockAndUnlink();
  assert.equal(pad.isLinked, false);
  tee.releasePad(pad);
  run.bin.remove(branch);
  await branch.setState('null');
  assert.equal(branch.parent, undefined);
  assert.equal(run.pipeline.getState().current, 'playing');
});

test('a bin that hangs in a state change holds up neither JavaScript nor another bin', async (context) => {
  const run = new TestPipeline(context, 'videotestsrc is-live=true ! fakesink');
  await run.pipeline.setState('playing');
  // Opening a named pipe waits until somebody writes to it.
  const directory = mkdtempSync(join(tmpdir(), 'rivero-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const stuck = GstBin.parse(`filesrc location=${fifo} ! fakesink async=false`, false);
  run.pipeline.add(stuck);
  const change = stuck.setState('paused');
  assert.equal(await run.bin.setState('paused'), 'no-preroll');
  assert.notEqual(stuck.getState().current, 'paused');
  writeFileSync(fifo, 'x');
  await change;
});

test('misuse of bins is refused', () => {
  const one = GstPipeline.create();
  const two = GstPipeline.create();
  const sink = GstElement.make('fakesink', {}, 'sink');
  one.add(sink);
  assert.throws(() => two.add(sink), { code: 'INVALID_STATE' });
  assert.throws(() => one.add(GstElement.make('fakesink', {}, 'sink')), { code: 'INVALID_STATE' });
  assert.throws(() => one.add(one), { code: 'INVALID_STATE' });
  assert.throws(() => two.remove(sink), { code: 'INVALID_STATE' });
  assert.throws(() => sink.getStaticPad('src'), { code: 'NO_SUCH_PAD' });
  assert.throws(() => sink.requestPad('src_%u'), { code: 'NO_SUCH_PAD' });
  assert.throws(() => sink.link(GstElement.make('fakesrc')), { code: 'LINK_FAILED' });
  assert.throws(() => sink.releasePad(sink.getStaticPad('sink')), { code: 'INVALID_STATE' });
  assert.equal(two.find('sink'), undefined);
  assert.deepEqual(one.children(), [sink]);
});

test('the clock of a pipeline', async (context) => {
  const run = new TestPipeline(context, 'videotestsrc is-live=true ! fakesink');
  run.pipeline.baseTime = 5;
  run.pipeline.keepBaseTime();
  await run.pipeline.setState('playing');
  await until(() => run.pipeline.getState().current === 'playing');
  assert.equal(run.pipeline.baseTime, 5);
  assert.equal(run.pipeline.runningTime! > 1e9, true);
  await run.pipeline.recalculateLatency();
});

test('the graph in Graphviz’ language names every element', (context) => {
  const run = new TestPipeline(context, 'videotestsrc name=here ! fakesink name=there');
  const dot = run.pipeline.dot();
  assert.match(dot, /^digraph pipeline \{/);
  assert.match(dot, /GstVideoTestSrc\\nhere/);
  assert.match(dot, /GstFakeSink\\nthere/);
});
