import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NackGenerator } from './nack-generator.js';
import { parseRtcp } from './rtcp-parser.js';
import { RtcpWriter } from './rtcp-writer.js';
import { extendSequence } from './sequence.js';

/** Near the end of 16 bits, so that a roll-over comes soon. */
const FIRST_SEQUENCE = 65000;

/** A small seeded generator (mulberry32), 0 … 1. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Network {
  loss: number;
  oneWayMs: number;
  jitterMs: number;
}

interface Outcome {
  sent: number;
  delivered: number;
  resends: number;
  /** longest time from the first sending to the arrival, ms */
  worstMs: number;
  gaveUp: boolean;
}

/** Sender and viewer of 250 packets a second for some seconds, everything (packets, NACKs, resends) through the network. */
function call(network: Network, seed: number, seconds = 20): Outcome {
  const random = seeded(seed);
  /** Packets are sent again at most once a round trip. */
  const resentMs = new Map<number, number>();
  let newest = FIRST_SEQUENCE;
  const generator = new NackGenerator();
  const lost = new Uint16Array(512);
  const events: { at: number; run: () => void }[] = [];
  const transmit = (now: number, run: (at: number) => void): void => {
    if (random() < network.loss) return;
    const at = now + network.oneWayMs + random() * network.jitterMs;
    events.push({ at, run: () => run(at) });
  };
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
    if (!sentMs.has(extended) || clock - lastMs < network.oneWayMs * 2) return;
    resentMs.set(extended, clock);
    outcome.resends++;
    transmit(clock, (at) => receive(extended, at, true));
  };
  const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) => {
    const datagram = buffer.slice(0, length);
    transmit(clock, (at) => {
      clock = at;
      assert.ok(parseRtcp(datagram, 0, length, { nack: (_sender, _media, sequence) => onNack(sequence) }));
    });
  });
  for (let tick = 0; tick < (seconds + 3) * 250; tick++) {
    const now = tick * 4;
    events.sort((a, b) => a.at - b.at);
    while (events.length > 0 && events[0]!.at <= now) events.shift()!.run();
    clock = now;
    if (tick < seconds * 250) {
      const extended = FIRST_SEQUENCE + tick;
      newest = extended;
      sentMs.set(extended, now);
      transmit(now, (at) => receive(extended, at, false));
    }
    const count = generator.collect(now, network.oneWayMs * 2, lost);
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
  assert.equal(call({ loss: 0, oneWayMs: 50, jitterMs: 0 }, 1).resends, 0);
  const reordered = call({ loss: 0, oneWayMs: 50, jitterMs: 15 }, 2);
  assert.equal(reordered.delivered, reordered.sent);
  assert.ok(reordered.resends < reordered.sent * 0.01, `${reordered.resends}`);
});

test('10 % loss at 100 ms round trip: nothing that had a packet behind it is missing, few are sent needlessly', () => {
  const outcome = call({ loss: 0.1, oneWayMs: 50, jitterMs: 5 }, 3);
  // only losses at the very end cannot be noticed
  assert.ok(outcome.sent - outcome.delivered <= 3, `${outcome.sent - outcome.delivered}`);
  assert.equal(outcome.gaveUp, false);
  assert.ok(outcome.worstMs < 900, `${outcome.worstMs}`);
  assert.ok(outcome.resends < outcome.sent * 0.14, `${outcome.resends}`);
});

test('20 % loss at 200 ms round trip: nearly all arrive, and what does not is told', () => {
  const outcome = call({ loss: 0.2, oneWayMs: 100, jitterMs: 10 }, 4);
  assert.ok(outcome.delivered > outcome.sent * 0.98, `${outcome.delivered} of ${outcome.sent}`);
  assert.equal(outcome.gaveUp, true);
});
