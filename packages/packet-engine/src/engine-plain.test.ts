import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Counter, Descriptor, PacketKind } from './layout.js';
import { type SrtpProfile, srtpKeyLength } from './srtp-profile.js';
import { SrtpSession } from './srtp-session.js';
import { EngineFixture } from './test-support/engine-fixture.js';
import { filled, rtcpPacket, rtpPacket, testKey } from './test-support/packets.js';
import { UdpPeer } from './test-support/udp-peer.js';
import { until } from './test-support/wait.js';

const fixtures: EngineFixture[] = [];
const peers: UdpPeer[] = [];

afterEach(() => {
  for (const fixture of fixtures.splice(0)) fixture.close();
  for (const peer of peers.splice(0)) peer.close();
});

function open(options: ConstructorParameters<typeof EngineFixture>[0] = {}): EngineFixture {
  const fixture = new EngineFixture(options);
  fixtures.push(fixture);
  return fixture;
}

async function peer(): Promise<UdpPeer> {
  const opened = await UdpPeer.open();
  peers.push(opened);
  return opened;
}

/** A plain session that takes packets from `from` only. */
function plainSession(fixture: EngineFixture, from: UdpPeer): number {
  const session = fixture.engine.addSession();
  fixture.engine.setPlain(session);
  fixture.engine.allowRemote(session, fixture.socket, from.address, from.port);
  fixture.engine.setRemote(session, fixture.socket, from.address, from.port);
  return session;
}

const sequencesOf = (fixture: EngineFixture): number[] =>
  fixture.packets.map(({ fields }) => fields[Descriptor.ExtendedSequence]!);

test('plain RTP and RTCP come in and go out as they are', async () => {
  const fixture = open();
  const caller = await peer();
  const session = plainSession(fixture, caller);
  const consumer = fixture.consumer(session, 77);
  fixture.forwardTo([consumer]);
  caller.send(rtpPacket({ ssrc: 5, sequence: 9, payloadType: 0, payload: filled(160, 1) }), fixture.port);
  const [out] = await caller.takeReceived(1);
  assert.deepEqual(out, rtpPacket({ ssrc: 77, sequence: 9, payloadType: 101, payload: filled(160, 1) }));
  caller.send(rtcpPacket(5), fixture.port);
  await until(() => fixture.packets.length === 2, 'RTCP');
  assert.equal(fixture.packets[1]!.kind, PacketKind.Rtcp);
  assert.equal(fixture.engine.sendRtcp(session, rtcpPacket(77, 5), 20), true);
  assert.deepEqual(await caller.takeReceived(1), [rtcpPacket(77, 5)]);
});

test('reordered packets pass, also those from before the first; duplicates do not', async () => {
  const fixture = open();
  const caller = await peer();
  plainSession(fixture, caller);
  const order = [2, 65534, 0, 65535, 1, 2, 500, 3, 500];
  for (const sequence of order) caller.send(rtpPacket({ ssrc: 5, sequence }), fixture.port);
  await until(() => fixture.counter(Counter.PacketsReceived) === order.length, 'all packets');
  assert.deepEqual(
    sequencesOf(fixture).map((sequence) => sequence - 65536),
    [2, -2, 0, -1, 1, 500, 3],
  );
  assert.equal(fixture.counter(Counter.DroppedReplayed), 2);
});

test('a source that begins anew is followed after two packets in sequence', async () => {
  const fixture = open();
  const caller = await peer();
  plainSession(fixture, caller);
  for (const sequence of [30000, 30001, 40, 7, 8, 9, 30002]) {
    caller.send(rtpPacket({ ssrc: 5, sequence }), fixture.port);
  }
  await until(() => fixture.counter(Counter.PacketsReceived) === 7, 'all packets');
  assert.deepEqual(sequencesOf(fixture), [
    65536 + 30000,
    65536 + 30001,
    2 * 65536 + 8,
    2 * 65536 + 9,
    2 * 65536 + 30002,
  ]);
});

test('what is no RTP or RTCP and too many SSRCs are dropped', async () => {
  const fixture = open({ maxSsrcsPerSession: 3 });
  const caller = await peer();
  plainSession(fixture, caller);
  caller.send(Uint8Array.of(0x80, 0, 0), fixture.port);
  const cut = rtcpPacket(5, 4);
  cut[3] = 9;
  caller.send(cut, fixture.port);
  for (let ssrc = 1; ssrc <= 5; ssrc++) caller.send(rtpPacket({ ssrc, sequence: 1 }), fixture.port);
  await until(() => fixture.counter(Counter.PacketsReceived) === 7, 'all packets');
  assert.equal(fixture.packets.length, 3);
  assert.equal(fixture.counter(Counter.DroppedMalformed), 2);
  assert.equal(fixture.counter(Counter.DroppedSsrcLimit), 2);
});

test('the first valid source is latched, all others are dropped, the announced one takes its right', async () => {
  const fixture = open();
  const { engine } = fixture;
  const [announced, behindNat, intruder] = [await peer(), await peer(), await peer()];
  const session = engine.addSession();
  engine.setPlain(session);
  engine.latchRemote(session, fixture.socket, announced.address, announced.port, {
    payloadTypes: [0],
    rtcp: false,
  });
  const packet = (sequence: number, payloadType = 0) => rtpPacket({ ssrc: 5, sequence, payloadType });
  const deliver = async (from: UdpPeer, data: Uint8Array): Promise<void> => {
    const before = fixture.counter(Counter.PacketsReceived);
    from.send(data, fixture.port);
    await until(() => fixture.counter(Counter.PacketsReceived) > before, 'the packet');
  };
  await deliver(intruder, packet(1, 96));
  await deliver(intruder, rtcpPacket(5));
  assert.equal(fixture.packets.length, 0, 'neither another payload type nor RTCP latches');
  await deliver(behindNat, packet(2));
  await deliver(intruder, packet(3));
  await deliver(behindNat, packet(4));
  assert.equal(fixture.counter(Counter.DroppedUnknownAddress), 3);
  await deliver(announced, packet(5));
  await deliver(behindNat, packet(6));
  await deliver(announced, packet(7));
  assert.deepEqual(
    sequencesOf(fixture).map((sequence) => sequence & 0xffff),
    [2, 4, 5, 7],
  );
  assert.deepEqual(
    fixture.packets.map(({ fields }) => fields[Descriptor.Latched]),
    [1, 0, 1, 0],
  );
  engine.removeSession(session);
  await deliver(announced, packet(8));
  assert.equal(fixture.packets.length, 4, 'nothing is left of a session that was removed');
});

test('RTCP leaves by a socket of its own, until that one is removed', async () => {
  const fixture = open();
  const { engine } = fixture;
  const [media, control] = [await peer(), await peer()];
  const session = plainSession(fixture, media);
  const second = engine.addSocket('127.0.0.1', 0, 4);
  engine.latchRemote(session, second.socket, control.address, control.port, { payloadTypes: [], rtcp: true });
  engine.setRtcpRemote(session, second.socket, control.address, control.port);
  assert.equal(engine.sendRtcp(session, rtcpPacket(7), 8), true);
  assert.deepEqual(await control.takeReceived(1), [rtcpPacket(7)]);
  control.send(rtcpPacket(9), second.port);
  await until(() => fixture.packets.length === 1, 'RTCP');
  assert.equal(fixture.packets[0]!.session, session);
  engine.removeSocket(second.socket);
  assert.equal(engine.sendRtcp(session, rtcpPacket(7), 8), true);
  assert.deepEqual(await media.takeReceived(1), [rtcpPacket(7)]);
});

test('a new key for what comes leaves the indexes of what goes alone', async () => {
  const fixture = open();
  const { engine } = fixture;
  const { session, peer: remote, srtp } = await fixture.participant('AES128_CM_HMAC_SHA1_80');
  const [toPeer, fromPeer] = [testKey(1, 30), testKey(2, 30)];
  assert.equal(engine.sendRtcp(session, rtcpPacket(7), 8), true);
  engine.setSrtpKeys(session, 'AES128_CM_HMAC_SHA1_80', toPeer, testKey(9, 30));
  assert.equal(engine.sendRtcp(session, rtcpPacket(7), 8), true);
  engine.setSrtpKeys(session, 'AES128_CM_HMAC_SHA1_80', toPeer, fromPeer);
  assert.equal(engine.sendRtcp(session, rtcpPacket(7), 8), true);
  // An index that came twice would be a replay, and a keystream used twice.
  for (const packet of await remote.takeReceived(3)) assert.equal(srtp.unprotectRtcp(packet).ok, true);
});

test('an MKI that is agreed later leaves the indexes of what goes alone', async () => {
  const fixture = open();
  const { engine } = fixture;
  const { session, peer: remote } = await fixture.participant('AES128_CM_HMAC_SHA1_80');
  const [toPeer, fromPeer] = [testKey(1, 30), testKey(2, 30)];
  const mki = Uint8Array.of(7, 8);
  const theirs = new SrtpSession('AES128_CM_HMAC_SHA1_80', fromPeer, toPeer, {
    mki: { send: mki, receive: mki },
  });
  assert.equal(engine.sendRtcp(session, rtcpPacket(7), 8), true);
  await remote.takeReceived(1);
  engine.setSrtpKeys(session, 'AES128_CM_HMAC_SHA1_80', toPeer, fromPeer, { send: mki, receive: mki });
  assert.equal(engine.sendRtcp(session, rtcpPacket(7), 8), true);
  const [named] = await remote.takeReceived(1);
  assert.equal(named!.length, 8 + 4 + 2 + 10);
  assert.equal(Buffer.from(named!).readUInt32BE(8), 0x80000002, 'the second index');
  const read = theirs.unprotectRtcp(named!);
  assert.ok(read.ok);
  remote.send(theirs.protectRtcp(rtcpPacket(9)), fixture.port);
  await until(() => fixture.packets.length === 1, 'RTCP');

  const invalid = (profile: SrtpProfile, keys: Uint8Array, send: Uint8Array, receive: Uint8Array): void => {
    const key = testKey(1, srtpKeyLength(profile));
    assert.throws(() => engine.setSrtpKeys(session, profile, key, keys, { send, receive }), {
      code: 'INVALID_ARGUMENT',
    });
  };
  invalid('AEAD_AES_128_GCM', testKey(2, 28), new Uint8Array(), mki);
  invalid('AEAD_AES_128_GCM', testKey(2, 28), mki, new Uint8Array());
  invalid('AES128_CM_HMAC_SHA1_80', fromPeer, new Uint8Array(17), mki);
  invalid('AES128_CM_HMAC_SHA1_80', fromPeer, mki, new Uint8Array(17));
  invalid('AES128_CM_HMAC_SHA1_80', Buffer.concat([fromPeer, toPeer]), mki, Uint8Array.of(1, 2, 3));
  invalid('AES128_CM_HMAC_SHA1_80', fromPeer.subarray(1), mki, mki);
});

test('packets of one flush leave by many sockets', async () => {
  const fixture = open();
  const { engine } = fixture;
  const source = await peer();
  plainSession(fixture, source);
  const receivers: UdpPeer[] = [];
  const consumers: number[] = [];
  for (let i = 0; i < 100; i++) {
    const receiver = await peer();
    const { socket } = engine.addSocket('127.0.0.1', 0, 4);
    const session = engine.addSession();
    engine.setPlain(session);
    engine.setRemote(session, socket, receiver.address, receiver.port);
    receivers.push(receiver);
    consumers.push(fixture.consumer(session, 1000 + i));
  }
  fixture.forwardTo(consumers);
  for (const sequence of [1, 2]) source.send(rtpPacket({ ssrc: 5, sequence }), fixture.port);
  for (const receiver of receivers) assert.equal((await receiver.takeReceived(2)).length, 2);
});
