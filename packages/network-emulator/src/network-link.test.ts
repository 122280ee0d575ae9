import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LinkProfile, NetworkLink } from './network-link.js';
import { NETWORK_PROFILES } from './profiles.js';

interface Arrival {
  packet: number;
  at: number;
}

/** Sends numbered packets at even times and tells what arrives when. */
function carry(
  link: NetworkLink<number>,
  count: number,
  intervalMs: number,
  size = 1000,
  from = 0,
): Arrival[] {
  const arrivals: Arrival[] = [];
  const receive = (until: number): void => {
    for (;;) {
      const at = link.nextTimeout();
      if (at > until) return;
      const packet = link.receive(at);
      if (packet !== undefined) arrivals.push({ packet, at });
    }
  };
  for (let i = 0; i < count; i++) {
    const now = from + i * intervalMs;
    receive(now);
    link.send(now, i, size);
  }
  receive(from + count * intervalMs + 60_000);
  return arrivals;
}

test('a clean link delivers everything at once and in order', () => {
  const arrivals = carry(new NetworkLink<number>(), 100, 3);
  assert.deepEqual(
    arrivals,
    Array.from({ length: 100 }, (_, packet) => ({ packet, at: packet * 3 })),
  );
});

test('a link does the same again for the same seed, and something else for another', () => {
  const profile = { ...NETWORK_PROFILES.wifi.down, duplication: 0.1 };
  const run = (seed: number): Arrival[] => carry(new NetworkLink<number>(profile, seed), 2000, 3);
  assert.deepEqual(run(5), run(5));
  assert.notDeepEqual(run(5), run(6));
});

test('losses are as frequent as asked for, and single ones', () => {
  const link = new NetworkLink<number>({ loss: 0.1 }, 3);
  const arrivals = carry(link, 20_000, 1);
  assert.ok(Math.abs(arrivals.length / 20_000 - 0.9) < 0.01, `${arrivals.length}`);
  assert.ok(Math.abs(meanBurst(arrivals, 20_000) - 1 / 0.9) < 0.05);
});

test('bursts have the length and the share that the two probabilities give', () => {
  const arrivals = carry(new NetworkLink<number>({ burst: { begin: 0.011, end: 0.1 } }, 3), 100_000, 1);
  const share = 1 - arrivals.length / 100_000;
  assert.ok(Math.abs(share - 0.011 / 0.111) < 0.01, `${share}`);
  const mean = meanBurst(arrivals, 100_000);
  assert.ok(Math.abs(mean - 10) < 1, `${mean}`);
});

function meanBurst(arrivals: readonly Arrival[], count: number): number {
  const came = new Set(arrivals.map(({ packet }) => packet));
  let bursts = 0;
  for (let i = 1; i < count; i++) if (!came.has(i) && came.has(i - 1)) bursts++;
  return (count - came.size) / bursts;
}

test('jitter delays and keeps the order; reordering lets packets overtake', () => {
  const jittered = carry(new NetworkLink<number>({ delay: 20, jitter: 30 }), 1000, 5);
  for (const [i, { packet, at }] of jittered.entries()) {
    assert.equal(packet, i);
    assert.ok(at - packet * 5 >= 20 && at - packet * 5 <= 50);
  }
  const link = new NetworkLink<number>({ delay: 20, reordering: { probability: 0.1, delay: 40 } });
  const reordered = carry(link, 1000, 5);
  const late = reordered.filter(({ at, packet }) => at - packet * 5 > 20);
  assert.equal(reordered.length, 1000);
  assert.ok(late.length > 70 && late.length < 130, `${late.length}`);
  assert.ok(reordered.some(({ packet }, i) => i > 0 && packet < reordered[i - 1]!.packet));
});

test('a capped link delivers at its rate, makes packets wait for as long as its queue, and drops the rest', () => {
  const link = new NetworkLink<number>({ rate: 1e6, queue: 100, delay: 10 });
  // 2 Mbit/s into 1 Mbit/s for 4 s
  const arrivals = carry(link, 1000, 4);
  const { dropped, delivered } = link.counters;
  assert.ok(Math.abs(dropped - 490) < 12, `${dropped}`);
  assert.equal(delivered, arrivals.length);
  const waits = arrivals.map(({ at, packet }) => at - packet * 4 - 10);
  assert.ok(Math.max(...waits) <= 108.001, `${Math.max(...waits)}`);
  for (const [i, { at }] of arrivals.entries()) {
    if (i > 0) assert.ok(at - arrivals[i - 1]!.at >= 7.999);
  }
});

test('packets that wait when the rate changes leave at the new one', () => {
  const link = new NetworkLink<number>({ rate: 80_000, queue: 10_000 });
  // 100 ms each
  for (let i = 0; i < 4; i++) link.send(0, i, 1000);
  assert.equal(link.waitMs(0), 400);
  assert.equal(link.nextTimeout(), 100);
  link.setProfile(50, { rate: 8_000, queue: 10_000 });
  assert.equal(link.nextTimeout(), 550);
  assert.equal(link.receive(549), undefined);
  assert.equal(link.receive(550), 0);
  link.setProfile(600, {});
  assert.deepEqual([link.receive(600), link.receive(600), link.receive(600)], [1, 2, 3]);
  assert.equal(link.nextTimeout(), Number.POSITIVE_INFINITY);
});

test('whatever the profile, nothing is invented and everything is counted', () => {
  const probability = fc.double({ min: 0, max: 1, noNaN: true });
  const milliseconds = fc.nat(200);
  const profiles = fc.record(
    {
      loss: probability,
      burst: fc.record({ begin: probability, end: probability, loss: probability }),
      delay: milliseconds,
      jitter: milliseconds,
      reordering: fc.record({ probability, delay: milliseconds }),
      duplication: probability,
      rate: fc.integer({ min: 1000, max: 10_000_000 }),
      queue: milliseconds,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(profiles, fc.nat(), fc.nat(20), (profile, seed, intervalMs) => {
      const link = new NetworkLink<number>(profile as LinkProfile, seed);
      const arrivals = carry(link, 200, intervalMs);
      const { sent, delivered, deliveredBytes, lost, dropped, duplicated } = link.counters;
      assert.equal(sent, 200);
      assert.equal(delivered, arrivals.length);
      assert.equal(deliveredBytes, delivered * 1000);
      assert.equal(sent + duplicated, delivered + lost + dropped);
      assert.equal(new Set(arrivals.map(({ packet }) => packet)).size, sent - lost - dropped);
      for (const { packet, at } of arrivals) assert.ok(at >= packet * intervalMs + (profile.delay ?? 0));
    }),
    { numRuns: 200 },
  );
});
