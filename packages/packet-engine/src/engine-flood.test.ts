import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { BATCH_SIZE, Counter, PacketKind } from './layout.js';
import type { PacketEngineOptions } from './packet-engine.js';
import { SrtpSession } from './srtp-session.js';
import { EngineFixture } from './test-support/engine-fixture.js';
import { fromHex, rtpPacket, testKey } from './test-support/packets.js';
import { until } from './test-support/wait.js';

const STUN = fromHex('0001 0000 2112a442 000102030405060708090a0b');
const DTLS = fromHex('16 feff 0000 000000000000 0004 01020304');
const PEER = '192.0.2.7';
const RATE = 200;

let fixture: EngineFixture;
afterEach(() => fixture.close());

/** An engine with a virtual socket, and a session with keys whose peer is PEER, port 1. */
function open(options: Partial<PacketEngineOptions> = {}) {
  fixture = new EngineFixture(options);
  const { engine } = fixture;
  const socket = engine.addVirtualSocket(4);
  const [toPeer, fromPeer] = [testKey(50, 28), testKey(51, 28)];
  const addPeer = (port: number): { session: number; srtp: SrtpSession } => {
    const session = engine.addSession();
    engine.setSrtpKeys(session, 'AEAD_AES_128_GCM', toPeer, fromPeer);
    engine.allowRemote(session, socket, PEER, port);
    return { session, srtp: new SrtpSession('AEAD_AES_128_GCM', fromPeer, toPeer) };
  };
  return { engine, socket, addPeer, ...addPeer(1) };
}

function received(session: number, kind: PacketKind): number {
  return fixture.packets.filter((packet) => packet.session === session && packet.kind === kind).length;
}

/** Runs something and gives how many seconds it took. */
function timed(run: () => void): number {
  const begin = performance.now();
  run();
  return (performance.now() - begin) / 1000;
}

describe('more than a peer may send', () => {
  test('genuine media: so many at once and in a second, and none is taken from another peer', async () => {
    const { engine, socket, session, srtp, addPeer } = open({ maxPacketsPerSecond: RATE });
    const other = addPeer(2);
    const flood = Array.from({ length: 3 * RATE }, (_, i) =>
      srtp.protectRtp(rtpPacket({ ssrc: 1, sequence: i }), i),
    );
    const seconds = timed(() => engine.receiveVirtual(socket, PEER, 1, flood));
    const taken = received(session, PacketKind.Rtp);
    assert.ok(taken >= RATE && taken <= RATE * (1 + seconds) + 1, `${taken} in ${seconds} s`);
    assert.equal(fixture.counter(Counter.DroppedRate), flood.length - taken);
    engine.receiveVirtual(socket, PEER, 2, [other.srtp.protectRtp(rtpPacket({ ssrc: 1, sequence: 1 }), 1)]);
    assert.equal(received(other.session, PacketKind.Rtp), 1);
    // It is not shut out: in a while more is taken.
    let sequence = flood.length;
    await until(() => {
      sequence++;
      engine.receiveVirtual(socket, PEER, 1, [srtp.protectRtp(rtpPacket({ ssrc: 1, sequence }), sequence)]);
      return received(session, PacketKind.Rtp) > taken;
    }, 'media to be taken again');
  });

  test('forged media takes nothing from what the peer may send', () => {
    const { engine, socket, session, srtp } = open({ maxPacketsPerSecond: RATE });
    const forged = srtp.protectRtp(rtpPacket({ ssrc: 1, sequence: 500 }), 500);
    forged[30]! ^= 1;
    engine.receiveVirtual(socket, PEER, 1, new Array<Uint8Array>(5 * RATE).fill(forged));
    const genuine = Array.from({ length: RATE }, (_, i) =>
      srtp.protectRtp(rtpPacket({ ssrc: 1, sequence: i }), i),
    );
    engine.receiveVirtual(socket, PEER, 1, genuine);
    assert.equal(received(session, PacketKind.Rtp), RATE);
    assert.equal(fixture.counter(Counter.DroppedAuthentication), 5 * RATE);
  });

  test('STUN and DTLS of a peer, which take nothing from its media', () => {
    const { engine, socket, session, srtp } = open({ maxPacketsPerSecond: RATE });
    const flood = Array.from({ length: 3 * RATE }, (_, i) => (i % 2 === 0 ? STUN : DTLS));
    const seconds = timed(() => engine.receiveVirtual(socket, PEER, 1, flood));
    const taken = received(session, PacketKind.Stun) + received(session, PacketKind.Dtls);
    assert.ok(taken >= RATE && taken <= RATE * (1 + seconds) + 1, `${taken} in ${seconds} s`);
    engine.receiveVirtual(socket, PEER, 1, [srtp.protectRtp(rtpPacket({ ssrc: 1, sequence: 1 }), 1)]);
    assert.equal(received(session, PacketKind.Rtp), 1);
  });

  test('STUN of strangers: each address for itself, all of them together 20 times as much', () => {
    const { engine, socket, session } = open({ maxStunPerSecond: RATE });
    const flood = new Array<Uint8Array>(3 * RATE).fill(STUN);
    const alone = timed(() => engine.receiveVirtual(socket, '198.51.100.1', 9, flood));
    const ofOne = received(-1, PacketKind.Stun);
    assert.ok(ofOne >= RATE && ofOne <= RATE * (1 + alone) + 1, `${ofOne} in ${alone} s`);
    const seconds =
      alone +
      timed(() => {
        for (let i = 0; i < 200; i++) engine.receiveVirtual(socket, `203.0.113.${i}`, 9, flood);
      });
    const ofAll = received(-1, PacketKind.Stun);
    assert.ok(ofAll >= 20 * RATE && ofAll <= 20 * RATE * (1 + seconds) + 20, `${ofAll} in ${seconds} s`);
    // Those who have a call are not touched by it.
    engine.receiveVirtual(socket, PEER, 1, [STUN]);
    assert.equal(received(session, PacketKind.Stun), 1);
  });
});

test('a million packets with wrong tags are counted and leave nothing behind', () => {
  const { engine, socket, session, srtp } = open();
  const genuine = srtp.protectRtp(rtpPacket({ ssrc: 1, sequence: 1 }), 1);
  // Other SSRCs, other sequence numbers, other tags.
  const forged = Array.from({ length: 10 * BATCH_SIZE }, (_, i) => {
    const data = Buffer.from(srtp.protectRtp(rtpPacket({ ssrc: i % 50, sequence: 1000 + i }), 1000 + i));
    data[data.length - 1 - (i % 16)]! ^= 1 + (i & 0x7f);
    return data;
  });
  const rounds = Math.ceil(1_000_000 / forged.length);
  const flood = (count: number): void => {
    for (let i = 0; i < count; i++) engine.receiveVirtual(socket, PEER, 1, forged);
  };
  flood(100);
  const before = process.memoryUsage.rss();
  flood(rounds - 100);
  const grown = process.memoryUsage.rss() - before;
  assert.equal(fixture.counter(Counter.DroppedAuthentication), rounds * forged.length);
  assert.equal(fixture.packets.length, 0);
  assert.ok(grown < 32 * 1024 * 1024, `${Math.round(grown / 1024)} KiB`);
  engine.receiveVirtual(socket, PEER, 1, [genuine]);
  assert.equal(received(session, PacketKind.Rtp), 1);
});
