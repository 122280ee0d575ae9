import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHUNK_OVERHEAD, defaultLimits, type SctpLimits } from '../settings.js';
import { type DataChunk, DataFlag } from '../wire/data.js';
import { parseSack } from '../wire/sack.js';
import { Receiver } from './receiver.js';

const WHOLE = DataFlag.Begin | DataFlag.End;

function receiver(limits: Partial<SctpLimits> = {}, maxMessageSize = 1000): Receiver {
  return new Receiver({
    initialTsn: 1,
    inboundStreams: 10,
    maxMessageSize,
    limits: { ...defaultLimits, ...limits },
    sackDelay: 200,
  });
}

function data(tsn: number, rest: Partial<DataChunk> = {}): DataChunk {
  return {
    tsn,
    stream: 0,
    sequence: tsn - 1,
    protocol: 53,
    flags: WHOLE,
    payload: new Uint8Array(10),
    ...rest,
  };
}

function packet(target: Receiver, now: number, ...chunks: DataChunk[]): string[] {
  const results = chunks.map((chunk) => target.handleData(chunk));
  target.endOfPacket(now);
  return results;
}

test('the first packet is acknowledged at once, then every second one, at the latest after the delay', () => {
  const target = receiver();
  packet(target, 0, data(1));
  assert.ok(target.sackDue);
  assert.equal(parseSack(target.takeSack(100).value)?.cumulativeTsn, 1);
  packet(target, 10, data(2));
  assert.ok(!target.sackDue && target.sackPending);
  assert.equal(target.nextTimeout(), 210);
  packet(target, 20, data(3));
  assert.ok(target.sackDue);
  target.takeSack(100);
  assert.equal(target.nextTimeout(), Number.POSITIVE_INFINITY);
  packet(target, 30, data(4));
  target.handleTimeout(229);
  assert.ok(!target.sackDue);
  target.handleTimeout(230);
  assert.ok(target.sackDue);
});

test('gaps, duplicates and the I bit are answered at once', () => {
  const target = receiver();
  packet(target, 0, data(1));
  target.takeSack(100);
  packet(target, 1, data(3));
  assert.deepEqual(parseSack(target.takeSack(100).value)?.gaps, [2, 2]);
  assert.deepEqual(packet(target, 2, data(3)), ['dropped']);
  assert.equal(parseSack(target.takeSack(100).value)?.duplicates, 1);
  packet(target, 3, data(2));
  target.takeSack(100);
  packet(target, 4, data(4, { flags: WHOLE | DataFlag.Immediate }));
  assert.ok(target.sackDue);
});

test('ordered messages wait for earlier ones, unordered ones do not', () => {
  const target = receiver();
  packet(target, 0, data(2, { sequence: 1 }), data(3, { flags: WHOLE | DataFlag.Unordered, protocol: 1 }));
  assert.deepEqual(
    target.takeMessages().map(({ protocol }) => protocol),
    [1],
  );
  packet(target, 0, data(1, { sequence: 0 }));
  assert.deepEqual(
    target.takeMessages().map(({ sequence }) => sequence),
    [0, 1],
  );
});

test('FORWARD TSN lets later messages pass', () => {
  const target = receiver();
  packet(target, 0, data(3, { sequence: 2 }), data(5, { sequence: 4 }));
  target.handleForwardTsn({ newCumulativeTsn: 2, streams: [{ stream: 0, sequence: 1 }] });
  assert.equal(target.cumulativeTsn, 3);
  assert.deepEqual(
    target.takeMessages().map(({ sequence }) => sequence),
    [2],
  );
  // Stranded before what is skipped: delivered (RFC 3758 section 3.6).
  target.handleForwardTsn({ newCumulativeTsn: 6, streams: [{ stream: 0, sequence: 5 }] });
  assert.deepEqual(
    target.takeMessages().map(({ sequence }) => sequence),
    [4],
  );
  packet(target, 0, data(7, { sequence: 6 }));
  assert.equal(target.takeMessages().length, 1);
});

test('FORWARD TSN gives up fragments', () => {
  const target = receiver();
  packet(target, 0, data(1, { flags: DataFlag.Begin }), data(2, { flags: 0 }));
  assert.ok(target.used > 0);
  target.handleForwardTsn({ newCumulativeTsn: 3, streams: [{ stream: 0, sequence: 0 }] });
  assert.equal(target.used, 0);
});

test('a stream beyond the agreed number is acknowledged and not delivered', () => {
  const target = receiver();
  assert.deepEqual(packet(target, 0, data(1, { stream: 10 })), ['badStream']);
  assert.equal(target.cumulativeTsn, 1);
  assert.equal(target.takeMessages().length, 0);
});

test('messages take up the window until they are released, and the open window is announced', () => {
  const target = receiver({ receiveBuffer: 10 * (100 + CHUNK_OVERHEAD) });
  const payload = new Uint8Array(100);
  for (let tsn = 1; tsn <= 10; tsn++) packet(target, 0, data(tsn, { payload }));
  assert.equal(target.window, 0);
  assert.equal(parseSack(target.takeSack(100).value)?.receiveWindow, 0);
  assert.deepEqual(packet(target, 0, data(11, { payload })), ['dropped']);
  target.takeSack(100);
  for (const { cost } of target.takeMessages()) target.release(cost);
  assert.ok(target.sackDue);
  assert.equal(target.window, 10 * (100 + CHUNK_OVERHEAD));
  assert.deepEqual(packet(target, 0, data(11, { payload })), ['taken']);
});

test('a full window still takes what completes the first message', () => {
  const cost = 100 + CHUNK_OVERHEAD;
  const target = receiver({ receiveBuffer: 5 * cost });
  const payload = new Uint8Array(100);
  // Six fragments of a message, the second missing; the sixth finds the window full.
  const flags = (tsn: number): number => (tsn === 1 ? DataFlag.Begin : tsn === 6 ? DataFlag.End : 0);
  const fragment = (tsn: number): DataChunk => data(tsn, { sequence: 0, flags: flags(tsn), payload });
  for (const tsn of [1, 3, 4, 5]) assert.deepEqual(packet(target, 0, fragment(tsn)), ['taken']);
  assert.deepEqual(packet(target, 0, data(9, { payload })), ['taken']);
  assert.deepEqual(packet(target, 0, fragment(6)), ['dropped']);
  assert.deepEqual(packet(target, 0, fragment(2), fragment(6)), ['taken', 'taken']);
  assert.equal(target.takeMessages()[0]?.data.length, 600);
});

test('a peer that fills the window with what can never be delivered is found out', () => {
  const target = receiver({ receiveBuffer: 20_000 });
  let result = '';
  let tsn = 0;
  // Sequence number 0 never comes although the TSNs leave no gap.
  while (result !== 'outOfResource' && tsn < 1000)
    result = packet(target, 0, data(++tsn, { sequence: tsn }))[0]!;
  assert.equal(result, 'outOfResource');
  assert.ok(target.used <= 21_000);
});

test('TSNs far ahead and floods of gaps are dropped as if lost', () => {
  const target = receiver({ tsnsAhead: 100, gaps: 8 });
  assert.deepEqual(packet(target, 0, data(101)), ['dropped']);
  const results = Array.from({ length: 30 }, (_, i) => packet(target, 0, data(2 + 2 * i))[0]);
  assert.equal(results.filter((result) => result === 'taken').length, 8);
  assert.ok(parseSack(target.takeSack(1000).value)!.gaps.length === 16);
});

test('after a reset of a stream its sequence numbers begin anew', () => {
  const target = receiver();
  packet(target, 0, data(1), data(2));
  assert.equal(target.takeMessages().length, 2);
  target.resetStreams([0]);
  packet(target, 0, data(3, { sequence: 0 }));
  assert.equal(target.takeMessages().length, 1);
});
