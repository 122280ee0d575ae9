import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RembController } from './remb.js';

interface Run {
  /** bit/s sent, one value each 200 ms */
  sent: number[];
  received: number[];
  /** lost bits / sent bits over the whole run */
  loss: number;
}

/** A sender that follows each REMB after one update, on a link with a short queue; capacity by time in ms. */
function run(
  controller: RembController,
  durationMs: number,
  capacityAt: (ms: number) => number,
  options: { startBps?: number; randomLoss?: number; sourceBps?: number } = {},
): Run {
  const result: Run = { sent: [], received: [], loss: 0 };
  let rate = options.startBps ?? 300_000;
  let queue = 0;
  let sentBits = 0;
  let lostBits = 0;
  const recent: number[] = [];
  for (let ms = 200; ms <= durationMs; ms += 200) {
    const capacity = capacityAt(ms) * 0.2;
    const offered = rate * 0.2;
    const arrives = offered * (1 - (options.randomLoss ?? 0)) + queue;
    const delivered = Math.min(arrives, capacity);
    // the queue holds 100 ms
    queue = Math.min(arrives - delivered, capacityAt(ms) * 0.1);
    const lost = Math.max(0, arrives - delivered - queue) + offered * (options.randomLoss ?? 0);
    sentBits += offered;
    lostBits += lost;
    recent.push(delivered);
    if (recent.length > 3) recent.shift();
    const receivedBps = recent.reduce((a, b) => a + b, 0) / (recent.length * 0.2);
    const fraction = Math.floor((lost / (lost + delivered)) * 256);
    result.sent.push(rate);
    result.received.push(delivered / 0.2);
    const wanted = controller.update(ms, receivedBps, fraction, Math.ceil(delivered / 9600));
    rate = Math.min(wanted, options.sourceBps ?? Number.POSITIVE_INFINITY);
  }
  result.loss = lostBits / sentBits;
  return result;
}

function mean(values: number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

test('on a clean network 300 kbit/s become 4 Mbit/s within four seconds', () => {
  const { sent, loss } = run(new RembController(), 4000, () => 100e6);
  assert.ok(sent.at(-1)! >= 4e6, `${sent.at(-1)}`);
  assert.equal(loss, 0);
});

test('settles below a narrow link, with little loss', () => {
  const { received, loss } = run(new RembController(), 60000, () => 1e6);
  const settled = mean(received.slice(100));
  assert.ok(settled > 0.65e6 && settled <= 1e6, `${settled}`);
  assert.ok(loss < 0.03, `${loss}`);
});

test('follows a drop of the capacity within seconds, and its return', () => {
  const { sent, received } = run(new RembController({ maxKbps: 3000 }), 60000, (ms) =>
    ms < 15000 || ms > 40000 ? 5e6 : 0.8e6,
  );
  assert.ok(received[70]! > 2.9e6);
  const narrow = sent.slice(100, 200);
  assert.ok(Math.max(...narrow) < 1.2e6, `${Math.max(...narrow)}`);
  assert.ok(mean(narrow) > 0.5e6, `${mean(narrow)}`);
  assert.ok(sent.at(-1)! > 2.5e6, `${sent.at(-1)}`);
});

test('one percent of random loss does not hold the bitrate down', () => {
  const { sent } = run(new RembController(), 8000, () => 100e6, { randomLoss: 0.01 });
  assert.ok(sent.at(-1)! > 4e6, `${sent.at(-1)}`);
});

test('losses that stay although less is sent stop the descent; a narrow link behind them is still seen', () => {
  const open = run(new RembController({ maxKbps: 2000 }), 60000, () => 100e6, { randomLoss: 0.1 });
  assert.ok(Math.min(...open.sent) > 200_000, `${Math.min(...open.sent)}`);
  assert.equal(open.sent.at(-1), 2e6);
  const narrow = run(new RembController(), 60000, () => 1e6, { randomLoss: 0.1 });
  assert.ok(narrow.loss < 0.12, `${narrow.loss}`);
});

test('never asks for more than twice what came, once the start is over', () => {
  const { sent } = run(new RembController(), 20000, () => 100e6, { sourceBps: 700_000 });
  const controller = new RembController();
  run(controller, 20000, () => 100e6, { sourceBps: 700_000 });
  assert.equal(sent.at(-1), 700_000);
  assert.ok(controller.estimate <= 1.4e6 + 1);
});

test('Kurento rules: loss averaged over the top interval, halved at too many losses, held at bearable ones', () => {
  const controller = new RembController();
  controller.update(200, 1e6, 0, 100);
  const before = controller.estimate;
  assert.equal(before, 1.51e6);
  // 20 packets with 25/256: 5/256 over 100 packets is bearable
  controller.update(400, 1e6, 25, 20);
  assert.equal(controller.lossRecord, 5);
  assert.equal(controller.estimate, 1e6);
  controller.update(600, 1e6, 64, 100);
  assert.equal(controller.estimate, 0.5e6);
  assert.equal(controller.lossRecord, 0);
  const custom = new RembController({ params: { decrementFactor: 0.9, upLosses: 100 } });
  custom.update(200, 1e6, 99, 100);
  assert.equal(custom.estimate, 1e6);
  custom.update(400, 1e6, 101, 100);
  assert.equal(custom.estimate, 0.9e6);
});

test('above the threshold it grows in steps that reach the last top in linealFactorGrade updates', () => {
  const controller = new RembController({ params: { linealFactorGrade: 10 } });
  controller.update(0, 2e6, 0, 100);
  controller.update(200, 1e6, 64, 100);
  // base 1.2 Mbit/s: threshold 0.96, step 0.024
  assert.equal(controller.estimate, 0.6e6);
  controller.update(400, 0.9e6, 0, 100);
  assert.equal(controller.estimate, 0.96e6);
  controller.update(600, 0.9e6, 0, 100);
  controller.update(800, 0.9e6, 0, 100);
  assert.ok(Math.abs(controller.estimate - (0.96e6 + 48000)) < 1);
});

test('limits: maximum, viewers, minimum and the floor, in this order', () => {
  const controller = new RembController({ minKbps: 100, maxKbps: 600 });
  assert.equal(controller.update(200, 500_000, 0, 50), 600_000);
  assert.equal(controller.update(400, 500_000, 0, 50, 250_000), 250_000);
  assert.equal(controller.update(600, 500_000, 0, 50, 10_000), 100_000);
  controller.setLimits(0, 0);
  assert.equal(controller.update(800, 500_000, 0, 50, 10_000), 30_000);
});

test('silence changes nothing', () => {
  const controller = new RembController({ initialBps: 400_000 });
  assert.equal(controller.update(0, 0, 0, 0), 400_000);
  assert.equal(controller.update(100000, 0, 255, 0), 400_000);
});
