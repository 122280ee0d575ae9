import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GstBin } from './bin.js';
import { GstElement } from './element.js';
import type { GstPad, PadEvent, PadHold } from './pad.js';
import { TestPipeline, until } from './test-support/running-pipeline.js';

test('links that can not be say why', () => {
  const audio = GstElement.make('audioconvert').getStaticPad('src');
  const video = GstElement.make('videoconvert').getStaticPad('sink');
  assert.throws(() => audio.link(video), {
    code: 'LINK_FAILED',
    message: /audio\/x-raw.*against video\/x-raw/,
  });
  assert.throws(() => video.link(audio), { code: 'LINK_FAILED', message: /from a source pad to a sink pad/ });
  assert.equal(audio.unlink(), false);
  assert.equal(audio.direction, 'src');
  assert.equal(audio.caps, undefined);
  assert.throws(() => audio.setTarget(video), { code: 'INVALID_STATE' });
});

test('ghost pads', () => {
  const bin = GstBin.create();
  const sink = GstElement.make('fakesink');
  bin.add(sink);
  const pad = bin.addGhostPad('in', sink.getStaticPad('sink'));
  assert.equal(bin.getStaticPad('in'), pad);
  assert.throws(() => bin.addGhostPad('in', GstElement.make('fakesink').getStaticPad('sink')), {
    code: 'INVALID_STATE',
  });
  const later = bin.addGhostPad('out', { direction: 'src' });
  assert.equal(later.direction, 'src');
  assert.throws(() => later.setTarget(sink.getStaticPad('sink')), { code: 'LINK_FAILED' });
  pad.setTarget(undefined);
  assert.equal(sink.getStaticPad('sink').isLinked, false);
});

test('buffers are counted, also those in lists, and dropped on demand', async (context) => {
  const run = new TestPipeline(
    context,
    'videotestsrc num-buffers=30 ! video/x-raw,width=64,height=64 ! vp8enc keyframe-max-dist=10 deadline=1 name=enc ! rtpvp8pay name=pay ! fakesink name=sink sync=false async=false',
  );
  const encoded = run.element('enc').getStaticPad('src').probeBuffers();
  const packets = run.element('sink').getStaticPad('sink').probeBuffers();
  await run.pipeline.setState('playing');
  await run.message('eos');
  const counts = encoded.read();
  assert.equal(counts.buffers, 30);
  assert.equal(counts.keyFrames, 3);
  assert.equal(counts.dropped, 0);
  assert.ok(counts.lastTime! > 0.9e9);
  assert.ok(packets.read().buffers >= 30);
  assert.ok(packets.read().bytes > counts.bytes);
});

test('pictures that come in another order than they are shown are counted', async (context) => {
  const count = async (encoder: string): Promise<number> => {
    const run = new TestPipeline(
      context,
      `videotestsrc num-buffers=30 ! video/x-raw,format=I420,width=64,height=64 ! ${encoder} ! h264parse ! fakesink name=sink sync=false async=false`,
    );
    const probe = run.element('sink').getStaticPad('sink').probeBuffers();
    await run.pipeline.setState('playing');
    await run.message('eos');
    return probe.read().reordered;
  };
  assert.ok((await count('x264enc bframes=2 b-adapt=false')) > 10);
  assert.equal(await count('x264enc tune=zerolatency key-int-max=10'), 0);
});

test('until the next key frame nothing goes through', async (context) => {
  const run = new TestPipeline(
    context,
    'videotestsrc num-buffers=25 ! video/x-raw,width=64,height=64 ! vp8enc keyframe-max-dist=10 deadline=1 ! fakesink name=sink sync=false async=false',
  );
  const pad = run.element('sink').getStaticPad('sink');
  // The first frame is a key frame: the other probe takes it away, so that the wait begins in the middle.
  const all = pad.probeBuffers();
  all.setDrop('all');
  const wait = pad.probeBuffers();
  wait.setDrop('until-key-frame');
  await run.pipeline.setState('paused');
  await until(() => all.read().dropped > 0 || run.messages.some((each) => each.type === 'eos'));
  all.setDrop('none');
  await run.pipeline.setState('playing');
  await run.message('eos');
  const { dropped } = all.read();
  const counts = wait.read();
  assert.equal(counts.dropped + counts.buffers, 25 - dropped);
  assert.equal(counts.keyFrames * 10 - counts.buffers >= 0, true);
});

test('buffers without a time are left out, others are not', async (context) => {
  const count = async (source: string) => {
    const run = new TestPipeline(
      context,
      `${source} num-buffers=5 name=source ! fakesink name=sink sync=false async=false`,
    );
    const probe = run.element('source').getStaticPad('src').probeBuffers();
    probe.setDrop('untimed');
    await run.pipeline.setState('playing');
    await run.message('eos');
    const { buffers, dropped } = probe.read();
    return { buffers, dropped };
  };
  const untimed = await count('fakesrc sizetype=fixed');
  // Depending on what its clock says already, a source gives its first buffer the time 0.
  assert.ok(untimed.buffers <= 1, `${untimed.buffers}`);
  assert.equal(untimed.buffers + untimed.dropped, 5);
  assert.deepEqual(await count('videotestsrc'), { buffers: 5, dropped: 0 });
});

test('a hold stops the data and keeps what describes it', async (context) => {
  const run = new TestPipeline(
    context,
    'videotestsrc num-buffers=5 name=source ! fakesink name=sink sync=false async=false',
  );
  const pad = run.element('source').getStaticPad('src');
  const hold = pad.hold();
  const probe = run.element('sink').getStaticPad('sink').probeBuffers();
  await run.pipeline.setState('playing');
  await until(() => pad.caps !== undefined);
  assert.match(pad.caps!, /video\/x-raw/);
  assert.equal(probe.read().buffers, 0);
  hold.release();
  hold.release();
  await run.message('eos');
  assert.equal(probe.read().buffers, 5);
});

test('new pads wait until they are linked', async (context) => {
  const run = new TestPipeline(
    context,
    'videotestsrc num-buffers=8 ! vp8enc ! queue ! matroskamux ! matroskademux name=demux',
  );
  const added: [GstPad, PadHold][] = [];
  run.element('demux').onPadAdded((pad, hold) => added.push([pad, hold]));
  await run.pipeline.setState('playing');
  await until(() => added.length === 1);
  const [pad, hold] = added[0]!;
  assert.match(pad.caps!, /video\/x-vp8/);
  const sink = GstElement.make('fakesink', { sync: false, async: false });
  run.bin.add(sink);
  const probe = sink.getStaticPad('sink').probeBuffers();
  // In this order: what describes the stream goes past the hold, and a sink that does not run yet would end it (see link).
  await sink.syncStateWithParent();
  pad.link(sink.getStaticPad('sink'));
  assert.equal(probe.read().buffers, 0);
  hold.release();
  await run.message('eos');
  assert.equal(probe.read().buffers, 8);
});

test('a held pad does not keep its element from stopping', async (context) => {
  const run = new TestPipeline(context, 'videotestsrc is-live=true name=source ! fakesink sync=false');
  run.element('source').getStaticPad('src').hold();
  await run.pipeline.setState('playing');
  await until(() => run.element('source').getStaticPad('src').caps !== undefined);
  await run.pipeline.setState('null');
  assert.equal(run.pipeline.getState().current, 'null');
});

test('events are heard both ways, thinned out, and dropped on demand', async (context) => {
  const run = new TestPipeline(
    context,
    'videotestsrc is-live=true ! video/x-raw,width=64,height=64 ! vp8enc name=enc keyframe-max-dist=9999 deadline=1 ! fakesink name=sink async=false',
  );
  const sink = run.element('sink').getStaticPad('sink');
  const encoder = run.element('enc').getStaticPad('src');
  const heard: PadEvent[] = [];
  const off = encoder.onEvent(
    { direction: 'upstream', types: ['force-key-unit'], intervalMs: 60_000 },
    (event) => heard.push(event),
  );
  const counts = encoder.probeBuffers();
  await run.pipeline.setState('playing');
  await until(() => counts.read().buffers > 2);
  const before = counts.read().keyFrames;
  assert.equal(await sink.sendEvent({ type: 'force-key-unit' }), true);
  await sink.sendEvent({ type: 'force-key-unit' });
  await until(() => heard.length > 0 && counts.read().keyFrames > before);
  assert.equal(heard[0]!.type, 'force-key-unit');
  assert.equal(heard[0]!.structure?.fields['all-headers'], true);
  off();

  const names: string[] = [];
  encoder.onEvent({ direction: 'downstream', types: ['eos', 'greeting'], drop: true }, ({ type }) =>
    names.push(type),
  );
  await encoder.sendEvent({ type: 'custom-downstream', structure: 'greeting, to=(string)you' });
  await run.pipeline.sendEvent({ type: 'eos' });
  await until(() => names.length === 2);
  assert.deepEqual(names.sort(), ['eos', 'greeting']);
  assert.equal(heard.length, 1);
  assert.equal(
    run.messages.some((each) => each.type === 'eos'),
    false,
  );
  await assert.rejects(sink.sendEvent({ type: 'custom-upstream', structure: '(' }), {
    code: 'INVALID_ARGUMENT',
  });
});

test('only events with 0 in a field are dropped where that is asked for', async (context) => {
  const run = new TestPipeline(context, 'videotestsrc is-live=true ! fakesink name=sink async=false');
  const sink = run.element('sink').getStaticPad('sink');
  const heard: unknown[] = [];
  const options = { direction: 'downstream', types: ['greeting'], drop: true, zero: 'length' } as const;
  sink.onEvent(options, ({ structure }) => heard.push(structure?.fields.number));
  const passed: unknown[] = [];
  sink.onEvent({ direction: 'downstream', types: ['greeting'] }, ({ structure }) =>
    passed.push(structure?.fields.number),
  );
  await run.pipeline.setState('playing');
  for (const fields of ['length=(guint64)0', 'length=(guint64)7', 'length=(int)0', 'other=(guint64)0']) {
    const structure = `greeting, number=(int)${heard.length + passed.length}, ${fields}`;
    await sink.sendEvent({ type: 'custom-downstream', structure });
    await until(() => heard.length + passed.length > Number(/\d+/.exec(structure)?.[0]));
  }
  assert.deepEqual([heard, passed], [[0], [1, 2, 3]]);
});

test('an offset is kept', () => {
  const pad = GstElement.make('fakesink').getStaticPad('sink');
  pad.offset = -20_000_000;
  assert.equal(pad.offset, -20_000_000);
});

test('the wait for a first buffer ends with the pad’s disposal', async () => {
  const element = GstElement.make('identity');
  const wait = element.getStaticPad('src').firstBuffer();
  element.dispose();
  assert.equal(await wait, undefined);
});
