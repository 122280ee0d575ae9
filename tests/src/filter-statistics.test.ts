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
import { hasGStreamer, RtpPrograms } from './support/rtp-programs.js';
import { waitFor } from './support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-filter-statistics-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface FilterStats {
  __type__: string;
  type: string;
  framesIn: number;
  framesOut: number;
  framesProcessed: number;
  framesDropped: number;
  meanFrameMicros: number;
  maxFrameMicros: number;
}

describe('statistics of filters', {
  skip: !hasGStreamer() && 'needs the Debian packages gstreamer1.0-tools, gstreamer1.0-plugins-{good,bad}',
}, () => {
  const harness = useHarness({ server: { args: ['--media.loopback', 'always'] } });
  let pipeline: MediaPipeline;
  let programs: RtpPrograms;
  let raw: RawClient;

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    programs = new RtpPrograms();
    raw = await RawClient.open(harness.server.uri);
  });
  afterEach(async () => {
    raw.close();
    programs.stop();
    await pipeline.release();
  });

  async function make(type: string, params: Record<string, string>): Promise<MediaElement> {
    const id = await raw.create(type, { mediaPipeline: pipeline.id, ...params });
    return (await harness.client.getMediaobjectById(id)) as MediaElement;
  }

  async function statsOf(element: MediaElement, mediaType?: string): Promise<FilterStats | undefined> {
    const { result, error } = await raw.call('invoke', {
      object: element.id,
      operation: 'getStats',
      ...(mediaType !== undefined && { operationParams: { mediaType } }),
    });
    assert.equal(error, undefined);
    const [record] = Object.values((result as { value: Record<string, FilterStats> | null }).value ?? {});
    return record;
  }

  test('each filter tells how many frames came in and out, and how long they take', async () => {
    const camera = await new FilterBench(pipeline, programs, folder).camera(plain(90, 110, 90));
    for (const [type, params] of [
      ['ZBarFilter', {}],
      ['ImageOverlayFilter', {}],
      ['GStreamerFilter', { command: 'videobalance', filterType: 'VIDEO' }],
      ['OpenCVExample', {}],
    ] as const) {
      const filter = await make(type, params);
      await camera.connect(filter, 'VIDEO');
      const stats = await waitFor(`frames of ${type}`, async () => {
        const found = await statsOf(filter);
        return found !== undefined && found.framesOut > 3 && found;
      });
      assert.deepEqual([stats.__type__, stats.type], ['ElementStats', 'element'], type);
      assert.ok(stats.framesIn >= stats.framesOut && stats.framesProcessed === stats.framesOut, type);
      assert.ok(stats.meanFrameMicros > 0 && stats.maxFrameMicros >= stats.meanFrameMicros, type);
      assert.ok((await statsOf(filter, 'VIDEO'))!.framesIn > 3);
      assert.equal(await statsOf(filter, 'AUDIO'), undefined);
      await filter.release();
    }
  });

  test('a filter that is too slow drops frames, says so, and holds up nobody', async () => {
    const camera = await new FilterBench(pipeline, programs, folder).camera(plain(90, 110, 90));
    const slow = await make('GStreamerFilter', {
      command: 'identity sleep-time=400000',
      filterType: 'VIDEO',
    });
    const quick = await make('GStreamerFilter', { command: 'videobalance', filterType: 'VIDEO' });
    await raw.call('subscribe', { object: slow.id, type: 'FilterOverloaded' });
    await raw.call('subscribe', { object: quick.id, type: 'FilterOverloaded' });
    await camera.connect(slow, 'VIDEO');
    await camera.connect(quick, 'VIDEO');
    await raw.until(() => raw.events.length > 0, 'the overload to be told', 30_000);
    const [event] = raw.events;
    assert.equal(event!.object, slow.id);
    const { framesIn, framesDropped, meanFrameMicros } = event!.data as unknown as Record<string, number>;
    assert.ok(framesDropped! > 0 && framesDropped! < framesIn!);
    assert.ok(meanFrameMicros! >= 400_000);
    const [late, prompt] = [(await statsOf(slow))!, (await statsOf(quick))!];
    assert.ok(late.framesDropped > late.framesOut);
    assert.ok(prompt.framesOut > late.framesOut * 2, `${prompt.framesOut} and ${late.framesOut}`);
  });
});
