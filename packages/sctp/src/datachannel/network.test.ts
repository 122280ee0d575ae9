import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@rivero/network-emulator';
import fc from 'fast-check';
import { count, messages, PeerPair } from '../testing/peers.js';
import { pattern } from '../testing/random.js';

test('reliable channels deliver everything once, ordered ones in order, whatever the network does', () => {
  const network = fc.record({
    seed: fc.nat(1e6),
    loss: fc.double({ min: 0, max: 0.25, noNaN: true }),
    duplication: fc.double({ min: 0, max: 0.3, noNaN: true }),
    reordering: fc.record({ probability: fc.constantFrom(0, 0.1, 1), delay: fc.nat(100) }),
    delay: fc.nat(100),
  });
  fc.assert(
    fc.property(network, (options) => {
      const pair = new PeerPair(options).connect();
      const ordered = pair.open({ label: 'ordered' });
      const unordered = pair.open({ label: 'unordered', ordered: false });
      const random = seededRandom(options.seed);
      const total = 40;
      for (let i = 0; i < total; i++) {
        const body = `${i}:${'x'.repeat(random() < 0.2 ? random() * 9000 : random() * 50)}`;
        for (const id of [ordered, unordered]) pair.client.send(pair.now, id, body);
        pair.server.send(pair.now, ordered, body);
        if (random() < 0.3) pair.pass(20);
      }
      const done = (): boolean =>
        pair.received(ordered).length >= total &&
        pair.received(unordered).length >= total &&
        count(pair.clientEvents, 'message') >= total;
      assert.ok(pair.until(done, 600_000));
      // Acknowledgements are lost as well: the last ones may take a few back-offs more.
      assert.ok(pair.until(() => pair.client.totalBuffered === 0, 600_000));
      pair.pass(5000);
      const numbers = (texts: string[]): number[] => texts.map((text) => Number(text.split(':')[0]));
      const sequence = Array.from({ length: total }, (_, i) => i);
      assert.deepEqual(numbers(pair.received(ordered)), sequence);
      assert.deepEqual(
        numbers(pair.received(unordered)).sort((a, b) => a - b),
        sequence,
      );
      const back = messages(pair.clientEvents, ordered).map((data) => Buffer.from(data).toString());
      assert.deepEqual(numbers(back), sequence);
    }),
    { numRuns: 25 },
  );
});

test('without retransmissions a lossy network loses messages, the rest comes in order and whole', () => {
  for (const ordered of [true, false]) {
    const pair = new PeerPair({ delay: 20, loss: 0.1, seed: 9 }).connect();
    const id = pair.open({ label: 'lossy', ordered, maxRetransmits: 0 });
    for (let i = 0; i < 300; i++) {
      pair.client.send(pair.now, id, `${i}:${'y'.repeat(i % 3 === 0 ? 3000 : 10)}`);
      pair.pass(10);
    }
    assert.ok(pair.until(() => pair.client.totalBuffered === 0));
    pair.pass(2000);
    const got = pair.received(id);
    assert.ok(got.length > 150 && got.length < 295, `${got.length}`);
    const numbers = got.map((text) => Number(text.split(':')[0]));
    if (ordered)
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
    assert.equal(new Set(numbers).size, numbers.length);
    for (const text of got) {
      const [number, body] = text.split(':');
      assert.equal(body?.length, Number(number) % 3 === 0 ? 3000 : 10);
    }
    assert.equal(pair.server.statistics()?.localWindow, 1024 * 1024);
  }
});

test('messages that are too old are given up, and what comes later is not held up', () => {
  let outage = false;
  const pair = new PeerPair({ delay: 20, drop: () => outage }).connect();
  const id = pair.open({ label: 'fresh', maxPacketLifeTime: 300 });
  outage = true;
  for (let i = 0; i < 20; i++) pair.client.send(pair.now, id, pattern(2000));
  pair.pass(1000);
  outage = false;
  pair.client.send(pair.now, id, 'now');
  assert.ok(pair.until(() => pair.received(id).includes('now'), 10_000));
  assert.equal(pair.received(id).length, 1);
  assert.ok(pair.client.statistics()!.abandonedMessages > 0);
  assert.ok(pair.until(() => pair.client.totalBuffered === 0));
});

/** Bits per second that 8 MB take over a link of 10 Mbit/s and 50 ms. */
function throughput(loss: number): number {
  const pair = new PeerPair({ delay: 25, rate: 10e6, loss, seed: 2 }).connect();
  const id = pair.open();
  const [size, total] = [16_000, 500];
  const begin = pair.now;
  let sent = 0;
  const data = pattern(size);
  const done = pair.until(() => {
    for (; sent < total && pair.client.bufferedAmount(id) < 500_000; sent++)
      pair.client.send(pair.now, id, data);
    return count(pair.serverEvents, 'message') === total;
  }, 600_000);
  assert.ok(done);
  return (size * total * 8000) / (pair.now - begin);
}

test('a link of 10 Mbit/s and 50 ms is well used, and with losses as much as its congestion control allows', () => {
  const clean = throughput(0);
  assert.ok(clean > 8.5e6, `${clean}`);
  // About MTU / RTT * 1.2 / sqrt(loss) (Mathis): 2.2 Mbit/s.
  const lossy = throughput(0.01);
  assert.ok(lossy > 1.3e6, `${lossy}`);
});

test('an interactive message does not wait for timers', () => {
  const pair = new PeerPair({ delay: 25 }).connect();
  const id = pair.open();
  for (let i = 0; i < 50; i++) {
    pair.client.send(pair.now, id, `${i}`);
    const begin = pair.now;
    assert.ok(pair.until(() => pair.received(id).length === i + 1));
    assert.equal(pair.now - begin, 25);
    pair.pass(5);
  }
});

test('channels outlast an interruption of any length, as those of browsers do: ICE may be restarted', () => {
  let away = false;
  const pair = new PeerPair({ delay: 50, drop: () => away });
  away = true;
  pair.client.start(0);
  pair.server.start(0);
  pair.pass(300_000);
  away = false;
  const connected = (): boolean => pair.client.state === 'connected' && pair.server.state === 'connected';
  assert.ok(pair.until(connected, 5000), 'set up after all');
  const id = pair.open();
  for (const busy of [true, false]) {
    away = true;
    if (busy) for (const peer of [pair.client, pair.server]) peer.send(pair.now, id, 'meanwhile');
    pair.pass(300_000);
    away = false;
    if (!busy) pair.client.send(pair.now, id, 'afterwards');
    const expected = busy ? ['meanwhile'] : ['meanwhile', 'afterwards'];
    assert.ok(
      pair.until(() => pair.received(id).length === expected.length, 4000),
      `${pair.received(id)}`,
    );
    assert.deepEqual(pair.received(id), expected);
  }
  assert.deepEqual(count(pair.clientEvents, 'message'), 1);
  assert.equal(count(pair.clientEvents, 'closed') + count(pair.serverEvents, 'closed'), 0);
});
