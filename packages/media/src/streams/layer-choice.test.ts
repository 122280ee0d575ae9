import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerTarget } from '@rivero/rtp';
import type { Layer } from './layer.js';
import { boundedChoices, type LayerChoice, qualitySteps } from './layer-choice.js';

const layer = {} as Layer;

/** bit/s by spatial and temporal layer; of three temporal layers each has twice the frames of the one below. */
function choices(...rates: number[][]): LayerChoice[] {
  return rates.flatMap((temporal, spatial) =>
    temporal.map((bitrate, index) => ({
      layer,
      target: layerTarget(spatial, index),
      bitrate,
      spatial,
      temporal: index,
      frames: 30 / 2 ** (temporal.length - 1 - index),
    })),
  );
}

const names = (steps: readonly LayerChoice[]): string[] =>
  steps.map(({ spatial, temporal }) => `${spatial}/${temporal}`);

test('a larger picture comes with half of its frames at least, the smallest with any', () => {
  const all = choices([60, 90, 150], [180, 300, 500], [600, 1000, 1700]);
  assert.deepEqual(names(qualitySteps(all)), ['0/0', '0/1', '0/2', '1/1', '1/2', '2/1', '2/2']);
  assert.deepEqual(names(qualitySteps(choices([60, 100], [200, 400]))), ['0/0', '0/1', '1/0', '1/1']);
});

test('few frames of a larger picture do not displace all frames of a smaller one', () => {
  // A quarter of the large picture costs less than all of the small one.
  const all = choices([100, 150, 250], [200, 350, 600]);
  assert.deepEqual(names(qualitySteps(all)), ['0/0', '0/1', '0/2', '1/1', '1/2']);
});

test('what costs more than something better is left out', () => {
  const all = choices([100, 150, 400], [200, 350, 600]);
  assert.deepEqual(names(qualitySteps(all)), ['0/0', '0/1', '1/1', '1/2']);
});

test('an application that wants few frames gets them in any size', () => {
  const all = choices([60, 90, 150], [180, 300, 500], [600, 1000, 1700]);
  assert.deepEqual(names(qualitySteps(boundedChoices(all, -1, 0))), ['0/0', '1/0', '2/0']);
  assert.deepEqual(names(qualitySteps(boundedChoices(all, 1, -1))), ['0/0', '0/1', '0/2', '1/1', '1/2']);
});

test('encodings without temporal layers, and frames that were not counted yet', () => {
  const plain = choices([100], [500], [1700]).map((choice) => ({ ...choice, frames: 0 }));
  assert.deepEqual(names(qualitySteps(plain)), ['0/0', '1/0', '2/0']);
  assert.deepEqual(qualitySteps([]), []);
});
