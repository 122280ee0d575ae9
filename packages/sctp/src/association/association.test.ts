import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EmulatedNetwork, type EmulatedNetworkOptions } from '@rivero/network-emulator';
import { pattern, seededBytes } from '../testing/random.js';
import { readUint32, writeUint16 } from '../wire/bytes.js';
import { PacketWriter, parsePacket } from '../wire/packet.js';
import { ChunkType } from '../wire/types.js';
import { SctpAssociation } from './association.js';
import type { AssociationEvent, AssociationOptions } from './types.js';

type Settings = Partial<AssociationOptions>;

function association(seed: number, settings: Settings = {}): SctpAssociation {
  return new SctpAssociation({
    localPort: 5000,
    remotePort: 5000,
    randomBytes: seededBytes(seed),
    ...settings,
  });
}

class Pair {
  readonly a: SctpAssociation;
  readonly b: SctpAssociation;
  readonly network: EmulatedNetwork;
  readonly sent: { from: number; type: number }[] = [];

  constructor(options: EmulatedNetworkOptions = {}, settings: Settings = {}) {
    this.a = association(1, settings);
    this.b = association(2, settings);
    this.network = new EmulatedNetwork([this.a, this.b], {
      delay: 10,
      tap: (packet, from) => {
        for (const { type } of parsePacket(packet)!.chunks) this.sent.push({ from, type });
      },
      ...options,
    });
  }

  get bothConnected(): boolean {
    return this.a.state === 'connected' && this.b.state === 'connected';
  }

  connect(): this {
    this.a.start(0);
    this.b.start(0);
    assert.ok(this.network.run(() => this.bothConnected));
    return this;
  }

  count(type: number): number {
    return this.sent.filter((one) => one.type === type).length;
  }
}

/** A packet of these chunks as the peer would send it, with checksum. */
function packet(tag: number, ...chunks: [type: number, value?: Uint8Array, flags?: number][]): Uint8Array {
  const writer = new PacketWriter(1160, 5000, 5000);
  for (const [type, value = new Uint8Array(0), flags = 0] of chunks) writer.append({ type, flags, value });
  return writer.finish(tag, true);
}

/** Verification tag of what an end receives, from its INIT. */
function initTag(init: Uint8Array): number {
  return readUint32(parsePacket(init)!.chunks[0]!.value, 0);
}

test('one side sets up the association with four packets', () => {
  const pair = new Pair();
  pair.a.start(0);
  assert.ok(pair.network.run(() => pair.bothConnected));
  const types = pair.sent.map(({ type }) => type);
  assert.deepEqual(types, [ChunkType.Init, ChunkType.InitAck, ChunkType.CookieEcho, ChunkType.CookieAck]);
  assert.deepEqual(pair.a.takeEvents(), [{ type: 'connected' }]);
  assert.deepEqual(pair.b.takeEvents(), [{ type: 'connected' }]);
  assert.equal(pair.a.outboundStreams, 1024);
});

test('both sides may begin at the same time', () => {
  const pair = new Pair().connect();
  pair.a.send(pair.network.now, Uint8Array.of(1), { stream: 3, protocol: 51 });
  assert.ok(pair.network.run(() => pair.b.takeMessages().length === 1));
});

test('whichever packets of the set-up are lost, it succeeds', () => {
  for (let pattern = 0; pattern < 256; pattern++) {
    let seen = 0;
    const pair = new Pair({ drop: () => seen < 8 && ((pattern >> seen++) & 1) === 1 });
    pair.a.start(0);
    if (pattern % 2 === 0) pair.b.start(5);
    pair.a.send(0, Uint8Array.of(7), { stream: 0, protocol: 51 });
    assert.ok(
      pair.network.run(() => pair.bothConnected, 60_000),
      `pattern ${pattern}`,
    );
    const delivered = (): boolean => pair.b.takeMessages().length === 1;
    assert.ok(pair.network.run(delivered, 60_000), `pattern ${pattern}`);
    assert.ok(!pair.a.takeEvents().some(({ type }) => type === 'restarted'), `pattern ${pattern}`);
  }
});

test('without an answer the set-up fails', () => {
  const pair = new Pair({ loss: 1 }, { timing: { maxInitRetransmissions: 12 } });
  pair.a.start(0);
  assert.ok(pair.network.run(() => pair.a.state === 'closed', 600_000));
  const [event] = pair.a.takeEvents();
  assert.ok(event?.type === 'closed' && event.reason === 'timeout');
  assert.equal(pair.count(ChunkType.Init), 1 + 12);
});

test('a peer that vanishes is noticed by unanswered heartbeats', () => {
  let gone = false;
  const pair = new Pair(
    { drop: (_, from) => gone && from === 1 },
    { timing: { maxRetransmissions: 4 } },
  ).connect();
  pair.network.pass(120_000);
  assert.ok(pair.count(ChunkType.HeartbeatAck) >= 4);
  assert.equal(pair.a.state, 'connected');
  gone = true;
  assert.ok(pair.network.run(() => pair.a.state === 'closed', 600_000));
  assert.ok(pair.a.takeEvents().some((event) => event.type === 'closed' && event.reason === 'timeout'));
});

test('a cookie of another secret, a changed or an old one sets up nothing', () => {
  const server = association(5);
  const client = association(6);
  client.start(0);
  const [init] = client.takeOutgoing(0);
  server.handlePacket(0, init!);
  const [initAck] = server.takeOutgoing(0);
  client.handlePacket(1, initAck!);
  const [echo] = client.takeOutgoing(1);
  const changed = parsePacket(echo!)!;
  for (let i = 0; i < changed.chunks[0]!.value.length; i++) {
    const value = changed.chunks[0]!.value.slice();
    value[i]! ^= 1;
    server.handlePacket(1, packet(changed.tag, [ChunkType.CookieEcho, value]));
    assert.equal(server.state, 'new');
  }
  association(7).handlePacket(1, echo!);
  server.handlePacket(1, packet(changed.tag + 1, [ChunkType.CookieEcho, changed.chunks[0]!.value]));
  assert.equal(server.state, 'new');
  server.handlePacket(1, echo!);
  assert.equal(server.state, 'connected');
});

test('a stale cookie is reported and the peer begins anew', () => {
  const server = association(5, { timing: { cookieLifetime: 1000 } });
  const client = association(6);
  client.start(0);
  server.handlePacket(0, client.takeOutgoing(0)[0]!);
  client.handlePacket(1, server.takeOutgoing(0)[0]!);
  server.handlePacket(5000, client.takeOutgoing(1)[0]!);
  // The tags fit, but nothing is known of the client yet.
  const [error] = server.takeOutgoing(5000);
  assert.equal(parsePacket(error!)!.chunks[0]!.type, ChunkType.Error);
  client.handlePacket(5001, error!);
  const [init] = client.takeOutgoing(5001);
  assert.equal(parsePacket(init!)!.chunks[0]!.type, ChunkType.Init);
});

test('an INIT is answered by one packet of about its size, and nothing is remembered', () => {
  const server = association(5);
  const client = association(6);
  client.start(0);
  const [init] = client.takeOutgoing(0);
  for (let i = 0; i < 100; i++) server.handlePacket(i, init!);
  const answers = server.takeOutgoing(100);
  assert.ok(answers.length <= 32);
  assert.ok(answers[0]!.length < 4 * init!.length);
  assert.equal(server.nextTimeout(), Number.POSITIVE_INFINITY);
  assert.equal(server.state, 'new');
});

test('packets with a wrong tag, port or checksum are counted and dropped', () => {
  const { a, network } = new Pair().connect();
  a.takeEvents();
  a.takeOutgoing(network.now);
  a.handlePacket(network.now, packet(12345, [ChunkType.Abort]));
  a.handlePacket(network.now, packet(0, [ChunkType.Abort]));
  a.handlePacket(network.now, packet(12345, [ChunkType.Heartbeat]));
  const wrongPort = packet(12345, [ChunkType.Abort]);
  writeUint16(wrongPort, 0, 5001);
  a.handlePacket(network.now, wrongPort);
  const wrongChecksum = packet(12345, [ChunkType.Abort]);
  wrongChecksum[9]! ^= 1;
  a.handlePacket(network.now, wrongChecksum);
  assert.equal(a.state, 'connected');
  assert.deepEqual(a.takeOutgoing(network.now), []);
  const { badTag, badPort, badChecksum } = a.counters;
  assert.deepEqual({ badTag, badPort, badChecksum }, { badTag: 3, badPort: 1, badChecksum: 1 });
});

test('checksums are left out only when both ends agree', () => {
  for (const zeroChecksum of [true, false]) {
    const checksums = new Set<number>();
    const pair = new Pair(
      { tap: (bytes) => checksums.add(parsePacket(bytes)!.checksum) },
      { zeroChecksum },
    ).connect();
    checksums.clear();
    pair.a.send(pair.network.now, pattern(5000), { stream: 0, protocol: 53 });
    assert.ok(pair.network.run(() => pair.b.takeMessages().length === 1));
    assert.deepEqual(checksums.has(0), zeroChecksum);
    assert.ok(!zeroChecksum || checksums.size === 1);
  }
  const strict = association(1, { zeroChecksum: false });
  const bytes = packet(1, [ChunkType.Abort]);
  bytes.fill(0, 8, 12);
  strict.handlePacket(0, bytes);
  assert.equal(strict.counters.badChecksum, 1);
});

test('SHUTDOWN lets everything arrive first, also when packets are lost', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const pair = new Pair({ loss: 0.2, seed }).connect();
    pair.a.send(pair.network.now, pattern(50_000), { stream: 0, protocol: 53 });
    pair.b.send(pair.network.now, pattern(20_000), { stream: 0, protocol: 53 });
    pair.a.shutdown(pair.network.now);
    assert.throws(() => pair.a.send(pair.network.now, Uint8Array.of(1), { stream: 0, protocol: 53 }), {
      code: 'INVALID_STATE',
    });
    const got = { a: 0, b: 0 };
    const ended = pair.network.run(() => {
      got.a += pair.a.takeMessages().length;
      got.b += pair.b.takeMessages().length;
      return pair.a.state === 'closed' && pair.b.state === 'closed';
    }, 60_000);
    assert.ok(ended, `seed ${seed}`);
    assert.deepEqual(got, { a: 1, b: 1 }, `seed ${seed}`);
    const reasons = [pair.a, pair.b].map((end) => end.takeEvents().find(({ type }) => type === 'closed'));
    for (const event of reasons)
      assert.ok(event?.type === 'closed' && event.reason === 'shutdown', `seed ${seed}`);
  }
});

test('both sides may shut down at the same time', () => {
  const pair = new Pair().connect();
  pair.a.shutdown(pair.network.now);
  pair.b.shutdown(pair.network.now);
  assert.ok(pair.network.run(() => pair.a.state === 'closed' && pair.b.state === 'closed', 5000));
});

test('ABORT ends both sides at once', () => {
  const pair = new Pair().connect();
  pair.a.abort('enough');
  assert.ok(pair.network.run(() => pair.b.state === 'closed', 5000));
  const event = pair.b.takeEvents().find(({ type }) => type === 'closed');
  assert.deepEqual(event, { type: 'closed', reason: 'abortedByPeer', detail: 'cause 12: enough' });
  assert.equal(pair.a.nextTimeout(), Number.POSITIVE_INFINITY);
  pair.network.pass(1000);
  assert.deepEqual(pair.a.takeOutgoing(pair.network.now), []);
});

test('a peer that lost its state begins anew', () => {
  const a = association(1);
  const first = new EmulatedNetwork([a, association(2)], { delay: 5 });
  a.start(0);
  assert.ok(first.run(() => a.state === 'connected'));
  a.takeEvents();
  a.send(first.now, pattern(100), { stream: 0, protocol: 53 });
  const reborn = association(3);
  const second = new EmulatedNetwork([a, reborn], { delay: 5 });
  second.now = first.now;
  reborn.start(second.now);
  const events: AssociationEvent[] = [];
  const connected = second.run(() => {
    events.push(...a.takeEvents());
    return reborn.state === 'connected';
  });
  assert.ok(connected);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['restarted', 'connected'],
  );
  a.send(second.now, Uint8Array.of(1), { stream: 0, protocol: 53 });
  assert.ok(second.run(() => reborn.takeMessages().length === 1));
});

test('unknown chunks are skipped, reported or end the packet as their type says', () => {
  const outcomes = [0x3f, 0x7f, 0xbf, 0xff].map((type) => {
    const { a, network, tag } = connectedWithTag();
    const beat = Uint8Array.of(0, 1, 0, 8, 1, 2, 3, 4);
    a.handlePacket(network.now, packet(tag, [type, Uint8Array.of(1)], [ChunkType.Heartbeat, beat]));
    const answer = a.takeOutgoing(network.now).flatMap((bytes) => parsePacket(bytes)!.chunks);
    return answer.map((chunk) => chunk.type);
  });
  assert.deepEqual(outcomes, [
    [],
    [ChunkType.Error],
    [ChunkType.HeartbeatAck],
    [ChunkType.Error, ChunkType.HeartbeatAck],
  ]);
});

/** An association whose peer this test plays. */
function connectedWithTag(): { a: SctpAssociation; network: EmulatedNetwork; tag: number } {
  let tag = 0;
  const a = association(1);
  const b = association(2);
  const network = new EmulatedNetwork([a, b], {
    tap: (bytes, from) => {
      if (from === 0 && parsePacket(bytes)!.chunks[0]!.type === ChunkType.Init) tag = initTag(bytes);
    },
  });
  a.start(0);
  assert.ok(network.run(() => a.state === 'connected' && b.state === 'connected'));
  a.takeOutgoing(network.now);
  return { a, network, tag };
}

test('DATA without data ends the association, so does the acknowledgement of what was not sent', () => {
  const bad: [number, Uint8Array][] = [
    [ChunkType.Data, new Uint8Array(12)],
    [ChunkType.Sack, Uint8Array.of(0x12, 0x34, 0x56, 0x78, 0, 0, 0xff, 0xff, 0, 0, 0, 0)],
  ];
  for (const [type, value] of bad) {
    const { a, network, tag } = connectedWithTag();
    // A cumulative TSN in the future half of the number space.
    if (type === ChunkType.Sack) {
      a.send(network.now, Uint8Array.of(1), { stream: 0, protocol: 53 });
      const [data] = a.takeOutgoing(network.now);
      const tsn = readUint32(parsePacket(data!)!.chunks[0]!.value, 0);
      value.set([(tsn + 1000) >>> 24, (tsn + 1000) >>> 16, (tsn + 1000) >>> 8, tsn + 1000]);
    }
    a.handlePacket(network.now, packet(tag, [type, value]));
    assert.equal(a.state, 'closed');
    const [abort] = a.takeOutgoing(network.now);
    assert.equal(parsePacket(abort!)!.chunks[0]!.type, ChunkType.Abort);
  }
});

test('a flood of heartbeats is answered within bounds', () => {
  const { a, network, tag } = connectedWithTag();
  const beats = Array.from({ length: 250 }, (): [number] => [ChunkType.Heartbeat]);
  a.handlePacket(network.now, packet(tag, ...beats));
  const answers = a.takeOutgoing(network.now).flatMap((bytes) => parsePacket(bytes)!.chunks);
  assert.ok(answers.length <= 32);
});

test('mistakes of the user throw coded errors', () => {
  const a = association(1, { limits: { sendBuffer: 1000, sendMessages: 3 }, remoteMaxMessageSize: 900 });
  const send = (length: number, stream = 0) => a.send(0, new Uint8Array(length), { stream, protocol: 53 });
  assert.throws(() => send(0), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => send(1, 1024), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => send(901), { code: 'MESSAGE_TOO_LARGE' });
  send(900);
  assert.throws(() => send(101), { code: 'BUFFER_FULL' });
  send(1);
  send(1);
  assert.throws(() => send(1), { code: 'BUFFER_FULL' });
  a.abort();
  assert.throws(() => send(1), { code: 'INVALID_STATE' });
  for (const wrong of [{ localPort: 0 }, { remotePort: 65_536 }, { mtu: 100 }, { limits: { streams: 0 } }]) {
    assert.throws(() => association(1, wrong), { code: 'INVALID_ARGUMENT' });
  }
});

test('a reset stream begins anew on both sides, also when packets are lost', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const pair = new Pair({ loss: 0.25, seed, reordering: { probability: 1, delay: 20 } }).connect();
    const { network, a, b } = pair;
    const got: number[] = [];
    const events: AssociationEvent[] = [];
    const settle = (done: () => boolean): boolean =>
      network.run(() => {
        got.push(...b.takeMessages().map(({ data }) => data[0]!));
        events.push(...a.takeEvents(), ...b.takeEvents());
        return done();
      });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 5; i++)
        a.send(network.now, Uint8Array.of(10 * round + i), { stream: 4, protocol: 53 });
      a.resetStream(network.now, 4);
      const resets = (type: string): number => events.filter((event) => event.type === type).length;
      assert.ok(
        settle(() => resets('outgoingReset') > round && resets('incomingReset') > round),
        `seed ${seed}`,
      );
    }
    assert.deepEqual(got, [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24], `seed ${seed}`);
    assert.equal(events.filter((event) => event.type === 'incomingReset').length, 3);
  }
});

test('what was sent is released when it is acknowledged or given up', () => {
  const pair = new Pair({ loss: 0.3, seed: 3 }).connect();
  for (let i = 0; i < 50; i++) {
    pair.a.send(pair.network.now, pattern(3000), {
      stream: i % 5,
      protocol: 53,
      unordered: i % 2 === 0,
      ...(i % 3 === 0 ? { maxRetransmissions: i % 2 } : i % 3 === 1 ? { lifetime: 100 } : {}),
    });
  }
  assert.equal(pair.a.totalBuffered, 150_000);
  const idle = pair.network.run(() => pair.a.totalBuffered === 0 && pair.a.statistics()?.bytesInFlight === 0);
  assert.ok(idle);
});
