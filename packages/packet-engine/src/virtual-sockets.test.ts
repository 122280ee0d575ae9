import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { BATCH_SIZE, Counter, Descriptor, FIRST_VIRTUAL_SOCKET, Outbox, PacketKind } from './layout.js';
import { PacketEngine } from './packet-engine.js';
import { SrtpSession } from './srtp-session.js';
import { EngineFixture, type ReceivedPacket } from './test-support/engine-fixture.js';
import { filled, fromHex, rtcpPacket, rtpPacket, testKey } from './test-support/packets.js';
import { until } from './test-support/wait.js';

const STUN = fromHex('0001 0000 2112a442 000102030405060708090a0b');
const DTLS = fromHex('16 feff 0000 000000000000 0004 01020304');
const ADDRESS = '192.0.2.7';
const PORT = 4321;

interface Sent {
  socket: number;
  address: string;
  port: number;
  data: Uint8Array;
}

const fixtures: EngineFixture[] = [];
afterEach(() => {
  for (const fixture of fixtures.splice(0)) fixture.close();
});

/** An engine with a virtual socket and a session behind it. */
function open() {
  const sent: Sent[] = [];
  const fixture = new EngineFixture({
    onVirtualSend: (socket, address, port, data) => sent.push({ socket, address, port, data: data.slice() }),
  });
  fixtures.push(fixture);
  const { engine } = fixture;
  const socket = engine.addVirtualSocket(4);
  const session = engine.addSession();
  const toPeer = testKey(50, 28);
  const fromPeer = testKey(51, 28);
  engine.setSrtpKeys(session, 'AEAD_AES_128_GCM', toPeer, fromPeer);
  const srtp = new SrtpSession('AEAD_AES_128_GCM', fromPeer, toPeer);
  return { engine, fixture, sent, session, socket, srtp };
}

const packetOf = (sequence: number, size = 40) =>
  rtpPacket({
    ssrc: 7,
    sequence,
    timestamp: sequence * 10,
    payloadType: 96,
    payload: filled(size, sequence & 255),
  });

test('datagrams of a virtual socket are demultiplexed and decrypted like any others', () => {
  const { engine, fixture, session, socket, srtp } = open();
  assert.ok(socket >= FIRST_VIRTUAL_SOCKET);
  engine.receiveVirtual(socket, ADDRESS, PORT, [STUN, DTLS, srtp.protectRtp(packetOf(1), 1)]);
  assert.deepEqual(
    fixture.packets.map(({ kind }) => kind),
    [PacketKind.Stun],
  );
  assert.equal(fixture.counter(Counter.DroppedUnknownAddress), 2);

  fixture.packets.length = 0;
  engine.allowRemote(session, socket, ADDRESS, PORT);
  const rtcp = rtcpPacket(7);
  engine.receiveVirtual(socket, ADDRESS, PORT, [
    STUN,
    srtp.protectRtp(packetOf(2), 2),
    DTLS,
    srtp.protectRtp(packetOf(3), 3),
    srtp.protectRtcp(rtcp),
  ]);
  const kinds = fixture.packets.map(({ kind }) => kind);
  assert.deepEqual(kinds, [
    PacketKind.Stun,
    PacketKind.Rtp,
    PacketKind.Dtls,
    PacketKind.Rtp,
    PacketKind.Rtcp,
  ]);
  const bytes = fixture.packets.map((packet) => packet.bytes);
  assert.deepEqual(bytes, [STUN, packetOf(2), DTLS, packetOf(3), rtcp]);
  assert.ok(fixture.packets.every(({ session: of }) => of === session));
  assert.ok(fixture.packets.every(({ fields }) => fields[Descriptor.Socket] === socket));
});

test('the source of a packet is told', () => {
  const { engine, fixture, socket } = open();
  const sources: unknown[] = [];
  fixture.onBatch = () => sources.push(engine.sourceAddress(0));
  engine.receiveVirtual(socket, ADDRESS, PORT, [STUN]);
  assert.deepEqual(sources, [{ socket, address: ADDRESS, port: PORT, family: 4 }]);
});

test('the same address behind two virtual sockets is two sources', () => {
  const { engine, fixture, session, socket, srtp } = open();
  const other = engine.addVirtualSocket(4);
  engine.allowRemote(session, socket, ADDRESS, PORT);
  engine.receiveVirtual(other, ADDRESS, PORT, [srtp.protectRtp(packetOf(1), 1)]);
  assert.equal(fixture.packets.length, 0);
  engine.receiveVirtual(socket, ADDRESS, PORT, [srtp.protectRtp(packetOf(1), 1)]);
  assert.equal(fixture.packets.length, 1);
});

test('more datagrams than a batch holds come in several batches, each packet in a slot of its own', () => {
  const { engine, fixture, session, socket, srtp } = open();
  engine.allowRemote(session, socket, ADDRESS, PORT);
  const counts: number[] = [];
  fixture.onBatch = (count) => counts.push(count);
  const total = 2 * BATCH_SIZE + 5;
  engine.receiveVirtual(
    socket,
    ADDRESS,
    PORT,
    Array.from({ length: total }, (_, i) => srtp.protectRtp(packetOf(i), i)),
  );
  assert.deepEqual(counts, [BATCH_SIZE, BATCH_SIZE, 5]);
  assert.equal(new Set(fixture.packets.map(({ slot }) => slot)).size, total);
});

test('datagrams of virtual and real sockets share the slots without disturbing each other', async () => {
  const { engine, fixture, session, socket, srtp } = open();
  engine.allowRemote(session, socket, ADDRESS, PORT);
  const real = await fixture.participant();
  for (let i = 0; i < 300; i++) {
    engine.receiveVirtual(socket, ADDRESS, PORT, [srtp.protectRtp(packetOf(i), i)]);
    real.peer.send(real.srtp.protectRtp(packetOf(i, 60), i), fixture.port);
    if (i % 20 === 19) await until(() => fixture.packets.length === 2 * (i + 1), 'the real packets');
  }
  const slots = fixture.packets.slice(-100).map(({ slot }) => slot);
  assert.equal(new Set(slots).size, 100);
  const of = (wanted: number) => (packet: ReceivedPacket) => packet.session === wanted;
  assert.equal(fixture.packets.filter(of(session)).length, 300);
  assert.deepEqual(fixture.packets.filter(of(real.session)).at(-1)?.bytes, packetOf(299, 60));
});

test('a packet that is longer than a slot is dropped', () => {
  const { engine, fixture, socket } = open();
  engine.receiveVirtual(socket, ADDRESS, PORT, [new Uint8Array(3000), new Uint8Array(0)]);
  assert.equal(fixture.packets.length, 0);
  assert.equal(fixture.counter(Counter.DroppedMalformed), 2);
});

test('media for a remote address on a virtual socket is handed over encrypted, however much it is', async () => {
  const { engine, fixture, sent, session, socket, srtp } = open();
  const real = await fixture.participant();
  const source = await fixture.participant();
  engine.setRemote(session, socket, ADDRESS, PORT);
  const consumers = Array.from({ length: 3 }, (_, i) => fixture.consumer(session, 100 + i));
  const toReal = fixture.consumer(real.session, 200);
  fixture.forwardTo([...consumers, toReal]);
  const count = Outbox.Packets;
  for (let i = 0; i < count; i++) source.peer.send(source.srtp.protectRtp(packetOf(i), i), fixture.port);
  await until(() => sent.length === 3 * count, 'the packets');
  await until(() => real.peer.received.length === count, 'those of the real socket');
  assert.ok(sent.every((each) => each.socket === socket && each.address === ADDRESS && each.port === PORT));
  const plain = sent.map(({ data }) => srtp.unprotectRtp(data));
  assert.ok(plain.every(({ ok }) => ok));
  assert.equal(fixture.counter(Counter.PacketsSent), 4 * count);
});

test('RTCP and raw datagrams leave by virtual sockets too', () => {
  const { engine, sent, session, socket, srtp } = open();
  engine.setRemote(session, socket, ADDRESS, PORT);
  const rtcp = rtcpPacket(9);
  assert.equal(engine.sendRtcp(session, rtcp, rtcp.length), true);
  const plain = srtp.unprotectRtcp(sent[0]!.data);
  assert.ok(plain.ok);
  assert.deepEqual(Buffer.from(plain.packet), Buffer.from(rtcp));
  assert.equal(engine.sendRaw(socket, '192.0.2.9', 9, STUN), true);
  assert.deepEqual(sent[1], { socket, address: '192.0.2.9', port: 9, data: STUN });
});

test('a session moves between a virtual and a real socket', async () => {
  const { engine, fixture, sent, session, socket } = open();
  const { peer } = await fixture.participant();
  const rtcp = rtcpPacket(9);
  engine.setRemote(session, socket, ADDRESS, PORT);
  engine.sendRtcp(session, rtcp, rtcp.length);
  engine.setRemote(session, fixture.socket, peer.address, peer.port);
  engine.sendRtcp(session, rtcp, rtcp.length);
  await until(() => peer.received.length === 1, 'the second report');
  assert.equal(sent.length, 1);
});

test('after a virtual socket was removed nothing comes or goes by it', () => {
  const { engine, fixture, sent, session, socket, srtp } = open();
  engine.allowRemote(session, socket, ADDRESS, PORT);
  engine.setRemote(session, socket, ADDRESS, PORT);
  engine.removeSocket(socket);
  engine.removeSocket(socket);
  const rtcp = rtcpPacket(9);
  assert.equal(engine.sendRtcp(session, rtcp, rtcp.length), false);
  assert.equal(sent.length, 0);
  assert.throws(() => engine.receiveVirtual(socket, ADDRESS, PORT, [STUN]), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => engine.setRemote(session, socket, ADDRESS, PORT), { code: 'INVALID_ARGUMENT' });
  const next = engine.addVirtualSocket(4);
  engine.receiveVirtual(next, ADDRESS, PORT, [srtp.protectRtp(packetOf(1), 1)]);
  assert.equal(fixture.packets.length, 0);
});

test('arguments are checked', () => {
  const { engine, socket } = open();
  const invalid = { code: 'INVALID_ARGUMENT' };
  assert.throws(() => engine.receiveVirtual(socket, '2001:db8::1', PORT, [STUN]), invalid);
  assert.throws(() => engine.receiveVirtual(0, ADDRESS, PORT, [STUN]), invalid);
  assert.throws(() => engine.receiveVirtual(socket, 'name', PORT, [STUN]), invalid);
  assert.throws(() => engine.receiveVirtual(socket, ADDRESS, PORT, ['' as unknown as Uint8Array]), invalid);
  assert.throws(() => engine.addVirtualSocket(5 as 4), { code: 'INVALID_ARGUMENT' });
});

test('what would disturb a batch is refused from within a callback', () => {
  const errors: unknown[] = [];
  const attempt = (what: () => void) => {
    try {
      what();
    } catch (error) {
      errors.push((error as { code: string }).code);
    }
  };
  const rtcp = rtcpPacket(9);
  const engine: PacketEngine = new PacketEngine({
    onBatch: () => attempt(() => engine.receiveVirtual(socket, ADDRESS, PORT, [STUN])),
    onVirtualSend: () => {
      attempt(() => engine.flush(0));
      attempt(() => engine.sendRtcp(session, rtcp, rtcp.length));
    },
  });
  const socket = engine.addVirtualSocket(4);
  const session = engine.addSession();
  engine.setSrtpKeys(session, 'AEAD_AES_128_GCM', testKey(1, 28), testKey(2, 28));
  engine.setRemote(session, socket, ADDRESS, PORT);
  engine.receiveVirtual(socket, ADDRESS, PORT, [STUN]);
  engine.sendRtcp(session, rtcp, rtcp.length);
  assert.deepEqual(errors, ['INVALID_STATE', 'INVALID_STATE', 'INVALID_STATE']);
  engine.close();
  assert.throws(() => engine.addVirtualSocket(4), { code: 'CLOSED' });
});
