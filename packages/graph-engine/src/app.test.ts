import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppSink, AppSource, Sample } from './app.js';
import { TestPipeline, until } from './test-support/running-pipeline.js';

test('bytes go in and come out with their times', async (context) => {
  const run = new TestPipeline(
    context,
    'appsrc name=source format=time caps=application/octet-stream ! appsink name=sink sync=false async=false',
  );
  const source = run.element('source') as AppSource;
  const samples: { bytes: string; time: number | undefined; duration: number | undefined; caps: string }[] =
    [];
  const sink = run.element('sink') as AppSink;
  sink.onSample((sample) => {
    const { time, duration, caps } = sample;
    samples.push({ bytes: Buffer.from(sample.data).toString(), time, duration, caps });
    sample.release();
    assert.equal(sample.data.length, 0);
    sample.release();
  }, 100);
  await run.pipeline.setState('playing');
  assert.equal(source.push(new TextEncoder().encode('one'), 1000, 40), 'ok');
  assert.equal(source.push(new TextEncoder().encode('two'), 2000), 'ok');
  assert.equal(source.push(new Uint8Array(0), 3000), 'ok');
  source.endOfStream();
  await run.message('eos');
  await until(() => samples.length === 3);
  const caps = 'application/octet-stream';
  assert.deepEqual(samples, [
    { bytes: 'one', time: 1000, duration: 40, caps },
    { bytes: 'two', time: 2000, duration: undefined, caps },
    { bytes: '', time: 3000, duration: undefined, caps },
  ]);
  assert.equal(source.push(new Uint8Array(1)), 'eos');
  await run.pipeline.setState('null');
  assert.equal(source.push(new Uint8Array(1)), 'flushing');
});

test('samples that JavaScript does not give back are not followed by more than it allows', async (context) => {
  const run = new TestPipeline(
    context,
    'videotestsrc num-buffers=50 ! appsink name=sink sync=false async=false',
  );
  const sink = run.element('sink') as AppSink;
  const held: Sample[] = [];
  sink.onSample((sample) => held.push(sample), 3);
  await run.pipeline.setState('playing');
  await run.message('eos');
  await until(() => held.length === 3);
  assert.equal(sink.dropped, 47);
  assert.equal(held[0]!.data.length > 0, true);
  for (const sample of held) sample.release();
});

test('what is no source or sink of the application is refused', (context) => {
  const run = new TestPipeline(context, 'appsrc name=source ! appsink name=sink');
  const source = run.element('source') as AppSource;
  // @ts-expect-error not bytes
  assert.throws(() => source.push('text'), { code: 'INVALID_ARGUMENT' });
});

test('samples wait until they are taken, many at a time; what is too much is counted', async (context) => {
  const run = new TestPipeline(context, 'appsrc name=source format=time ! appsink name=sink sync=false');
  const source = run.element('source') as AppSource;
  const sink = run.element('sink') as AppSink;
  sink.collect(3);
  await run.pipeline.setState('playing');
  assert.deepEqual(sink.take(), []);
  for (const [index, text] of ['one', '', 'three', 'four'].entries()) {
    if (index === 2) source.set('caps', 'text/plain');
    source.push(new TextEncoder().encode(text), 1000 * (index + 1), index === 0 ? 40 : -1);
  }
  source.endOfStream();
  await run.message('eos');
  const taken = sink
    .take()
    .map(({ data, time, duration, caps }) => ({ text: Buffer.from(data).toString(), time, duration, caps }));
  assert.deepEqual(taken, [
    { text: 'one', time: 1000, duration: 40, caps: '' },
    { text: '', time: 2000, duration: undefined, caps: '' },
    { text: 'three', time: 3000, duration: undefined, caps: 'text/plain' },
  ]);
  assert.equal(sink.dropped, 1);
  assert.deepEqual(sink.take(), []);
});
