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

  /** @returns bounds, kbit/s, of a sender of encodings that take `kbps`, when nobody wants the upper ones any more */
  function bounds(kbps: readonly [number, number], ms: readonly number[]): number[] {
    const layers = ['l', 'h'].map((rid) => new TestLayer(rid));
    const demand = new LayerDemand();
    const all = layers.map(({ layer }) => layer);
    let now = 0;
    for (; now <= 20_000; now += 1000) {
      for (const [index, layer] of layers.entries()) {
        layer.bitrate = kbps[index]! * 1000;
        layer.stream.highestMs = now;
      }
      demand.measure(now, all);
    }
    const high = { layer: all[1], spatial: 0 };
    assert.equal(demand.bound(now, all, [high]), Number.POSITIVE_INFINITY);
    return ms.map((after) =>
      Math.round(demand.bound(now + after, all, [{ layer: all[0], spatial: 0 }]) / 1000),
    );
  }

  test('a bound comes down step by step, so that what the sender has in its queue does not stand still', () => {
    assert.deepEqual(
      bounds([200, 800], [0, 200, 400, 600, 800, 1000, 2000]),
      [1150, 805, 563, 394, 276, 230, 230],
    );
  });

  test('a bound leaves room for key frames', () => {
    assert.deepEqual(bounds([20, 400], [0, 5000]), [483, 130]);
  });
});
