import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import {
  type Hub,
  type HubPort,
  invokeBeyond,
  type KurentoClient,
  type MediaElement,
  type MediaObject,
  type MediaPipeline,
  openClient,
  type RecordedEvent,
  recordEvents,
} from './support/kurento.js';
import { lastPicture } from './support/media-file.js';
import { childrenOf } from './support/process.js';
import { RtpCounter, RtpFan } from './support/rtp-fan.js';
import { describeRtp, portsOf, type RtpPorts, type VideoCodec } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const ENCODERS: Record<VideoCodec, string> = {
  VP8: 'vp8enc deadline=1 cpu-used=8 keyframe-max-dist=10 ! rtpvp8pay',
  H264: 'openh264enc gop-size=10 ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency',
};
type Colour = 'red' | 'green' | 'blue' | 'black';

function colour(pattern: Colour, codec: VideoCodec, width = 160, height = 120): (ports: RtpPorts) => string {
  return ({ video, audio }) =>
    `videotestsrc is-live=true pattern=${pattern} ! video/x-raw,format=I420,width=${width},height=${height},framerate=15/1
     ! ${ENCODERS[codec]} pt=96 mtu=1200 ! udpsink host=127.0.0.1 port=${video} sync=false
     audiotestsrc is-live=true volume=0.1 samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=2 ! opusenc
     ! rtpopuspay pt=97 ! udpsink host=127.0.0.1 port=${audio} sync=false`;
}

type Dispatcher = Hub & { connect(source: HubPort, sink: HubPort): Promise<void> };

/** A fixed row of numbers from 0 to 1 (Mulberry32): a run that fails can be repeated. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('group calls of RTP peers', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-group-'));
  let server: TestServer;
  let client: KurentoClient;
  let pipeline: MediaPipeline;
  const errors: RecordedEvent[][] = [];
  const closers: (() => void)[] = [];
  let files = 0;

  before(async () => {
    server = await TestServer.start({ args: ['--media.loopback', 'always', '--media.warmSpare', 'never'] });
    client = await openClient(server.uri);
  });
  after(async () => {
    client?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    pipeline = await client.create('MediaPipeline');
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await pipeline.release();
    await waitFor('the graph process to end', () => server.workers.flatMap(childrenOf).length === 0);
    assert.deepEqual(errors.splice(0).flat(), []);
  });

  function watched<T extends MediaObject>(object: T): T {
    errors.push(recordEvents(object, ['Error']));
    return object;
  }

  /** A camera that sends as soon as it is told to. */
  async function camera(codec: VideoCodec = 'VP8') {
    const element = watched(await pipeline.create('RtpEndpoint'));
    const ports = portsOf(await element.processOffer(describeRtp(codec)));
    let fan: RtpFan | undefined;
    return {
      element,
      show: async (pattern: Colour, width?: number, height?: number): Promise<void> => {
        const describe = colour(pattern, codec, width, height);
        if (fan !== undefined) {
          fan.launch(describe);
          return;
        }
        fan = await RtpFan.start(describe);
        const started = fan;
        closers.push(() => started.stop());
        fan.add(ports);
      },
    };
  }

  async function viewer(source: MediaElement, codec: VideoCodec = 'VP8'): Promise<RtpCounter> {
    const counter = await RtpCounter.start();
    closers.push(() => counter.close());
    const element = watched(await pipeline.create('RtpEndpoint'));
    await element.processOffer(describeRtp(codec, { audio: 9, video: counter.port }));
    await source.connect(element);
    return counter;
  }

  /** Records until the picture has these colours. */
  async function shows(source: MediaElement, places: [x: number, y: number, is: Colour][]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const path = join(folder, `${++files}.webm`);
      const recorder = watched(
        await pipeline.create('RecorderEndpoint', { uri: `file://${path}`, mediaProfile: 'WEBM_VIDEO_ONLY' }),
      );
      await source.connect(recorder, 'VIDEO');
      await recorder.record();
      await waitFor('the recording to begin', async () => (await recorder.getState()) === 'START', 30_000);
      const begun = performance.now();
      await waitFor('something to be recorded', () => performance.now() - begun > 700 * attempt);
      await recorder.stopAndWait();
      await recorder.release();
      const picture = lastPicture(path);
      const seen = places.map(([x, y]) => nameOf(picture.at(x, y)));
      try {
        assert.deepEqual(
          seen,
          places.map(([, , is]) => is),
        );
        return;
      } catch (error) {
        if (attempt === 8) throw error;
      }
    }
  }

  function nameOf([red = 0, green = 0, blue = 0]: number[]): string {
    if (Math.max(red, green, blue) < 60) return 'black';
    const names = [red > 110 && 'red', green > 110 && 'green', blue > 110 && 'blue'];
    return names.filter(Boolean).join('+');
  }

  test('ports that are connected before there is media; one port for several sinks', async () => {
    const composite = watched(await pipeline.create('Composite', { width: 320, height: 240 }));
    const [one, two] = [await camera('VP8'), await camera('H264')];
    const port = await composite.createHubPort();
    const viewers = [await viewer(port, 'VP8'), await viewer(port, 'H264'), await viewer(port, 'VP8')];
    await one.element.connect(port);
    const other = await composite.createHubPort();
    await two.element.connect(other);
    await one.show('red');
    await shows(port, [[160, 120, 'red']]);
    await two.show('blue');
    await shows(other, [
      [80, 120, 'red'],
      [240, 120, 'blue'],
    ]);
    for (const counter of viewers) {
      const before = counter.markers;
      await waitFor('all to see something', () => counter.markers > before + 5);
    }
  });

  test('a Composite in a Composite, and through a Dispatcher', async () => {
    const inner = watched(await pipeline.create('Composite', { width: 320, height: 240 }));
    const outer = watched(await pipeline.create('Composite', { width: 640, height: 480 }));
    const [one, two, three] = [await camera(), await camera(), await camera()];
    for (const each of [one, two]) await each.element.connect(await inner.createHubPort());
    const [bridge, first, second] = await Promise.all([
      inner.createHubPort(),
      outer.createHubPort(),
      outer.createHubPort(),
    ]);
    await bridge.connect(first);
    await three.element.connect(second);
    await Promise.all([one.show('red'), two.show('green'), three.show('blue')]);
    await invokeBeyond(outer, 'setLabel', { port: first.id, text: 'inner' });
    const create = pipeline.create.bind(pipeline) as unknown as (type: string) => Promise<Dispatcher>;
    const dispatcher = watched(await create('Dispatcher'));
    const [from, to] = [await dispatcher.createHubPort(), await dispatcher.createHubPort()];
    await first.connect(from);
    await dispatcher.connect(from, to);
    await shows(to, [
      [80, 240, 'red'],
      [240, 240, 'green'],
      [480, 240, 'blue'],
      [160, 20, 'black'],
    ]);
    await bridge.disconnect(first);
    await shows(to, [[320, 240, 'blue']]);
  });

  test('sources that change their size, and are changed for one of another codec', async () => {
    const blending = watched(await pipeline.create('AlphaBlending'));
    const composite = watched(await pipeline.create('Composite', { width: 320, height: 240 }));
    const [one, two] = [await camera('VP8'), await camera('H264')];
    const ports = [await blending.createHubPort(), await composite.createHubPort()];
    for (const port of ports) await one.element.connect(port);
    await blending.setMaster(ports[0]!, 1);
    await one.show('red', 160, 120);
    await two.show('green', 240, 180);
    await shows(ports[0]!, [[80, 60, 'red']]);
    await one.show('blue', 320, 180);
    await shows(ports[0]!, [[300, 160, 'blue']]);
    await shows(ports[1]!, [
      [160, 120, 'blue'],
      [160, 10, 'black'],
    ]);
    for (const port of ports) await two.element.connect(port);
    await shows(ports[0]!, [[200, 150, 'green']]);
    await shows(ports[1]!, [[160, 10, 'green']]);
  });

  test('ports that come and go at random', async () => {
    const random = numbers(20);
    const composite = watched(await pipeline.create('Composite', { width: 320, height: 240 }));
    const mixer = watched(await pipeline.create('Mixer'));
    const cameras = [await camera('VP8'), await camera('H264')];
    await Promise.all([cameras[0]!.show('red'), cameras[1]!.show('red')]);
    const watcher = await composite.createHubPort();
    const counter = await viewer(watcher);
    const listener = await mixer.createHubPort();
    await viewer(listener);
    const ports: { port: HubPort; heard: HubPort }[] = [];
    for (let step = 0; step < 60; step++) {
      if (ports.length > 0 && random() < 0.5) {
        const [gone] = ports.splice(Math.floor(random() * ports.length), 1);
        const source = cameras[Math.floor(random() * 2)]!.element;
        // With and without taking it off before, and several steps at once.
        if (random() < 0.3) await source.connect(gone!.port);
        if (random() < 0.3) await mixer.disconnect('AUDIO', gone!.heard, listener);
        await Promise.all([gone!.port.release(), gone!.heard.release()]);
      } else if (ports.length < 5) {
        const made = { port: await composite.createHubPort(), heard: await mixer.createHubPort() };
        const source = cameras[Math.floor(random() * 2)]!.element;
        await Promise.all([source.connect(made.port), source.connect(made.heard)]);
        await mixer.connect('AUDIO', made.heard, listener);
        const label =
          random() < 0.5 && invokeBeyond(composite, 'setLabel', { port: made.port.id, text: `${step}` });
        if (random() < 0.5) await label;
        else if (label !== false) label.catch(() => {});
        ports.push(made);
      }
    }
    for (const { port, heard } of ports) await Promise.all([port.release(), heard.release()]);
    await cameras[0]!.element.connect(await composite.createHubPort());
    await shows(watcher, [[160, 120, 'red']]);
    const before = counter.markers;
    await waitFor('the viewer to go on', () => counter.markers > before + 5);
  });
});
