import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Counter, PacketKind } from './layout.js';
import type { PacketEngine } from './packet-engine.js';
import { SrtpSession } from './srtp-session.js';
import { EngineFixture } from './test-support/engine-fixture.js';
import { fromHex, rtcpPacket, rtpPacket, testKey } from './test-support/packets.js';

const PROFILE = 'AEAD_AES_128_GCM';
const DTLS = fromHex('16 feff 0000 000000000000 0004 01020304');
const ADDRESS = '192.0.2.7';
const MAX_EARLY = 64;
const TO_PEER = testKey(50, 28);
const FROM_PEER = testKey(51, 28);

let fixture: EngineFixture;
let engine: PacketEngine;
let socket: number;

beforeEach(() => {
  fixture = new EngineFixture();
  engine = fixture.engine;
  socket = engine.addVirtualSocket(4);
});
afterEach(() => fixture.close());

/** A session without keys, and packets of its peer. */
function newSession(port: number): { session: number; srtp: SrtpSession } {
  const session = engine.addSession();
  engine.allowRemote(session, socket, ADDRESS, port);
  return { session, srtp: new SrtpSession(PROFILE, FROM_PEER, TO_PEER) };
}

const packetOf = (sequence: number) => rtpPacket({ ssrc: 7, sequence });

function setKeys(session: number): void {
  engine.setSrtpKeys(session, PROFILE, TO_PEER, FROM_PEER);
}

test('what comes in the batch of the last DTLS flight, before the keys, is decrypted once they are there', () => {
  const { session, srtp } = newSession(1);
  fixture.onBatch = () => {
    if (fixture.packets.at(-1)?.kind === PacketKind.Dtls) setKeys(session);
  };
  const rtcp = rtcpPacket(7);
  const secured = [srtp.protectRtp(packetOf(1), 1), srtp.protectRtcp(rtcp), srtp.protectRtp(packetOf(2), 2)];
  engine.receiveVirtual(socket, ADDRESS, 1, [DTLS, ...secured]);
  engine.receiveVirtual(socket, ADDRESS, 1, [srtp.protectRtp(packetOf(3), 3)]);
  const { packets } = fixture;
  assert.deepEqual(
    packets.map(({ bytes }) => bytes),
    [DTLS, packetOf(1), rtcp, packetOf(2), packetOf(3)],
  );
  assert.ok(packets.every((packet) => packet.session === session));
  assert.equal(
    new Set(packets.filter(({ kind }) => kind === PacketKind.Rtp).map(({ slot }) => slot)).size,
    3,
  );
  assert.equal(fixture.counter(Counter.PacketsReceived), 5);
});

test('what was kept is authenticated like anything else, and comes once', () => {
  const { session, srtp } = newSession(1);
  const packet = srtp.protectRtp(packetOf(1), 1);
  const forged = srtp.protectRtp(packetOf(2), 2);
  forged[30]! ^= 1;
  engine.receiveVirtual(socket, ADDRESS, 1, [packet, packet, forged]);
  assert.equal(fixture.packets.length, 0);
  setKeys(session);
  engine.receiveVirtual(socket, ADDRESS, 1, [DTLS]);
  assert.deepEqual(
    fixture.packets.map(({ kind }) => kind),
    [PacketKind.Dtls, PacketKind.Rtp],
  );
  assert.equal(fixture.counter(Counter.DroppedReplayed), 1);
  assert.equal(fixture.counter(Counter.DroppedAuthentication), 1);
  setKeys(session);
  engine.receiveVirtual(socket, ADDRESS, 1, [DTLS]);
  assert.equal(fixture.packets.length, 3);
});

test('a session keeps 64 packets, all of them together 1024; the rest is dropped', () => {
  const sessions = Array.from({ length: 17 }, (_, i) => newSession(i + 1));
  const packets = Array.from({ length: MAX_EARLY }, (_, i) => sessions[0]!.srtp.protectRtp(packetOf(i), i));
  const dropped = () => fixture.counter(Counter.DroppedNoKeys);
  for (let i = 0; i < 16; i++) engine.receiveVirtual(socket, ADDRESS, i + 1, packets);
  assert.equal(dropped(), 0);
  engine.receiveVirtual(socket, ADDRESS, 1, packets);
  engine.receiveVirtual(socket, ADDRESS, 17, packets);
  assert.equal(dropped(), 2 * MAX_EARLY);
  // A session that ends gives its room back, and the next one with its number gets nothing of it.
  engine.removeSession(sessions[3]!.session);
  engine.receiveVirtual(socket, ADDRESS, 17, packets);
  assert.equal(dropped(), 2 * MAX_EARLY);
  setKeys(sessions[16]!.session);
  engine.receiveVirtual(socket, ADDRESS, 17, [DTLS]);
  assert.equal(fixture.packets.length, 1 + MAX_EARLY);
});

test('nothing is kept from addresses that are nobody’s, or for a session that is gone', () => {
  const { session, srtp } = newSession(1);
  const packet = srtp.protectRtp(packetOf(1), 1);
  engine.receiveVirtual(socket, ADDRESS, 2, [packet]);
  assert.equal(fixture.counter(Counter.DroppedUnknownAddress), 1);
  engine.receiveVirtual(socket, ADDRESS, 1, [packet]);
  fixture.onBatch = () => {
    setKeys(session);
    engine.removeSession(session);
  };
  engine.receiveVirtual(socket, ADDRESS, 1, [DTLS]);
  assert.equal(fixture.packets.length, 1);
});
