import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { ElementStart } from '@rivero/module/host';
import type { StreamCodec } from '../protocol.js';
import { GraphProcess } from '../test-support/graph-process.js';
import { COLOUR, MediaPeer } from '../test-support/media-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const VP8: StreamCodec = { name: 'VP8', clockRate: 90000, channels: 1, parameters: {} };
const OPUS: StreamCodec = { name: 'opus', clockRate: 48000, channels: 2, parameters: {} };
/** Red, green, blue of a picture without brightness. */
type Colour = readonly [number, number, number];

const close = (a: Colour, b: readonly number[]): boolean =>
  a.every((value, i) => Math.abs(value - b[i]!) < 25);
const isUnchanged = (colour: Colour): boolean => close(colour, COLOUR);
const isDark = (colour: Colour): boolean => colour[1]! < 45;

/** A class as a module's file has it, for a data: URL. */
const source = (body: string, before = ''): string =>
  `data:text/javascript,${encodeURIComponent(`${before}\nexport default class { constructor(context) { this.context = context; } ${body} }`)}`;

const startOf = (url: string, more: Partial<ElementStart> = {}): ElementStart => ({
  kind: 'videoProcessor',
  url,
  className: 'Tested',
  params: {},
  properties: {},
  methods: [],
  readable: [],
  writable: [],
  events: [],
  kept: {},
  access: { folders: ['/tmp'], uriSchemes: ['file', 'http'], uriHosts: [] },
  timeoutMs: 5000,
  ...more,
});

/** A source that goes to a receiver as it is, and through an element to another one. */
async function studio(context: TestContext, kind: 'video' | 'audio' = 'video') {
  const graph = await GraphProcess.start();
  const peer = new MediaPeer();
  context.after(async () => {
    await peer.close();
    assert.equal(await graph.close(), 0);
  });
  await peer.start();
  const codec = kind === 'video' ? VP8 : OPUS;
  const { rtpPort } = await graph.request('createInput', {
    input: 'in',
    kind,
    codec,
    payloadType: kind === 'video' ? 96 : 97,
  });
  if (kind === 'video') await peer.sendVideo(rtpPort, 'width=322,height=182,framerate=30/1');
  else await peer.sendAudio(rtpPort);
  const colours: Colour[] = [];
  const shares: number[] = [];
  const counts = { direct: 0 };
  const output = async (name: string, stream: string, port: number): Promise<void> => {
    const payloadType = kind === 'video' ? 96 : 97;
    const request = { output: name, stream, encode: { codec }, port, ssrc: 7, mtu: 1200, payloadType };
    await graph.request('createOutput', request);
    await graph.request('startOutput', { output: name });
  };
  const receive = (seen: (value: Colour | number) => void) =>
    kind === 'video' ? peer.receiveVideo(seen) : peer.receiveAudio(seen);
  return {
    graph,
    colours,
    shares,
    counts,
    /** Puts an element into the way. */
    async insert(start: ElementStart): Promise<unknown> {
      const answer = await graph.request('createElement', {
        element: 'e',
        type: 'Module',
        params: start as unknown as Record<string, unknown>,
      });
      await graph.request('connect', { stream: 'in', element: 'e', input: kind });
      const direct = await receive(() => counts.direct++);
      await output('direct', 'in', direct.port);
      const through = await receive((value) =>
        typeof value === 'number' ? shares.push(value) : colours.push(value),
      );
      await output('through', `e/${kind}`, through.port);
      await waitFor('media', () => counts.direct > 3 && colours.length + shares.length > 3);
      return answer;
    },
    statistics: async () => (await graph.request('statistics', { element: 'e' }))!,
    invoke: (method: string, params: Record<string, unknown>) =>
      graph.request('invoke', { element: 'e', method, params }),
    told: (type: string) =>
      graph.events
        .map(({ type: event, data }) => ({
          event,
          ...(data as { type: string; data: Record<string, unknown> }),
        }))
        .filter((each) => each.event === 'elementEvent' && each.type === type)
        .map(({ data }) => data),
  };
}

describe('frame processors of modules', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  test('pictures are changed in place; methods, properties and events go through', async (context) => {
    const { insert, colours, invoke, told, statistics } = await studio(context);
    const url = source(`
      static format = 'I420';
      level = 1;
      frames = 0;
      process({ format, width, height, time, planes, data, stride }) {
        if (++this.frames === 3) {
          this.context.emit('Seen', { format, width, height, time, planes: planes.map(({ data, ...plane }) => [plane.width, plane.height, data.length > 0]), same: data === planes[0].data && stride === planes[0].stride });
        }
        for (let line = 0; line < height; line++) data.fill(this.level, line * stride, line * stride + width);
      }
      async double({ value }) { return { twice: value * 2, params: this.context.params }; }
      refuse() { const error = new Error('not today'); error.name = 'ModuleError'; error.code = 49001; error.type = 'UNDEFINED'; throw error; }`);
    const answer = await insert(
      startOf(url, {
        params: { a: 1 },
        properties: { level: 16 },
        methods: ['double', 'refuse'],
        readable: ['level'],
        writable: ['level'],
        events: ['Seen'],
      }),
    );
    assert.deepEqual(answer, { kind: 'video', takesData: false });
    await waitFor('dark pictures', () => isDark(colours.at(-1)!));
    const [seen] = await waitFor('an event', () => told('event').length > 0 && told('event'));
    const { time, ...rest } = seen!.data as { time: number };
    assert.deepEqual(rest, {
      format: 'I420',
      width: 322,
      height: 182,
      planes: [
        [322, 182, true],
        [161, 91, true],
        [161, 91, true],
      ],
      same: true,
    });
    assert.ok(time > 0);
    assert.deepEqual(await invoke('call', { name: 'double', params: { value: 4 } }), {
      twice: 8,
      params: { a: 1 },
    });
    await assert.rejects(invoke('call', { name: 'refuse', params: {} }), {
      code: 49001,
      message: 'not today',
    });
    await invoke('set', { name: 'level', value: 235 });
    assert.equal(await invoke('get', { name: 'level' }), 235);
    await waitFor('bright pictures', () => colours.at(-1)![1]! > 200);
    const { framesIn, framesOut, framesProcessed, meanMicros, maxMicros } = await statistics();
    assert.ok(framesIn >= framesProcessed && framesProcessed === framesOut && framesOut > 3);
    assert.ok(meanMicros > 0 && maxMicros >= meanMicros);
    assert.deepEqual(told('error'), []);
  });

  /** What a bad module does, and what is told of it. */
  const FAULTS: readonly [name: string, body: string, told: RegExp, before?: string][] = [
    ['throws', "process() { throw new Error('by design'); }", /thrown too often.*by design/],
    ['rejects', "async process() { throw new Error('by design'); }", /thrown too often.*by design/],
    ['hangs', 'static timeLimit = 400; process() { for (;;); }', /hangs/],
    ['never settles', 'static timeLimit = 400; process() { return new Promise(() => {}); }', /hangs/],
    ['ends its thread', 'process() { process.exit(0); }', /ended its thread/],
    [
      'throws later',
      "process() { setTimeout(() => { throw new Error('by design'); }); }",
      /has failed: by design/,
    ],
    ['rejects unheard', "process() { Promise.reject(new Error('by design')); }", /has failed: by design/],
    [
      'fills its heap',
      'static timeLimit = 20_000; process() { for (;;) kept.push(new Array(100_000).fill({})); }',
      /used up its memory/,
      'const kept = [];',
    ],
    [
      'fills memory with arrays',
      'process() { kept.push(new Uint8Array(10_000_000).fill(1)); }',
      /MB in arrays/,
      'const kept = [];',
    ],
  ];
  for (const [name, body, expected, before] of FAULTS) {
    test(`one that ${name} is ended; pictures pass unchanged, and others never stop`, async (context) => {
      const { graph, insert, colours, counts, told, statistics, invoke } = await studio(context);
      const inserted = insert(
        startOf(source(`mute() {} ${body}`, before), { methods: ['mute'], memoryMegabytes: 32 }),
      );
      const last = await waitFor(
        'the end to be told',
        () => told('error').find(({ message }) => expected.test(String(message))),
        20_000,
      );
      assert.match(String(last.message), /^Tested .*unchanged from now on$/);
      await inserted;
      const [others, pictures] = [counts.direct, colours.length];
      await waitFor('pictures', () => counts.direct > others + 5 && colours.length > pictures + 5);
      assert.ok(isUnchanged(colours.at(-1)!), `${colours.at(-1)}`);
      await assert.rejects(invoke('call', { name: 'mute', params: {} }), /Tested/);
      assert.ok((await statistics()).framesOut > 5);
      assert.ok(told('error').length <= 2);
      assert.equal((await graph.request('status', {})).elements, 1);
    });
  }

  test('one that throws now and then goes on', async (context) => {
    const { insert, colours, told } = await studio(context);
    await insert(
      startOf(
        source(
          `frames = 0; process({ planes: [y] }) { if (++this.frames % 15 === 1) throw new Error('now and then'); y.data.fill(16); }`,
        ),
      ),
    );
    await waitFor('dark pictures', () => colours.length > 60 && isDark(colours.at(-1)!), 20_000);
    assert.equal(told('error').length, 1);
  });

  test('one that is too slow drops pictures, builds up no delay, and says so', async (context) => {
    const { insert, counts, told, statistics } = await studio(context);
    await insert(
      startOf(
        source(
          `process({ time }) { this.context.emit('Late', { by: performance.now() - time }); Atomics.wait(cell, 0, 0, 300); }`,
          'const cell = new Int32Array(new SharedArrayBuffer(4));',
        ),
        { events: ['Late'] },
      ),
    );
    const late = await waitFor('ten pictures', () => told('event').length >= 10 && told('event'), 20_000);
    const by = late.map(({ data }) => (data as { by: number }).by);
    // Were none dropped, the tenth would be late by nine times 270 ms.
    assert.ok(by[9]! - by[0]! < 1500, `${by}`);
    const { framesIn, framesOut, framesDropped, meanMicros } = await statistics();
    assert.ok(framesDropped > framesOut, `${framesDropped} of ${framesIn} dropped`);
    assert.ok(framesIn - framesDropped - framesOut <= 2);
    assert.ok(meanMicros > 250_000);
    await waitFor('the overload to be told', () => told('overloaded').length > 0);
    const before = counts.direct;
    await waitFor('the others to go on', () => counts.direct > before + 15);
    assert.equal(told('overloaded').length, 1);
  });

  test('a passive one sees smaller and fewer pictures; they go past it untouched, however slow it is', async (context) => {
    const { insert, colours, told, statistics } = await studio(context);
    await insert(
      startOf(
        source(
          `static format = 'GRAY8'; static passive = true; static maxWidth = 160; static maxFramerate = 10;
           process({ width, height, data, stride }) { this.context.emit('Seen', { width, height, level: data[5 * stride + 5] }); data.fill(0); Atomics.wait(cell, 0, 0, 400); }`,
          'const cell = new Int32Array(new SharedArrayBuffer(4));',
        ),
        { events: ['Seen'] },
      ),
    );
    await waitFor('looks', () => told('event').length > 3);
    const { data } = told('event')[0] as { data: { width: number; height: number; level: number } };
    assert.equal(data.width, 160);
    assert.ok(Math.abs(data.height - 90) <= 1);
    assert.ok(data.level > 60 && data.level < 140, `${data.level}`);
    await waitFor('pictures', () => colours.length > 40);
    assert.ok(colours.slice(1).every(isUnchanged));
    const { framesIn, framesOut, framesProcessed } = await statistics();
    assert.equal(framesOut, framesIn);
    assert.ok(framesProcessed < framesIn / 2);
  });

  test('a passive one that hangs is ended, and nothing is seen of it', async (context) => {
    const { insert, colours, told } = await studio(context);
    await insert(startOf(source('static passive = true; static timeLimit = 400; process() { for (;;); }')));
    await waitFor('the end to be told', () => told('error').length > 0);
    const before = colours.length;
    await waitFor('pictures', () => colours.length > before + 5);
    assert.ok(colours.slice(1).every(isUnchanged));
  });

  test('sound is changed in place', async (context) => {
    const { insert, shares, told } = await studio(context, 'audio');
    await insert(
      startOf(
        source(
          `static format = 'F32'; static rate = 16000; static channels = 1;
           heard = false;
           process({ samples, channels, rate, length, format }) {
             if (!this.heard && samples.some((sample) => Math.abs(sample) > 0.2)) { this.heard = true; this.context.emit('Heard', { channels, rate, format, right: samples instanceof Float32Array && samples.length === length }); }
             for (let i = 0; i < length; i++) samples[i] = 0.3 * Math.sin((2 * Math.PI * 3000 * this.#n++) / rate);
           }
           #n = 0;`,
        ),
        { kind: 'audioProcessor', events: ['Heard'] },
      ),
    );
    const [heard] = await waitFor('a tone to be heard', () => told('event').length > 0 && told('event'));
    assert.deepEqual(heard!.data, { channels: 1, rate: 16_000, format: 'F32', right: true });
    await waitFor('another tone in its place', () => shares.length > 8 && shares.at(-1)! < 0.05);
  });

  test('a passive listener gets whole numbers, and the sound stays', async (context) => {
    const { insert, shares, told } = await studio(context, 'audio');
    await insert(
      startOf(
        source(
          `static format = 'S16'; static passive = true;
           process({ samples }) { this.context.emit('Heard', { is: samples instanceof Int16Array }); samples.fill(0); }`,
        ),
        { kind: 'audioProcessor', events: ['Heard'] },
      ),
    );
    await waitFor('sound to be heard', () => told('event').length > 10);
    await waitFor('the tone', () => shares.length > 8 && shares.at(-1)! > 0.9);
  });

  test('a graph process ends in order while a processor hangs', async (context) => {
    const { graph, insert, counts } = await studio(context);
    const inserted = insert(
      startOf(source("process() { this.context.emit('Hung', {}); for (;;); }"), {
        events: ['Hung'],
        timeoutMs: 60_000,
      }),
    );
    inserted.catch(() => {});
    await waitFor('it to hang', () =>
      graph.events.some(
        ({ type, data }) => type === 'elementEvent' && (data as { type: string }).type === 'event',
      ),
    );
    await waitFor('the others', () => counts.direct > 3);
    assert.equal(await graph.close(), 0);
  });

  test('what can not be a processor is refused, and leaves nothing behind', async (context) => {
    const { graph } = await studio(context);
    const refused = (url: string) =>
      graph.request('createElement', {
        element: 'e',
        type: 'Module',
        params: startOf(url) as unknown as Record<string, unknown>,
      });
    await assert.rejects(refused('file:///nowhere.js'), { code: 40108 });
    await assert.rejects(refused('data:text/javascript,export default 5'), { code: 40108 });
    await assert.rejects(refused('data:text/javascript,process.exit(0)'), /ended its thread/);
    await assert.rejects(
      refused('data:text/javascript,await new Promise(() => {})'),
      /ended its thread while it was loaded: .* awaits what never comes$/,
    );
    await assert.rejects(refused('data:text/javascript,syntax error'), { code: 40108 });
    await assert.rejects(refused(source('')), /no method 'process'/);
    await assert.rejects(refused(source("static format = 'YUY2'; process() {}")), /'format' must be one of/);
    await assert.rejects(refused(source("process() {} #x = (() => { throw new Error('no'); })()")), /no/);
    assert.equal((await graph.request('status', {})).elements, 0);
  });
});
