import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LinkProfile, NetworkLink } from '@rivero/network-emulator';
import { NackGenerator } from './nack-generator.js';
import { parseRtcp } from './rtcp-parser.js';
import { RtcpWriter } from './rtcp-writer.js';
import { extendSequence } from './sequence.js';

/** Near the end of 16 bits, so that a roll-over comes soon. */
const FIRST_SEQUENCE = 65000;

interface Outcome {
  sent: number;
  delivered: number;
  resends: number;
  /** longest time from the first sending to the arrival, ms */
  worstMs: number;
  gaveUp: boolean;
}

/** Sender and viewer of 250 packets a second for some seconds, everything (packets, NACKs, resends) through the network. */
function call(network: LinkProfile, seed: number, seconds = 20): Outcome {
  const rttMs = (network.delay ?? 0) * 2;
  /** Packets are sent again at most once a round trip. */
  const resentMs = new Map<number, number>();
  let newest = FIRST_SEQUENCE;
  const generator = new NackGenerator();
  const lost = new Uint16Array(512);
  const there = new NetworkLink<(now: number) => void>(network, seed);
  const back = new NetworkLink<(now: number) => void>(network, seed + 1);
  const sentMs = new Map<number, number>();
  const arrivedMs = new Map<number, number>();
  let highest = FIRST_SEQUENCE;
  const outcome: Outcome = { sent: 0, delivered: 0, resends: 0, worstMs: 0, gaveUp: false };
  const receive = (extended: number, now: number, isRetransmission: boolean): void => {
    const wide = extendSequence(extended & 0xffff, highest);
    assert.equal(wide, extended);
    if (extended > highest) highest = extended;
    if (!arrivedMs.has(extended)) arrivedMs.set(extended, now);
    generator.onPacket(extended, now, isRetransmission);
  };
  let clock = 0;
  const onNack = (sequence: number): void => {
    const extended = extendSequence(sequence, newest);
    const lastMs = resentMs.get(extended) ?? Number.NEGATIVE_INFINITY;
    if (!sentMs.has(extended) || clock - lastMs < rttMs) return;
    resentMs.set(extended, clock);
    outcome.resends++;
    there.send(clock, (at) => receive(extended, at, true), 1200);
  };
  const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) => {
    const datagram = buffer.slice(0, length);
    const handle = (at: number): void => {
      clock = at;
      assert.ok(parseRtcp(datagram, 0, length, { nack: (_sender, _media, sequence) => onNack(sequence) }));
    };
    back.send(clock, handle, length);
  });
  for (let tick = 0; tick < (seconds + 3) * 250; tick++) {
    const now = tick * 4;
    for (;;) {
      const link = there.nextTimeout() <= back.nextTimeout() ? there : back;
      const at = link.nextTimeout();
      if (at > now) break;
      link.receive(at)?.(at);
    }
    clock = now;
    if (tick < seconds * 250) {
      const extended = FIRST_SEQUENCE + tick;
      newest = extended;
      sentMs.set(extended, now);
      there.send(now, (at) => receive(extended, at, false), 1200);
    }
    const count = generator.collect(now, rttMs, lost);
    if (count > 0) {
      writer.begin(1, undefined);
      writer.nack(2, lost, count);
      writer.finish();
    }
    if (generator.takeGiveUp()) outcome.gaveUp = true;
  }
  outcome.sent = sentMs.size;
  outcome.delivered = arrivedMs.size;
  for (const [extended, at] of arrivedMs) {
    outcome.worstMs = Math.max(outcome.worstMs, at - sentMs.get(extended)!);
  }
  return outcome;
}

test('a clean network needs no resends, a reordering one hardly any', () => {
  assert.equal(call({ loss: 0, delay: 50 }, 1).resends, 0);
  const reordered = call({ loss: 0, delay: 50, reordering: { probability: 1, delay: 15 } }, 2);
  assert.equal(reordered.delivered, reordered.sent);
  assert.ok(reordered.resends < reordered.sent * 0.01, `${reordered.resends}`);
});

test('10 % loss at 100 ms round trip: nothing that had a packet behind it is missing, few are sent needlessly', () => {
  const outcome = call({ loss: 0.1, delay: 50, reordering: { probability: 1, delay: 5 } }, 3);
  // only losses at the very end cannot be noticed
  assert.ok(outcome.sent - outcome.delivered <= 3, `${outcome.sent - outcome.delivered}`);
  assert.equal(outcome.gaveUp, false);
  assert.ok(outcome.worstMs < 900, `${outcome.worstMs}`);
  assert.ok(outcome.resends < outcome.sent * 0.14, `${outcome.resends}`);
});

test('20 % loss at 200 ms round trip: nearly all arrive, and what does not is told', () => {
  const outcome = call({ loss: 0.2, delay: 100, reordering: { probability: 1, delay: 10 } }, 4);
  assert.ok(outcome.delivered > outcome.sent * 0.98, `${outcome.delivered} of ${outcome.sent}`);
  assert.equal(outcome.gaveUp, true);
});
