import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { RawClient } from './conformance/raw-client.js';
import { plain } from './support/drawn-pictures.js';
import { FilterBench } from './support/filter-bench.js';
import {
  type KurentoClient,
  type MediaElement,
  type MediaPipeline,
  openClient,
  type RecordedEvent,
  recordEvents,
} from './support/kurento.js';
import { hasGStreamer, RtpPrograms } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const skip = hasGStreamer()
  ? false
  : 'needs the Debian packages gstreamer1.0-tools, gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad';

const folder = mkdtempSync(join(tmpdir(), 'rivero-broken-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** More than a second: a busy machine must not look like a hanging process. */
const TIMEOUT_SECONDS = 4;

describe('a broken module', { skip }, () => {
  let server: TestServer;
  let client: KurentoClient;
  let raw: RawClient;
  let programs: RtpPrograms;
  /** The pipeline with the broken filter, and one that must not notice. */
  let pipeline: MediaPipeline;
  let other: { pipeline: MediaPipeline; filter: MediaElement; flow: RecordedEvent[] };

  before(async () => {
    const broken = new URL('./support/broken-module/index.js', import.meta.url).href;
    const packets = new URL('../../packages/media/dist/test-support/packet-module/index.js', import.meta.url)
      .href;
    server = await TestServer.start({
      args: [
        '--media.loopback',
        'always',
        '--modules',
        `${broken},${packets}`,
        '--media.graphTimeoutSeconds',
        `${TIMEOUT_SECONDS}`,
      ],
    });
    client = await openClient(server.uri);
    raw = await RawClient.open(server.uri);
    programs = new RtpPrograms();
    const neighbour = await client.create('MediaPipeline');
    const filter = await neighbour.create('GStreamerFilter', { command: 'videobalance saturation=0' });
    other = {
      pipeline: neighbour,
      filter,
      flow: recordEvents(filter, ['MediaFlowOutStateChanged', 'Error']),
    };
    const bench = new FilterBench(neighbour, programs, folder);
    await (await bench.camera(plain(200, 20, 20))).connect(filter, 'VIDEO');
    await waitFor('the other pipeline to flow', () => other.flow.length > 0, 30_000);
  });
  beforeEach(async () => {
    pipeline = await client.create('MediaPipeline');
  });
  afterEach(async () => {
    await pipeline.release();
  });
  after(async () => {
    programs.stop();
    raw.close();
    client.close();
    await server.stop();
  });

  /** A broken filter with media in front of it. */
  async function flowing(): Promise<{
    id: string;
    bench: FilterBench;
    filter: MediaElement;
    errors: RecordedEvent[];
  }> {
    const id = await raw.create('BrokenFilter', { mediaPipeline: pipeline.id, title: 'mine' });
    const filter = (await client.getMediaobjectById(id)) as MediaElement;
    const errors = recordEvents(filter, ['Error']);
    const bench = new FilterBench(pipeline, programs, folder);
    await (await bench.camera(plain(20, 200, 20))).connect(filter, 'VIDEO');
    await waitFor('media to flow out of the filter', () => filter.isMediaFlowingOut('VIDEO'), 30_000);
    return { id, bench, filter, errors };
  }

  async function call(id: string, operation: string, operationParams: Record<string, string | number> = {}) {
    const { result, error } = await raw.call('invoke', { object: id, operation, operationParams });
    if (error !== undefined) return `${error.code} ${error.message}`;
    return (result as { value?: unknown }).value;
  }

  /** What it was told is there in the next process, and the picture is still grey. */
  async function goesOn(
    { id, bench, filter }: Awaited<ReturnType<typeof flowing>>,
    former: unknown,
  ): Promise<void> {
    await waitFor(
      'the filter to be in another process',
      async () => {
        const pid = await call(id, 'remember', { text: 'again' });
        return typeof pid === 'number' && pid !== former;
      },
      40_000,
    );
    await bench.sees(filter, (at) => {
      const [red = 0, green = 0, blue = 0] = at(160, 120);
      assert.ok(Math.max(red, green, blue) - Math.min(red, green, blue) < 30, `grey: ${at(160, 120)}`);
    });
    assert.deepEqual(
      other.flow.map(({ type, data }) => [type, data.state]),
      [['MediaFlowOutStateChanged', 'FLOWING']],
    );
    assert.equal(await other.filter.isMediaFlowingOut('VIDEO'), true);
  }

  test('what can not be made is refused with the reason, and nothing of it is left', async () => {
    const refusals: [string, Record<string, string>, number, RegExp][] = [
      ['BrokenFilter', { how: 'throws' }, 40003, /^BrokenFilter\.constructor failed: not today$/],
      ['BrokenFilter', { how: 'refuses' }, 49001, /^I will not$/],
      [
        'BrokenFilter',
        { how: 'no-such-element' },
        40108,
        /^The bin of BrokenFilter can't be made: .*no-such-element/,
      ],
      ['BrokenFilter', { how: 'no-input' }, 40108, /should leave one input and one output open$/],
      [
        'UnloadableFilter',
        {},
        40108,
        /^The implementation of UnloadableFilter can't be loaded: .*@rivero\/not-installed/,
      ],
    ];
    for (const [type, params, code, reason] of refusals) {
      const { error } = await raw.call('create', {
        type,
        constructorParams: { mediaPipeline: pipeline.id, ...params },
      });
      assert.equal(error?.code, code);
      assert.match(error?.message ?? '', reason);
    }
    assert.deepEqual(await pipeline.getChildren(), []);
    assert.equal(typeof (await raw.create('BrokenFilter', { mediaPipeline: pipeline.id })), 'string');
  });

  test('a method that throws costs nothing but its request; properties and events do as declared', async () => {
    const id = await raw.create('BrokenFilter', { mediaPipeline: pipeline.id });
    assert.match(
      String(await call(id, 'fail')),
      /^40003 BrokenFilter\.fail failed: Cannot read properties of undefined/,
    );
    assert.equal(await call(id, 'refuse'), '40001 I will not');
    assert.equal(await call(id, 'getLevel'), 5);
    await call(id, 'setLevel', { level: 8 });
    assert.equal(await call(id, 'getLevel'), 8);
    assert.match(String(await call(id, 'setLevel', { level: 'high' })), /^40001 /);
    assert.equal(await call(id, 'getTitle'), 'untitled');
    await raw.call('subscribe', { object: id, type: 'Remembered' });
    assert.equal(typeof (await call(id, 'remember', { text: 'this' })), 'number');
    assert.equal(await call(id, 'getRemembered'), 'this');
    const heard = () => raw.events.filter(({ type }) => type === 'Remembered');
    await raw.until(() => heard().length > 0, 'the event');
    assert.deepEqual(
      heard().map(({ data, object }) => [object, (data as { text: string }).text]),
      [[id, 'this']],
    );
  });

  test('a crash in native code ends the graph process of its pipeline; the filter goes on in the next one', async () => {
    const broken = await flowing();
    const pid = await call(broken.id, 'remember', { text: 'before' });
    await call(broken.id, 'setLevel', { level: 9 });
    assert.match(String(await call(broken.id, 'crash')), /^40003 The graph process has ended/);
    await waitFor(
      'the filter to be back',
      async () => (await call(broken.id, 'getRemembered')) === 'before',
      20_000,
    );
    assert.equal(await call(broken.id, 'getLevel'), 9);
    assert.equal(await call(broken.id, 'getTitle'), 'mine');
    await goesOn(broken, pid);
  });

  test('a native element that hangs ends its graph process, too', async () => {
    const broken = await flowing();
    const pid = await call(broken.id, 'remember', { text: 'before' });
    await call(broken.id, 'hang');
    await waitFor('the hanging element to be told', () => broken.errors.length > 0, 30_000);
    assert.match(String(broken.errors[0]?.data.description), /BrokenFilter takes no media any more/);
    await goesOn(broken, pid);
  });

  test('so does JavaScript that never comes back', async () => {
    const broken = await flowing();
    const pid = await call(broken.id, 'remember', { text: 'before' });
    assert.match(String(await call(broken.id, 'spin')), /^40003 The graph process has ended/);
    await goesOn(broken, pid);
  });

  test('a processor of packets that takes its process or its memory down disturbs nobody else', async () => {
    const bench = new FilterBench(pipeline, programs, folder);
    const camera = await bench.camera(plain(20, 200, 20));
    const sees = (element: MediaElement) =>
      bench.sees(element, (at) => {
        const [red = 0, green = 0] = at(160, 120);
        assert.ok(green > red + 80, `green: ${at(160, 120)}`);
      });
    const id = await raw.create('Sorter', { mediaPipeline: pipeline.id });
    const sorter = (await client.getMediaobjectById(id)) as MediaElement;
    await camera.connect(sorter, 'VIDEO');
    await sees(sorter);
    const pid = await call(id, 'pid');
    await call(id, 'crash');
    await waitFor(
      'the element to be in another process',
      async () => {
        const now = await call(id, 'pid');
        return typeof now === 'number' && now !== pid;
      },
      40_000,
    );
    await sees(sorter);
    assert.ok(Number(await call(id, 'count')) > 0);

    const leaking = (await client.getMediaobjectById(
      await raw.create('Sorter', { mediaPipeline: pipeline.id, does: 'leak' }),
    )) as MediaElement;
    const errors = recordEvents(leaking, ['Error']);
    await camera.connect(leaking, 'VIDEO');
    await waitFor('its end', () => errors.length > 0, 30_000);
    assert.match(String(errors[0]?.data.description), /used up its memory.*Packets pass unchanged/);
    await sees(leaking);
    assert.deepEqual(
      other.flow.map(({ type, data }) => [type, data.state]),
      [['MediaFlowOutStateChanged', 'FLOWING']],
    );
  });

  test('an error of an element on the bus becomes an Error event of its filter', async () => {
    const id = await raw.create('BrokenFilter', { mediaPipeline: pipeline.id, how: 'error-on-the-bus' });
    const filter = (await client.getMediaobjectById(id)) as MediaElement;
    const errors = recordEvents(filter, ['Error']);
    const bench = new FilterBench(pipeline, programs, folder);
    await (await bench.camera(plain(20, 200, 20))).connect(filter, 'VIDEO');
    const recorder = await pipeline.create('RecorderEndpoint', { uri: `file://${join(folder, 'x.webm')}` });
    await filter.connect(recorder, 'VIDEO');
    await recorder.record();
    await waitFor('the error', () => errors.length > 0, 30_000);
    assert.equal(errors[0]?.data.type, 'UNEXPECTED_ELEMENT_ERROR');
    assert.equal(typeof (await call(id, 'remember', { text: 'still there' })), 'number');
  });
});
