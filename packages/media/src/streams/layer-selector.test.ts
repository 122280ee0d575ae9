import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LayerSelector } from './layer-selector.js';

const LAYERS = [150_000, 500_000, 1_700_000];

describe('choice of a simulcast layer', () => {
  test('begins at the lowest layer when nothing is known, at what fits when something is', () => {
    assert.equal(new LayerSelector().select(0, LAYERS, -1, 0), 0);
    const known = new LayerSelector();
    known.onEstimate(600_000);
    assert.equal(known.select(0, LAYERS, -1, 0), 1);
  });

  test('goes down at once and up when the estimate covers the next layer', () => {
    const selector = new LayerSelector();
    selector.onEstimate(400_000);
    assert.equal(selector.select(0, LAYERS, 2, 0), 0);
    selector.onEstimate(600_000);
    assert.equal(selector.select(1000, LAYERS, 0, 0), 1);
    selector.onEstimate(5_000_000);
    assert.equal(selector.select(2000, LAYERS, 1, 0), 2);
  });

  test('a limit of the application is never exceeded', () => {
    const selector = new LayerSelector();
    selector.onEstimate(10_000_000);
    assert.equal(selector.select(0, LAYERS, 2, 600_000), 1);
    assert.equal(selector.select(10_000, LAYERS, 1, 600_000), 1);
  });

  test('tries a higher layer when there is headroom, and waits longer after each failure', () => {
    const selector = new LayerSelector();
    selector.onEstimate(150_000);
    selector.select(0, LAYERS, -1, 0);
    // What a receiver-side estimate can reach on 150 kbit/s: about one and a half times that.
    selector.onEstimate(225_000);
    assert.equal(selector.select(1000, LAYERS, 0, 0), 0);
    assert.equal(selector.select(2000, LAYERS, 0, 0), 1);
    selector.onEstimate(200_000);
    assert.equal(selector.select(3000, LAYERS, 1, 0), 0);
    selector.onEstimate(225_000);
    assert.equal(selector.select(8000, LAYERS, 0, 0), 0);
    assert.equal(selector.select(11_000, LAYERS, 0, 0), 1);
    selector.onEstimate(200_000);
    assert.equal(selector.select(12_000, LAYERS, 1, 0), 0);
    selector.onEstimate(225_000);
    assert.equal(selector.select(21_000, LAYERS, 0, 0), 0);
    assert.equal(selector.select(28_000, LAYERS, 0, 0), 1);
  });

  /** A path with a receiver as in libwebrtc: 8 % a second up to one and a half times what comes, less when too much comes. */
  function play(path: number, layers: readonly number[], seconds: number): number[] {
    const selector = new LayerSelector();
    let estimate = 120_000;
    let current = 0;
    const sent: number[] = [];
    for (let second = 0; second < seconds; second++) {
      const rate = layers[current]!;
      if (rate > path) estimate = Math.min(estimate, 0.85 * path);
      else estimate = Math.max(estimate, Math.min(estimate * 1.08, rate * 1.5 + 10_000));
      selector.onEstimate(estimate);
      current = selector.select(second * 1000, layers, current, 0);
      sent.push(current);
    }
    return sent;
  }

  test('reaches the largest encoding of a free path within seconds, though the estimate grows slowly', () => {
    assert.ok(play(10_000_000, LAYERS, 20).indexOf(2) <= 6);
    // Two temporal layers each.
    const many = [100_000, 150_000, 350_000, 500_000, 1_200_000, 1_700_000];
    assert.ok(play(10_000_000, many, 30).indexOf(5) <= 10);
  });

  test('stays at what a path carries, and tries more rarely and more rarely', () => {
    const sent = play(800_000, LAYERS, 120);
    const tooMuch = sent.filter((layer) => layer === 2).length;
    assert.ok(tooMuch >= 1 && tooMuch <= 12, `${tooMuch} seconds above the path`);
    assert.ok(sent.filter((layer) => layer === 0).length <= 6, sent.join(''));
  });

  for (const [swing, period] of [
    [0.12, 4],
    [0.15, 15],
    [0.25, 4],
  ] as const) {
    test(`an estimate of probes that swings by ${swing * 100} % in ${period} s changes little`, () => {
      const selector = new LayerSelector();
      let current = -1;
      let switches = 0;
      const select = (nowMs: number, estimate: number): void => {
        selector.onEstimate(estimate, true);
        const next = selector.select(nowMs, LAYERS, current, 0);
        if (next !== current && nowMs > 60_000) switches++;
        current = next;
      };
      for (let ms = 0; ms < 180_000; ms += 100) {
        select(ms, LAYERS[1]! * (1 + swing * Math.sin((2 * Math.PI * ms) / 1000 / period)));
      }
      assert.ok(switches <= 6, `${switches} in two minutes`);
      // The path really gets wider or narrower.
      select(180_000, LAYERS[1]! * 1.4);
      assert.equal(current, 1);
      for (let ms = 180_100; ms < 186_000; ms += 100) select(ms, LAYERS[0]!);
      assert.equal(current, 0);
      for (let ms = 186_000; ms < 201_000; ms += 100) select(ms, LAYERS[2]! * 1.2);
      assert.equal(current, 2);
    });
  }

  test('always gives a layer that there is', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            estimate: fc.nat(4_000_000),
            count: fc.integer({ min: 1, max: 3 }),
            limit: fc.nat(2_000_000),
          }),
        ),
        (steps) => {
          const selector = new LayerSelector();
          let current = -1;
          for (const [index, { estimate, count, limit }] of steps.entries()) {
            selector.onEstimate(estimate);
            current = selector.select(
              index * 1000,
              LAYERS.slice(0, count),
              Math.min(current, count - 1),
              limit,
            );
            assert.ok(current >= 0 && current < count);
          }
        },
      ),
    );
  });
});
