import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LinkProfile, NetworkLink } from '@rivero/network-emulator';
import { type Arrival, CongestionFlow, Simulation } from '../testing/congestion-flow.js';

/** More than any path here carries. */
const USEFUL = 4_000_000;

function flowOver(profile: LinkProfile, seed = 5) {
  const simulation = new Simulation();
  const path = new NetworkLink<Arrival>(profile, seed);
  const flow = new CongestionFlow(simulation, path);
  flow.estimator.setUseful(USEFUL);
  return { simulation, path, flow };
}

function kbps(bitrate: number): string {
  return `${Math.round(bitrate / 1000)} kbit/s`;
}

describe('send-side estimator', () => {
  for (const [before, after, collapses] of [
    [2000, 500, 1],
    [1500, 300, 1],
    [3000, 500, 1],
    [2000, 1500, 0],
    [1000, 700, 0],
  ] as const) {
    test(`${before} to ${after} kbit/s is ${collapses ? 'a collapse, told once' : 'no collapse'}`, () => {
      for (const seed of [1, 2, 3]) {
        const { simulation, path, flow } = flowOver({ delay: 25, rate: before * 1000, queue: 250 }, seed);
        let told = 0;
        const run = (ms: number): void => {
          for (const end = simulation.nowMs + ms; simulation.nowMs < end; simulation.run(10))
            told += Number(flow.estimator.takeCollapse());
        };
        run(20_000);
        assert.equal(told, 0, `seed ${seed}: before`);
        path.setProfile(simulation.nowMs, { ...path.profile, rate: after * 1000 });
        run(1000);
        assert.equal(told, collapses, `seed ${seed}: in the first second`);
        run(10_000);
        assert.equal(told, collapses, `seed ${seed}: afterwards`);
      }
    });
  }

  test('a lossy path does not collapse', () => {
    const { simulation, flow } = flowOver({ delay: 50, loss: 0.15, jitter: 20 });
    for (let i = 0; i < 3000; i++) {
      simulation.run(10);
      assert.ok(!flow.estimator.takeCollapse());
    }
  });

  for (const [before, after] of [
    [3000, 300],
    [3000, 1000],
    [1000, 500],
  ] as const) {
    for (const delayMs of [0, 50, 150]) {
      test(`${before} to ${after} kbit/s at ${2 * delayMs} ms round trip: followed within 10 s`, () => {
        const { simulation, path, flow } = flowOver({ delay: delayMs, rate: before * 1000, queue: 300 });
        simulation.run(20_000);
        flow.summary(20_000);
        path.setProfile(simulation.nowMs, { ...path.profile, rate: after * 1000 });
        simulation.run(6000);
        flow.summary(6000);
        simulation.run(4000);
        const { bitrate, loss } = flow.summary(4000);
        assert.ok(bitrate >= after * 800 && bitrate <= after * 1020, `6 to 10 s after: ${kbps(bitrate)}`);
        assert.ok(loss < 0.02, `lost ${loss}`);
      });
    }
  }

  for (const [before, after] of [
    [2000, 500],
    [1500, 300],
    [3000, 1000],
    [3000, 500],
  ] as const) {
    for (const seed of [1, 2, 3]) {
      test(`${before} to ${after} kbit/s: after half a second nothing is lost any more (seed ${seed})`, () => {
        const { simulation, path, flow } = flowOver(
          { delay: 25, jitter: 5 * (seed - 1), rate: before * 1000, queue: 250 },
          seed,
        );
        simulation.run(20_000);
        path.setProfile(simulation.nowMs, { ...path.profile, rate: after * 1000 });
        simulation.run(500);
        flow.summary(500);
        simulation.run(1500);
        const { bitrate, loss } = flow.summary(1500);
        assert.ok(loss < 0.02, `lost ${loss}`);
        assert.ok(bitrate > after * 900, `the queue keeps the path busy: ${kbps(bitrate)}`);
        assert.ok(path.waitMs(simulation.nowMs) < 150, 'the queue goes');
      });
    }
  }

  test('key frames that fill the queue do not bring it down', () => {
    const { simulation, path, flow } = flowOver({ delay: 25, rate: 1_000_000, queue: 400 });
    flow.encoderBps = 700_000;
    simulation.run(15_000);
    for (let i = 0; i < 10; i++) {
      flow.burst(20_000);
      simulation.run(2000);
    }
    assert.ok(flow.estimator.bitrate > 700_000, kbps(flow.estimator.bitrate));
    assert.equal(path.counters.dropped, 0);
  });

  for (const rateKbps of [300, 3000]) {
    test(`a path of ${rateKbps} kbit/s is found and used`, () => {
      const { simulation, flow } = flowOver({ delay: 40, rate: rateKbps * 1000 });
      simulation.run(15_000);
      flow.summary(15_000);
      simulation.run(15_000);
      const { bitrate, loss } = flow.summary(15_000);
      assert.ok(bitrate > rateKbps * 800, kbps(bitrate));
      assert.ok(loss < 0.02, `lost ${loss}`);
    });
  }

  test('probes find the capacity within a second', () => {
    const { simulation, flow } = flowOver({ delay: 25 });
    simulation.run(1000);
    assert.ok(flow.estimator.bitrate > 1_500_000, kbps(flow.estimator.bitrate));
  });

  test('a probe shows no more than it has tried', () => {
    const { simulation, flow } = flowOver({ delay: 25 });
    flow.estimator.setUseful(700_000);
    flow.encoderBps = 200_000;
    simulation.run(5000);
    assert.ok(
      flow.estimator.bitrate > 630_000 && flow.estimator.bitrate <= 700_000,
      kbps(flow.estimator.bitrate),
    );
  });

  for (const seed of [1, 2, 3]) {
    test(`10 % of random loss does not bring it down (seed ${seed})`, () => {
      const { simulation, flow } = flowOver({ delay: 50, loss: 0.1, rate: 2_000_000 }, seed);
      simulation.run(60_000);
      flow.summary(60_000);
      simulation.run(30_000);
      const { bitrate } = flow.summary(30_000);
      assert.ok(bitrate > 1_000_000, kbps(bitrate));
    });
  }

  test('losses in bursts do not bring it down', () => {
    const { simulation, flow } = flowOver({
      delay: 50,
      burst: { begin: 0.01, end: 0.2 },
      rate: 2_000_000,
    });
    simulation.run(30_000);
    flow.summary(30_000);
    simulation.run(30_000);
    const { bitrate } = flow.summary(30_000);
    assert.ok(bitrate > 1_000_000, kbps(bitrate));
  });

  test('losses of a policer, which come with the bitrate, do', () => {
    const { simulation, flow } = flowOver({ delay: 25, rate: 1_000_000, queue: 20 });
    simulation.run(10_000);
    flow.summary(10_000);
    simulation.run(30_000);
    const { bitrate, loss } = flow.summary(30_000);
    assert.ok(bitrate > 800_000, kbps(bitrate));
    assert.ok(loss < 0.03, `lost ${loss}`);
  });

  test('jitter, reordering and duplicates are not taken for congestion', () => {
    const { simulation, flow } = flowOver({
      delay: 50,
      jitter: 30,
      reordering: { probability: 0.1, delay: 40 },
      duplication: 0.05,
      rate: 2_000_000,
    });
    simulation.run(20_000);
    flow.summary(20_000);
    simulation.run(20_000);
    const { estimate } = flow.summary(20_000);
    assert.ok(estimate > 1_400_000, kbps(estimate));
  });

  test('what was lost is found again when the cap lifts', () => {
    const { simulation, path, flow } = flowOver({ delay: 50, rate: 300_000 });
    simulation.run(20_000);
    path.setProfile(simulation.nowMs, { ...path.profile, rate: 3_000_000 });
    simulation.run(25_000);
    flow.summary(45_000);
    simulation.run(5000);
    const { bitrate } = flow.summary(5000);
    assert.ok(bitrate > 2_000_000, kbps(bitrate));
  });

  test('two flows share a path equally', () => {
    const simulation = new Simulation();
    const path = new NetworkLink<Arrival>({ delay: 25, rate: 2_000_000 }, 5);
    const first = new CongestionFlow(simulation, path);
    first.estimator.setUseful(USEFUL);
    simulation.run(15_000);
    const second = new CongestionFlow(simulation, path);
    second.estimator.setUseful(USEFUL);
    simulation.run(60_000);
    for (const flow of [first, second]) flow.summary(60_000);
    simulation.run(30_000);
    const a = first.summary(30_000).bitrate;
    const b = second.summary(30_000).bitrate;
    assert.ok(Math.min(a, b) / Math.max(a, b) > 0.6, `${kbps(a)} and ${kbps(b)}`);
    assert.ok(a + b > 1_600_000, `${kbps(a + b)} together`);
  });

  test('probes tell a sender of little that it could send more, and no more often than useful', () => {
    const { simulation, flow } = flowOver({ delay: 50 });
    flow.encoderBps = 150_000;
    flow.estimator.setUseful(1_200_000);
    simulation.run(20_000);
    assert.ok(flow.estimator.bitrate * 1.1 >= 1_200_000, kbps(flow.estimator.bitrate));
    flow.summary(20_000);
    simulation.run(20_000);
    const { bitrate } = flow.summary(20_000);
    assert.ok(bitrate < 165_000, `with nothing more to learn it sends ${kbps(bitrate)}`);
  });

  test('a path that becomes longer is no queue', () => {
    const { simulation, path, flow } = flowOver({ delay: 20 });
    flow.encoderBps = 1_000_000;
    simulation.run(10_000);
    path.setProfile(simulation.nowMs, { delay: 250 });
    simulation.run(30_000);
    assert.ok(flow.estimator.bitrate > 800_000, kbps(flow.estimator.bitrate));
  });

  test('feedback about packets that were never sent changes nothing', async () => {
    const { SendSideEstimator } = await import('./send-side-estimator.js');
    const { SentPackets } = await import('./sent-packets.js');
    const { TransportFeedbackReader } = await import('../transport-feedback-reader.js');
    const sent = new SentPackets(new Uint32Array(SentPackets.words(1024)), 0, 1024);
    const estimator = new SendSideEstimator(sent);
    const reader = new TransportFeedbackReader();
    const bytes = Uint8Array.from(
      Buffer.from('fffe00060000010520 04e00001020304fffe0000'.replace(' ', ''), 'hex'),
    );
    assert.ok(reader.parse(bytes, 0, bytes.length));
    estimator.onFeedback(reader, 1);
    assert.equal(estimator.active, false);
    assert.equal(estimator.bitrate, 300_000);
  });
});
