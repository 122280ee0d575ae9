import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkLink } from '@rivero/network-emulator';
import { RetransmissionBudget } from './retransmission-budget.js';

/** Sends `kbps` for some seconds and asks for a part of all packets again; tells which part was allowed. */
function allowed(budget: RetransmissionBudget, kbps: number, asked: number, seconds = 20): number {
  let octets = 0;
  let wanted = 0;
  let granted = 0;
  const packets = (seconds * kbps * 1000) / 8 / 1000;
  for (let i = 0; i < packets; i++) {
    octets += 1000;
    wanted += asked;
    for (; wanted >= 1; wanted--) {
      if (budget.allow((i * seconds * 1000) / packets, 1000, octets)) granted++;
    }
  }
  return granted / (packets * asked);
}

test('a quarter of the packets may be sent again, of several times as many only a part', () => {
  for (const kbps of [100, 500, 3000]) {
    assert.ok(allowed(new RetransmissionBudget(), kbps, 0.25) > 0.97, `${kbps}`);
    const part = allowed(new RetransmissionBudget(), kbps, 2);
    assert.ok(part < 0.4, `${kbps}: ${part}`);
  }
});

test('after an outage a fifth of a second of media comes again at once', () => {
  const budget = new RetransmissionBudget();
  allowed(budget, 2000, 0.05, 10);
  const octets = 10 * 250_000;
  let granted = 0;
  while (budget.allow(10_000, 1000, octets)) granted++;
  assert.ok(granted >= 50 && granted < 90, `${granted}`);
  assert.equal(budget.refused, 1);
});

test('packets go out twice while few are sent again, and no longer when many are', () => {
  const copies = (asked: number): number => {
    const budget = new RetransmissionBudget();
    let copies = 0;
    let requests = 0;
    // 1 Mbit/s in packets of 1000 bytes
    for (let i = 0; i < 2000; i++) {
      if (i * asked < requests) continue;
      requests++;
      if (budget.allow(i * 8, 1000, i * 1000) && budget.allowCopy(1000)) copies++;
    }
    return copies / requests;
  };
  assert.ok(copies(0.1) > 0.95, `${copies(0.1)}`);
  assert.ok(copies(0.3) < 0.35, `${copies(0.3)}`);
});

test('when much is refused for long a key frame is called for, and not again at once', () => {
  const budget = new RetransmissionBudget();
  const called: number[] = [];
  for (let now = 0; now < 8000; now += 10) {
    // 200 kbit/s, all of it asked for twice
    for (let i = 0; i < 2; i++) budget.allow(now, 250, now * 25);
    if (budget.takeExhausted(now)) called.push(now);
  }
  assert.ok(called.length === 2 || called.length === 3, `${called}`);
  assert.ok(called[0]! >= 700 && called[1]! - called[0]! >= 3000);
});

test('a stream that sends next to nothing can still be repaired', () => {
  const budget = new RetransmissionBudget();
  assert.ok(budget.allow(0, 1200, 100));
  assert.ok(budget.allow(1000, 1200, 200));
});

/**
 * A link that has become narrow, a source that takes three seconds to follow, and a viewer that asks for what it misses ten
 * times a second and ten times in all. @returns part of the packets that are dropped after that
 */
function droppedAfterwards(budget: RetransmissionBudget | undefined): number {
  const link = new NetworkLink<number>({ rate: 500e3, queue: 250, delay: 25 });
  let missing: number[] = [];
  let octets = 0;
  let media = 0;
  const before = { sent: 0, dropped: 0 };
  for (let now = 0; now < 13_000; now++) {
    while (link.receive(now) !== undefined);
    if (now === 3000) Object.assign(before, link.counters);
    octets += now < 3000 ? 190 : 44;
    for (; media + 1000 <= octets; media += 1000) if (!link.send(now, 0, 1000)) missing.push(0);
    if (now % 100 !== 0) continue;
    missing = missing.filter((tries) => {
      return tries < 10 && (budget?.allow(now, 1000, octets) === false || !link.send(now, 0, 1000));
    });
    missing = missing.map((tries) => tries + 1);
  }
  return (link.counters.dropped - before.dropped) / (link.counters.sent - before.sent);
}

test('a link that has become narrow recovers, since retransmissions do not keep its queue full', () => {
  const bounded = droppedAfterwards(new RetransmissionBudget());
  const boundless = droppedAfterwards(undefined);
  assert.ok(bounded < 0.15 && boundless > 0.4, `${bounded}, without bound ${boundless}`);
});
