import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits, defaultTiming } from '../settings.js';
import { DataFlag, parseData } from '../wire/data.js';
import { parseForwardTsn } from '../wire/forward-tsn.js';
import { PacketWriter, parsePacket } from '../wire/packet.js';
import { ChunkType } from '../wire/types.js';
import type { OutboundMessage } from './message.js';
import { SendQueue } from './send-queue.js';
import { Sender } from './sender.js';

const MTU = 1000;
const NO_GAPS = { gaps: [], duplicates: 0 };

/** A sender whose TSNs begin with 1, and what it sends. */
class Bench {
  readonly queue = new SendQueue();
  readonly sender: Sender;

  constructor(peerWindow = 1e6) {
    this.sender = new Sender(
      {
        initialTsn: 1,
        peerWindow,
        partialReliability: true,
        mtu: MTU,
        timing: { ...defaultTiming, initialRto: 1000, minRto: 1000 },
        limits: defaultLimits,
      },
      this.queue,
    );
  }

  push(length: number, rest: Partial<OutboundMessage> = {}): OutboundMessage {
    const message: OutboundMessage = {
      stream: 1,
      protocol: 53,
      data: new Uint8Array(length),
      unordered: false,
      control: false,
      maxRetransmissions: Number.POSITIVE_INFINITY,
      expiresAt: Number.POSITIVE_INFINITY,
      sequence: 0,
      taken: 0,
      abandoned: false,
      ...rest,
    };
    this.queue.push(message);
    return message;
  }

  /** TSNs per packet, negative for the TSN of a FORWARD TSN; as many packets as a burst allows. */
  packets(now = 0): number[][] {
    this.sender.allowBurst();
    const packets: number[][] = [];
    while (this.sender.wantsToSend) {
      const writer = new PacketWriter(MTU, 1, 2);
      if (!this.sender.fill(now, writer)) break;
      const { chunks } = parsePacket(writer.finish(1, true))!;
      packets.push(
        chunks.map(({ type, flags, value }) =>
          type === ChunkType.ForwardTsn
            ? -parseForwardTsn(value)!.newCumulativeTsn
            : parseData(flags, value)!.tsn,
        ),
      );
    }
    return packets;
  }

  sack(now: number, cumulativeTsn: number, gaps: number[] = [], receiveWindow = 1e6): void {
    this.sender.handleSack(now, { cumulativeTsn, receiveWindow, gaps, duplicates: 0 });
  }
}

test('small messages share a packet, a large one is cut so that every packet is full', () => {
  const bench = new Bench();
  for (let i = 0; i < 3; i++) bench.push(100);
  assert.deepEqual(bench.packets(), [[1, 2, 3]]);
  bench.sack(10, 3);
  bench.push(2500);
  bench.sender.allowBurst();
  const writer = new PacketWriter(MTU, 1, 2);
  const seen: [number, number][] = [];
  while (bench.sender.fill(20, writer)) {
    const { flags, value } = parsePacket(writer.finish(1, true))!.chunks[0]!;
    seen.push([flags, parseData(flags, value)!.payload.length]);
  }
  assert.deepEqual(seen, [
    [DataFlag.Begin, 972],
    [0, 972],
    [DataFlag.End, 556],
  ]);
});

test('at most four packets at once, and no more than the congestion window', () => {
  const bench = new Bench();
  bench.push(100_000);
  assert.equal(bench.packets().length, 4);
  assert.deepEqual(bench.packets(), []);
  assert.equal(bench.sender.flight, 4 * (972 + 16));
  bench.sack(100, 2);
  // Two acknowledged and one more by slow start.
  assert.deepEqual(bench.packets(100), [[5], [6], [7]]);
});

test('a chunk reported missing three times is sent again at once, the window is halved', () => {
  const bench = new Bench();
  bench.push(100_000);
  for (let tsn = 1, now = 0; tsn < 20; now += 10) {
    tsn += bench.packets(now).length;
    bench.sack(now + 5, tsn - 1);
  }
  const first = bench.packets(500)[0]![0]!;
  const before = bench.sender.congestionWindow;
  bench.sack(510, first - 1, [2, 2]);
  bench.sack(511, first - 1, [2, 3]);
  assert.equal(bench.sender.retransmissions, 0);
  bench.packets(511);
  bench.sack(512, first - 1, [2, 4]);
  const [resent] = bench.packets(512);
  assert.deepEqual(resent, [first]);
  assert.equal(bench.sender.congestionWindow, Math.max(before / 2, 4 * (MTU - 12)));
});

test('when the timer expires everything is sent again, packet by packet', () => {
  const bench = new Bench();
  bench.push(3 * 972);
  assert.deepEqual(bench.packets(0), [[1], [2], [3]]);
  assert.equal(bench.sender.nextTimeout(), 1000);
  assert.ok(!bench.sender.handleTimeout(999));
  assert.ok(bench.sender.handleTimeout(1000));
  assert.deepEqual(bench.packets(1000), [[1]]);
  assert.equal(bench.sender.nextTimeout(), 3000);
  bench.sack(1100, 1);
  assert.deepEqual(bench.packets(1100), [[2], [3]]);
  bench.sack(1200, 3);
  assert.equal(bench.sender.nextTimeout(), Number.POSITIVE_INFINITY);
  assert.ok(bench.sender.isDone);
});

test('a retransmitted chunk that is lost again is found by what was sent after it', () => {
  const bench = new Bench();
  bench.push(100_000);
  bench.packets(0);
  bench.sack(10, 0, [2, 4]);
  bench.sack(11, 0, [2, 4]);
  bench.packets(12);
  bench.sack(20, 0, [2, 5]);
  bench.sack(21, 0, [2, 6]);
  assert.equal(bench.packets(21)[0]![0], 1);
  const next = bench.sender.nextTsn;
  bench.sack(25, 0, [2, next - 1]);
  bench.packets(26);
  // Only these were sent after the retransmission.
  for (let tsn = next; tsn < next + 3; tsn++) {
    bench.sack(30 + tsn, 0, [2, tsn]);
    bench.packets(30 + tsn);
  }
  assert.equal(bench.sender.retransmissions, 2);
});

test('a shut window is probed with one chunk per timeout', () => {
  const bench = new Bench();
  bench.push(5000);
  bench.packets(0);
  bench.sack(10, 4, [], 0);
  assert.deepEqual(bench.packets(10), [[5]]);
  assert.deepEqual(bench.packets(20), []);
  bench.sack(30, 4, [], 0);
  assert.deepEqual(bench.packets(30), []);
  bench.sack(40, 4, [], 10_000);
  assert.equal(bench.packets(40)[0]![0], 5);
});

test('a receiver that takes back what it had acknowledged is sent it again', () => {
  const bench = new Bench();
  bench.push(4 * 972);
  bench.packets(0);
  bench.sack(10, 0, [2, 4]);
  const { flight } = bench.sender;
  bench.sack(20, 0, [4, 4]);
  assert.equal(bench.sender.flight, flight + 2 * (972 + 16));
  bench.sender.handleTimeout(5000);
  bench.packets(5000);
  bench.sack(5010, 1, [3, 3]);
  assert.deepEqual(bench.packets(5010).flat(), [2, 3]);
});

test('messages are given up after their retransmissions, all fragments together', () => {
  const bench = new Bench();
  bench.push(2 * 972, { maxRetransmissions: 1 });
  bench.push(10);
  assert.deepEqual(bench.packets(0), [[1], [2], [3]]);
  bench.sack(10, 0, [2, 3]);
  bench.sender.handleTimeout(2000);
  assert.deepEqual(bench.packets(2000), [[1]]);
  bench.sender.handleTimeout(10_000);
  assert.equal(bench.sender.abandonedMessages, 1);
  assert.deepEqual(bench.packets(10_000), [[-2]]);
  bench.sack(10_010, 3);
  assert.ok(bench.sender.isDone);
});

test('FORWARD TSN is repeated until it has arrived', () => {
  const bench = new Bench();
  bench.push(10, { maxRetransmissions: 0 });
  bench.packets(0);
  bench.sender.handleTimeout(1000);
  assert.deepEqual(bench.packets(1000), [[-1]]);
  assert.deepEqual(bench.packets(1000), []);
  bench.sender.handleTimeout(bench.sender.nextTimeout());
  assert.deepEqual(bench.packets(5000), [[-1]]);
  bench.sack(5100, 1);
  assert.equal(bench.sender.nextTimeout(), Number.POSITIVE_INFINITY);
});

test('a message that expires while it is partly sent is given up with its unsent rest', () => {
  const bench = new Bench();
  const message = bench.push(20_000, { expiresAt: 500 });
  bench.push(10);
  bench.packets(0);
  bench.sack(600, 4);
  // A TSN of its own for the rest, so that the receiver forgets what it has of the message.
  assert.deepEqual(bench.packets(600), [[6], [-5]]);
  assert.ok(message.abandoned);
  assert.equal(bench.sender.takeReleased(), 20_000 - 4 * 972);
});

test('an acknowledgement of what was never sent is invalid, an old one stale', () => {
  const bench = new Bench();
  bench.push(10);
  bench.packets(0);
  assert.equal(
    bench.sender.handleSack(1, { cumulativeTsn: 2, receiveWindow: 1, ...NO_GAPS }).status,
    'invalid',
  );
  bench.sack(1, 1);
  assert.equal(
    bench.sender.handleSack(1, { cumulativeTsn: 0, receiveWindow: 1, ...NO_GAPS }).status,
    'stale',
  );
});
