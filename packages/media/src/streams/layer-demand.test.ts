import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Layer } from './layer.js';
import { LayerDemand } from './layer-demand.js';

/** An encoding whose bitrate the test says. */
class TestLayer {
  bitrate = 0;
  readonly stream = { highestMs: 0, statistics: { bitrate: () => this.bitrate } };

  constructor(readonly rid: string) {}

  get layer(): Layer {
    return this as unknown as Layer;
  }
}

describe('demand for encodings', () => {
  test('the key frame that an encoding begins with does not count as what it usually takes', () => {
    const low = new TestLayer('l');
    const high = new TestLayer('h');
    const demand = new LayerDemand();
    const measure = (second: number, bitrate: number): void => {
      low.bitrate = 100_000;
      high.bitrate = bitrate;
      low.stream.highestMs = second * 1000;
      high.stream.highestMs = second * 1000;
      demand.measure(second * 1000, [low.layer, high.layer]);
    };
    measure(1, 5_000_000);
    assert.equal(demand.leastOf(high.layer), 0);
    measure(2, 1_000_000);
    measure(3, 1_000_000);
    assert.equal(demand.leastOf(high.layer), 700_000);
    // It stops, and begins again.
    measure(4, 0);
    measure(5, 4_000_000);
    measure(6, 1_000_000);
    assert.ok(demand.leastOf(high.layer) <= 700_000);
  });

  test('a short look at the beginning is not a whole one', () => {
    const low = new TestLayer('l');
    const high = new TestLayer('h');
    const demand = new LayerDemand();
    for (const [ms, bitrate] of [
      [100, 9_000_000],
      [700, 3_000_000],
      [1200, 1_000_000],
    ] as const) {
      high.bitrate = bitrate;
      high.stream.highestMs = ms;
      demand.measure(ms, [low.layer, high.layer]);
    }
    assert.equal(demand.leastOf(high.layer), 700_000);
  });
});
