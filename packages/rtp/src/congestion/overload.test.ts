import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Overload } from './overload.js';

const BASE = 25;
const BYTES = 1200;

/** Ten packets that arrive every 24 ms (400 kbit/s) after `queueMs` in a queue that grows by `growthMs` with each of them. */
function window(queueMs: number, growthMs: number, lost: number): Overload {
  const overload = new Overload();
  for (let i = 0; i < 10; i++) {
    const arrival = 1000 + i * 24;
    overload.onReceived(arrival - BASE - queueMs - i * growthMs, arrival, BYTES);
  }
  for (let i = 0; i < lost; i++) overload.onLost();
  return overload;
}

describe('overload', () => {
  test('a full queue in which packets are lost shows the capacity', () => {
    assert.equal(window(250, 0, 10).take(BASE, 2_000_000), 400_000);
  });

  test('so does a queue that fills quickly, when the capacity is far below the estimate', () => {
    assert.equal(window(100, 20, 0).take(BASE, 2_000_000), 400_000);
    assert.equal(window(100, 20, 0).take(BASE, 500_000), 0);
  });

  test('losses without a queue, a queue without losses, and few losses show nothing', () => {
    assert.equal(window(0, 0, 10).take(BASE, 2_000_000), 0);
    assert.equal(window(250, 0, 0).take(BASE, 2_000_000), 0);
    assert.equal(window(250, 0, 2).take(BASE, 2_000_000), 0);
  });

  test('what it shows is below the estimate', () => {
    assert.equal(window(250, 0, 10).take(BASE, 400_000), 0);
  });

  test('a window is used once, and a short one not yet', () => {
    const overload = window(250, 0, 10);
    assert.notEqual(overload.take(BASE, 2_000_000), 0);
    assert.equal(overload.take(BASE, 2_000_000), 0);
    for (let i = 0; i < 4; i++) overload.onReceived(i, i + 300, BYTES);
    for (let i = 0; i < 4; i++) overload.onLost();
    assert.equal(overload.take(BASE, 2_000_000), 0);
    overload.onReceived(4, 400, BYTES);
    assert.equal(overload.take(BASE, 2_000_000), (4 * BYTES * 8000) / 100);
  });
});
