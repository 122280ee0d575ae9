import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { NETWORK_PROFILES, type NetworkProfile } from '@rivero/network-emulator';
import { NetworkLab, type Way } from './lab.js';
import { type Phase, type PhaseResult, runPhases } from './measure.js';
import { whyNoNamespaces } from './namespace.js';

/** A machine that stands still for so long makes freezes of its own, ms. */
const STALL_MS = 100;
/** A packet may be lost five times in a row: what happens by chance once in minutes is no failure, what happens each time is. */
const ATTEMPTS = 3;

/** Small, so that encoder and decoder do not need the whole machine. */
const CAMERA = { width: 320, height: 240, frameRate: 20 };

function capped(rate: number): NetworkProfile {
  const link = { delay: 25, rate, queue: 250 };
  return { down: link, up: link };
}

describe('a viewer behind a bad network (Chromium)', { skip: whyNoNamespaces(), timeout: 120_000 }, () => {
  let lab: NetworkLab | undefined;

  before(async () => {
    lab = await NetworkLab.open(5);
  });
  after(async () => {
    await lab?.close();
  });

  /** Measures until the result is as wanted, so many times at most; undefined when it was the machine that did not do. */
  async function measure(
    context: TestContext,
    way: Way,
    maxBitrate: number,
    phases: readonly Phase[],
    isGood: (results: readonly PhaseResult[]) => boolean,
  ): Promise<readonly PhaseResult[] | undefined> {
    for (let attempt = 1; ; attempt++) {
      const source = { camera: CAMERA, encodings: [{ maxBitrate }] };
      const call = await lab!.call(way, source, phases[0]!.profile);
      const results = await runPhases(lab!, way, call, phases);
      await call.end();
      const stallMs = Math.max(...results.map(({ whole }) => whole.stallMs));
      if (isGood(results)) return results;
      const text = `the machine stood still for ${stallMs.toFixed(0)} ms`;
      context.diagnostic(`${text}: ${JSON.stringify(results.map(({ whole }) => whole))}`);
      if (attempt < ATTEMPTS) continue;
      if (stallMs < STALL_MS) return results;
      context.skip(text);
      return undefined;
    }
  }

  for (const way of ['downlink', 'uplink'] as const) {
    test(`${way}: no freeze over 500 ms at 10 % loss and 100 ms round trip`, async (context) => {
      const phases = [{ profile: NETWORK_PROFILES['loss-10-rtt-100'], seconds: 8, settleSeconds: 0 }];
      const isGood = (results: readonly PhaseResult[]) => results[0]!.whole.longestGapMs <= 500;
      const results = await measure(context, way, 600_000, phases, isGood);
      if (results === undefined) return;
      const { whole } = results[0]!;
      assert.ok(whole.longestGapMs <= 500, `${whole.longestGapMs} ms without a frame`);
      assert.ok(whole.framesPerSecond > 12, `${whole.framesPerSecond} frames a second`);
      assert.ok(whole.lostPercent > 5, 'the network did lose packets');
    });
  }

  test('ten seconds after a drop of the capacity 80 to 100 % of it are used, and hardly anything is lost', async (context) => {
    const phases = [
      { profile: capped(1_500_000), seconds: 6, settleSeconds: 5 },
      { profile: capped(500_000), seconds: 15, settleSeconds: 10 },
    ];
    const isGood = (results: readonly PhaseResult[]): boolean => {
      const { linkKbps, droppedPercent } = results[1]!.settled;
      return linkKbps >= 400 && linkKbps <= 500 && droppedPercent <= 2;
    };
    const results = await measure(context, 'downlink', 1_500_000, phases, isGood);
    if (results === undefined) return;
    assert.ok(results[0]!.settled.linkKbps > 600, `${results[0]!.settled.linkKbps} kbit/s before`);
    const { linkKbps, droppedPercent } = results[1]!.settled;
    assert.ok(linkKbps >= 400 && linkKbps <= 500, `${linkKbps} kbit/s`);
    assert.ok(droppedPercent <= 2, `${droppedPercent} % dropped`);
  });
});
