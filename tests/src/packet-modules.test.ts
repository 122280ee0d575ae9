import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { RawClient } from './conformance/raw-client.js';
import { plain } from './support/drawn-pictures.js';
import { FilterBench } from './support/filter-bench.js';
import { useHarness } from './support/harness.js';
import type { MediaElement, MediaPipeline } from './support/kurento.js';
import { describeRtp, hasGStreamer, portsOf, RtpPrograms } from './support/rtp-programs.js';
import { waitFor } from './support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-packets-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const MODULE = new URL('../../packages/media/dist/test-support/packet-module/index.js', import.meta.url).href;

describe('modules that work on RTP packets of real streams', {
  skip: !hasGStreamer() && 'needs the Debian packages gstreamer1.0-tools, gstreamer1.0-plugins-{good,bad}',
}, () => {
  const harness = useHarness({ server: { args: ['--media.loopback', 'always', '--modules', MODULE] } });
  let pipeline: MediaPipeline;
  let programs: RtpPrograms;
  let raw: RawClient;
  let bench: FilterBench;

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    programs = new RtpPrograms();
    raw = await RawClient.open(harness.server.uri);
    bench = new FilterBench(pipeline, programs, folder);
  });
  afterEach(async () => {
    raw.close();
    programs.stop();
    await pipeline.release();
  });

  async function make(type: string, does = ''): Promise<MediaElement> {
    const id = await raw.create(type, { mediaPipeline: pipeline.id, does });
    return (await harness.client.getMediaobjectById(id)) as MediaElement;
  }

  async function ask(element: MediaElement, operation: string): Promise<unknown> {
    const { result } = await raw.call('invoke', { object: element.id, operation });
    return (result as { value: unknown }).value;
  }

  const isGreen = (at: (x: number, y: number) => number[]): void => {
    const [red = 0, green = 0, blue = 0] = at(80, 60);
    assert.ok(green > red + 80 && green > blue + 80, `green: ${at(80, 60)}`);
  };

  for (const codec of ['VP8', 'H264'] as const) {
    test(`${codec}: all bytes of its payloads are made unreadable and readable again, and the picture is right`, async () => {
      const [sealer, opener, watcher] = [await make('Sealer'), await make('Opener'), await make('Watcher')];
      const camera = await pipeline.create('RtpEndpoint');
      await camera.connect(sealer);
      await sealer.connect(opener);
      await opener.connect(watcher);
      programs.send(codec, portsOf(await camera.processOffer(describeRtp(codec))), { pattern: 'green' });
      await bench.sees(watcher, isGreen);
      const seen = JSON.parse(String(await ask(watcher, 'show'))) as { codec: string };
      assert.ok([codec, 'opus', 'OPUS', 'PCMU'].includes(seen.codec), seen.codec);
      assert.ok(Number(await ask(watcher, 'count')) > 10);
    });
  }

  test('one that leaves out a third leaves out a third, and figures tell', async () => {
    const dropper = await make('Sorter', 'third');
    await (await bench.camera(plain(20, 200, 20))).connect(dropper, 'VIDEO');
    const sink = await make('Watcher');
    await dropper.connect(sink);
    const figures = await waitFor('some packets', async () => {
      const value = (await ask(dropper, 'getStats')) as Record<string, Record<string, number>> | null;
      const [found] = Object.values(value ?? {});
      return found !== undefined && found.framesIn! > 60 && found;
    });
    const { framesIn, framesOut, framesDropped } = figures as Record<string, number>;
    assert.ok(Math.abs(framesOut! - (framesIn! * 2) / 3) < 3, `${framesOut} of ${framesIn}`);
    assert.equal(framesDropped, 0);
    const before = Number(await ask(sink, 'count'));
    await waitFor('what is left to come', async () => Number(await ask(sink, 'count')) > before);
  });

  test('pictures that come raw, as out of a filter, are encoded for it once', async () => {
    const id = await raw.create('GStreamerFilter', { mediaPipeline: pipeline.id, command: 'videobalance' });
    const filter = (await harness.client.getMediaobjectById(id)) as MediaElement;
    await (await bench.camera(plain(20, 200, 20))).connect(filter, 'VIDEO');
    const sorter = await make('Sorter');
    await filter.connect(sorter, 'VIDEO');
    await bench.sees(sorter, isGreen);
    const seen = JSON.parse(String(await ask(sorter, 'show'))) as { codec: string };
    assert.equal(seen.codec, 'VP8');
  });
});
