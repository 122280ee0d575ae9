import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { AppSink } from './app.js';
import { GstElement } from './element.js';
import { FrameGate } from './frame-gate.js';
import { FrameMeter } from './frame-meter.js';
import { TestPipeline, until } from './test-support/running-pipeline.js';

interface Seen {
  width: number;
  height: number;
  rate: number;
  time: number;
  planes: { data: number; stride: number; width: number; height: number }[];
}

/** `caps` of `source` go through a gate with a thread behind it. */
async function gated(context: TestContext, source: string, caps: string, does: string) {
  const run = new TestPipeline(
    context,
    `${source} ! capsfilter name=caps caps=${caps} ! queue name=queue max-size-buffers=1 max-size-time=0 max-size-bytes=0
     leaky=downstream ! identity name=gate ! appsink name=sink sync=false async=false`,
  );
  const gate = new FrameGate(run.element('gate').getStaticPad('sink'));
  const seen: Seen[] = [];
  const left: number[] = [];
  const out: { data: Buffer; time: number; caps: string }[] = [];
  (run.element('sink') as AppSink).onSample((sample) => {
    out.push({ data: Buffer.from(sample.data), time: sample.time ?? -1, caps: sample.caps });
    sample.release();
  }, 64);
  const thread = new Worker(new URL('./test-support/frame-thread.js', import.meta.url), {
    workerData: { gate: gate.id, does },
  });
  const ready = new Promise<void>((resolve, reject) => {
    thread.on('error', reject);
    thread.on('message', (message: Seen & { ready?: true; left?: number }) => {
      if (message.ready) resolve();
      else if (message.left !== undefined) left.push(message.left);
      else seen.push(message);
    });
  });
  context.after(async () => {
    gate.close();
    await thread.terminate();
  });
  await ready;
  return { run, gate, thread, seen, left, out };
}

const LIVE = 'videotestsrc is-live=true pattern=white';

test('pictures of odd sizes are seen with their strides, changed in place, and keep their times', async (context) => {
  const { run, gate, seen, out } = await gated(
    context,
    LIVE,
    'video/x-raw,format=I420,width=101,height=53,framerate=60/1',
    'fill',
  );
  await run.pipeline.setState('playing');
  await until(() => out.length > 3);
  assert.deepEqual(
    seen[0]!.planes,
    [
      { data: 104 * 54, stride: 104, width: 101, height: 53 },
      { data: 52 * 27, stride: 52, width: 51, height: 27 },
      { data: 52 * 27, stride: 52, width: 51, height: 27 },
    ].map((plane, index) => ({ ...plane, data: index === 0 ? 104 * 53 : plane.data })),
  );
  const { data, time } = out[1]!;
  assert.equal(Math.round(time / 1e4), Math.round(seen[1]!.time * 100));
  for (let y = 0; y < 53; y++) {
    assert.ok(data.subarray(y * 104, y * 104 + 101).every((value) => value === 60));
    // Nobody writes beside the picture.
    assert.ok(data.subarray(y * 104 + 101, y * 104 + 104).every((value) => value !== 60));
  }
  assert.equal(data[104 * 54], 61);
  assert.equal(data[104 * 54 + 52 * 28], 62);
  // The picture becomes larger while it runs.
  run.element('caps').set('caps', 'video/x-raw,format=I420,width=322,height=180,framerate=60/1');
  await until(() => out.some(({ caps }) => caps.includes('width=(int)322')));
  await until(() => seen.at(-1)!.width === 322);
  assert.equal(seen.at(-1)!.planes[1]!.width, 161);
  const { processed, passed, abandoned } = gate.read();
  assert.ok(processed > 3);
  assert.deepEqual([passed, abandoned], [0, 0]);
});

for (const [format, planes] of [
  ['NV12', [101, 51]],
  ['RGBA', [101]],
  ['GRAY8', [101]],
] as const) {
  test(`pictures in ${format}`, async (context) => {
    const { run, seen, out } = await gated(
      context,
      LIVE,
      `video/x-raw,format=${format},width=101,height=53,framerate=60/1`,
      'fill',
    );
    await run.pipeline.setState('playing');
    await until(() => out.length > 0);
    assert.deepEqual(
      seen[0]!.planes.map(({ width }) => width),
      planes,
    );
    assert.equal(out[0]!.data[0], 60);
  });
}

test('sound comes as samples', async (context) => {
  const { run, seen, out } = await gated(
    context,
    'audiotestsrc is-live=true samplesperbuffer=480',
    'audio/x-raw,format=S16LE,rate=48000,channels=2',
    'fill',
  );
  await run.pipeline.setState('playing');
  await until(() => out.length > 0);
  const { width, height, rate } = seen[0]!;
  assert.deepEqual([width, height, rate], [480, 2, 48_000]);
  assert.equal(out[0]!.data.length, 480 * 4);
  assert.equal(out[0]!.data.readInt16LE(100), 1234);
});

test('a thread that hangs holds up nothing but its own pictures; after close they pass', async (context) => {
  const { run, gate, thread, seen, out } = await gated(
    context,
    `${LIVE} ! tee name=tee ! queue ! fakesink name=other sync=false async=false  tee.`,
    'video/x-raw,format=I420,width=64,height=48,framerate=60/1',
    'hang',
  );
  const others = run.element('other').getStaticPad('sink').probeBuffers();
  const meter = new FrameMeter(
    run.element('queue').getStaticPad('sink'),
    run.element('queue').getStaticPad('src'),
    run.element('sink').getStaticPad('sink'),
  );
  await run.pipeline.setState('playing');
  await until(() => seen.length === 1 && gate.read().waitingMicros > 100_000);
  const before = others.read().buffers;
  await until(() => others.read().buffers > before + 5);
  const { in: came, begun, out: left } = meter.read();
  assert.ok(came > 5);
  assert.deepEqual([begun, left, out.length], [1, 0, 0]);
  gate.close();
  await until(() => out.length > 3);
  assert.equal(gate.read().abandoned, 1);
  await thread.terminate();
});

test('a source that asks for memory does not wait for a thread that hangs', async (context) => {
  const { run, gate, seen } = await gated(
    context,
    `${LIVE} ! tee name=tee ! queue ! fakesink name=other sync=false async=false  tee.`,
    'video/x-raw,format=I420,width=64,height=48,framerate=60/1',
    'hang',
  );
  run.element('queue').getStaticPad('sink').refuseWaiting();
  const others = run.element('other').getStaticPad('sink').probeBuffers();
  await run.pipeline.setState('playing');
  await until(() => seen.length === 1);
  // A new branch has the source negotiate anew.
  const tee = run.element('tee');
  const sink = GstElement.make('fakesink', { sync: false, async: false });
  run.bin.add(sink);
  await sink.syncStateWithParent();
  const branch = sink.getStaticPad('sink').probeBuffers();
  tee.requestPad('src_%u').link(sink.getStaticPad('sink'));
  await until(() => branch.read().buffers > 3);
  const before = others.read().buffers;
  await until(() => others.read().buffers > before + 5);
  assert.ok(gate.read().waitingMicros > 0);
  gate.close();
});

test('when the thread ends, pictures pass', async (context) => {
  const { run, gate, out } = await gated(
    context,
    LIVE,
    'video/x-raw,format=I420,width=64,height=48,framerate=60/1',
    'exit',
  );
  await run.pipeline.setState('playing');
  await until(() => out.length > 3);
  assert.equal(gate.read().processed, 0);
  assert.ok(out[0]!.data[0]! > 200);
});

test('memory is taken away with the frame, whatever the thread keeps or gives away', async (context) => {
  for (const does of ['keep', 'give']) {
    await context.test(does, async (inner) => {
      const { run, gate, left, out } = await gated(
        inner,
        LIVE,
        'video/x-raw,format=I420,width=64,height=48,framerate=60/1',
        does,
      );
      await run.pipeline.setState('playing');
      await until(() => out.length > 5);
      assert.ok(out.every(({ data }) => data[0] === 60));
      assert.ok(left.every((length) => length === 0));
      assert.equal(gate.read().abandoned, 0);
    });
  }
});

test('a pipeline stops although a thread hangs', async (context) => {
  const { run, gate, seen } = await gated(
    context,
    LIVE,
    'video/x-raw,format=I420,width=64,height=48,framerate=60/1',
    'hang',
  );
  await run.pipeline.setState('playing');
  await until(() => seen.length === 1);
  gate.close();
  await run.pipeline.setState('null');
});

test('a meter times what a chain does with each frame', async (context) => {
  const run = new TestPipeline(
    context,
    `${LIVE} ! video/x-raw,width=64,height=48,framerate=100/1 ! queue name=queue max-size-buffers=1 leaky=downstream
     ! identity sleep-time=50000 ! fakesink name=sink sync=false async=false`,
  );
  const queue = run.element('queue');
  const sink = run.element('sink').getStaticPad('sink');
  const meter = new FrameMeter(queue.getStaticPad('sink'), queue.getStaticPad('src'), sink);
  await run.pipeline.setState('playing');
  await until(() => meter.read().timed > 3);
  const { in: came, begun, out, timed, totalMicros, maxMicros } = meter.read();
  assert.ok(came > begun + 2, `${came} came, ${begun} begun`);
  assert.ok(out <= begun && timed <= out);
  assert.ok(totalMicros / timed >= 49_000 && maxMicros >= totalMicros / timed);
  meter.remove();
  const last = meter.read();
  const probe = sink.probeBuffers();
  await until(() => probe.read().buffers > 0);
  assert.deepEqual(meter.read(), last);
});
