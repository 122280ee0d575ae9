import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { RawClient } from './conformance/raw-client.js';
import { useFilterHarness } from './support/filter-harness.js';
import type { MediaElement } from './support/kurento.js';
import { hasGStreamer } from './support/rtp-programs.js';

const skip =
  hasGStreamer() && existsSync('/usr/share/opencv4/haarcascades')
    ? false
    : 'needs the Debian packages gstreamer1.0-tools, gstreamer1.0-plugins-{good,bad} and gstreamer1.0-opencv';

/** A red square on a blue ground, 40 pixels from the edges. */
const square = (x: number, y: number): [number, number, number] =>
  x >= 40 && x < 280 && y >= 40 && y < 200 ? [230, 40, 40] : [20, 20, 160];

const brightness = (pixel: number[]): number => Math.max(...pixel);
const colourfulness = (pixel: number[]): number => Math.max(...pixel) - Math.min(...pixel);

describe('modules', { skip }, () => {
  const harness = useFilterHarness();

  test('GStreamerExample shows edges, or grey, and changes while media flows', async () => {
    const raw = await RawClient.open(harness.server.uri);
    const { result } = await raw.call('create', {
      type: 'GStreamerExample',
      constructorParams: { mediaPipeline: harness.pipeline.id },
    });
    const id = String((result as { value: string }).value);
    const call = async (operation: string, operationParams: Record<string, number>) =>
      (await raw.call('invoke', { object: id, operation, operationParams })).error;
    const filter = (await harness.client.getMediaobjectById(id)) as MediaElement;
    await (await harness.bench.camera(square)).connect(filter, 'VIDEO');
    await harness.bench.sees(filter, (at) => {
      const edge = Math.max(...[37, 38, 39, 40, 41, 42].map((x) => brightness(at(x, 120))));
      assert.ok(edge > 120, `the edge of the square: ${edge}`);
      assert.ok(brightness(at(160, 120)) < 60, `the square is dark: ${at(160, 120)}`);
      assert.ok(brightness(at(10, 10)) < 60, `the ground is dark: ${at(10, 10)}`);
    });
    assert.equal(await call('setFilterType', { filterType: 1 }), undefined);
    await harness.bench.sees(filter, (at) => {
      assert.ok(colourfulness(at(160, 120)) < 30, `the square is grey: ${at(160, 120)}`);
      assert.ok(brightness(at(160, 120)) > 60, `the square is not dark: ${at(160, 120)}`);
    });
    assert.equal(await call('setFilterType', { filterType: 0 }), undefined);
    // No contrast is strong enough now.
    assert.equal(await call('setEdgeThreshold', { edgeValue: 255 }), undefined);
    const refused = await call('setEdgeThreshold', { edgeValue: 256 });
    assert.deepEqual(
      [refused?.code, refused?.message],
      [40001, 'edgeValue should be between 0 and 255, not 256'],
    );
    assert.equal((await call('setFilterType', { filterType: 2 }))?.code, 40001);
    raw.close();
  });

  test('OpenCVExample shows edges, or grey, and changes while media flows', async () => {
    const raw = await RawClient.open(harness.server.uri);
    const { result } = await raw.call('create', {
      type: 'OpenCVExample',
      constructorParams: { mediaPipeline: harness.pipeline.id },
    });
    const id = String((result as { value: string }).value);
    const call = async (operation: string, operationParams: Record<string, number>) =>
      (await raw.call('invoke', { object: id, operation, operationParams })).error;
    const filter = (await harness.client.getMediaobjectById(id)) as MediaElement;
    await (await harness.bench.camera(square)).connect(filter, 'VIDEO');
    const edgeOf = (at: (x: number, y: number) => number[]): number =>
      Math.max(...[37, 38, 39, 40, 41, 42].map((x) => brightness(at(x, 120))));
    await harness.bench.sees(filter, (at) => {
      assert.ok(edgeOf(at) > 120, `the edge of the square: ${edgeOf(at)}`);
      for (const [x, y] of [
        [160, 120],
        [10, 10],
      ] as const)
        assert.ok(brightness(at(x, y)) < 60, `no edge: ${at(x, y)}`);
    });
    // The step in brightness at the edge is not as high as that.
    assert.equal(await call('setEdgeThreshold', { edgeValue: 1000 }), undefined);
    await harness.bench.sees(filter, (at) =>
      assert.ok(edgeOf(at) < 60, `no edge is strong enough: ${edgeOf(at)}`),
    );
    assert.equal(await call('setFilterType', { filterType: 1 }), undefined);
    await harness.bench.sees(filter, (at) => {
      assert.ok(colourfulness(at(160, 120)) < 30, `the square is grey: ${at(160, 120)}`);
      assert.ok(brightness(at(160, 120)) > 60, `the square is not dark: ${at(160, 120)}`);
    });
    raw.close();
  });
});
