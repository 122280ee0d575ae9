import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import fc from 'fast-check';
import { Counter, Descriptor, PacketKind, SLOT_SIZE, SlotMeta } from './layout.js';
import { EngineFixture } from './test-support/engine-fixture.js';
import { filled, fromHex, rtcpPacket, rtpPacket } from './test-support/packets.js';
import { skipWithoutIPv6, UdpPeer } from './test-support/udp-peer.js';
import { until } from './test-support/wait.js';

const STUN = fromHex('0001 0000 2112a442 000102030405060708090a0b');
const DTLS = fromHex('16 feff 0000 000000000000 0004 01020304');

const fixtures: { close(): void }[] = [];
afterEach(() => {
  for (const fixture of fixtures.splice(0)) fixture.close();
});

function open(...args: ConstructorParameters<typeof EngineFixture>): EngineFixture {
  const fixture = new EngineFixture(...args);
  fixtures.push(fixture);
  return fixture;
}

async function stranger(family: 4 | 6 = 4): Promise<UdpPeer> {
  const peer = await UdpPeer.open(family);
  fixtures.push(peer);
  return peer;
}

test('an RTP packet arrives decrypted, with its fields in the descriptor and in the slot', async () => {
  const fixture = open();
  const { engine } = fixture;
  const { session, peer, srtp } = await fixture.participant();
  const packet = rtpPacket({
    ssrc: 0xfedcba98,
    sequence: 500,
    timestamp: 0x87654321,
    payloadType: 111,
    marker: true,
    csrcs: [1],
    extension: fromHex('bede0001 10aa0000'),
    payload: filled(50, 3),
    padding: 5,
  });
  const before = Date.now();
  peer.send(srtp.protectRtp(packet, 500), fixture.port);
  await until(() => fixture.packets.length === 1, 'the packet');
  const [received] = fixture.packets;
  assert.deepEqual(received!.bytes, packet);
  const { fields } = received!;
  assert.equal(fields[Descriptor.Kind], PacketKind.Rtp);
  assert.equal(fields[Descriptor.Session], session);
  assert.equal(fields[Descriptor.ExtendedSequence], 500);
  assert.equal(fields[Descriptor.Timestamp]! >>> 0, 0x87654321);
  assert.equal(fields[Descriptor.Ssrc]! >>> 0, 0xfedcba98);
  assert.equal(fields[Descriptor.Stream], 0);
  assert.equal(fields[Descriptor.PayloadOffset], 12 + 4 + 8);
  assert.equal(fields[Descriptor.PayloadLength], 50);
  assert.equal(fields[Descriptor.TypeAndMarker], 111 | 0x80);
  assert.equal(fields[Descriptor.Socket], fixture.socket);
  const age = ((fields[Descriptor.ArrivalUs]! - before * 1000) | 0) / 1000;
  assert.ok(age > -5 && age < 10_000, `received ${age} ms after it was sent`);
  const meta = received!.slot * SlotMeta.Stride;
  assert.equal(engine.slotMeta[meta + SlotMeta.ReceiveNumber], 1);
  assert.equal(engine.slotMeta[meta + SlotMeta.OffsetAndMarker], 24 | (1 << 16));
  assert.equal(engine.slotMeta[meta + SlotMeta.PayloadLength], 50);
  const seconds = (Date.now() / 1000) % 64;
  const sendTime = engine.slotMeta[meta + SlotMeta.AbsSendTime]! / 2 ** 18;
  assert.ok((seconds - sendTime + 64) % 64 < 10, `${sendTime} is about ${seconds}`);
});

test('RTCP arrives decrypted with its sender', async () => {
  const fixture = open();
  const { peer, srtp, session } = await fixture.participant('AES128_CM_HMAC_SHA1_80');
  const packet = rtcpPacket(0x80000001, 8);
  peer.send(srtp.protectRtcp(packet), fixture.port);
  await until(() => fixture.packets.length === 1, 'the packet');
  assert.deepEqual(fixture.packets[0]!.bytes, packet);
  assert.equal(fixture.packets[0]!.kind, PacketKind.Rtcp);
  assert.equal(fixture.packets[0]!.session, session);
  assert.equal(fixture.packets[0]!.fields[Descriptor.Ssrc]! >>> 0, 0x80000001);
});

for (const family of [4, 6] as const) {
  test(`from an unknown IPv${family} address only STUN gets through`, {
    skip: family === 6 && skipWithoutIPv6,
  }, async () => {
    const fixture = open({}, family);
    const peer = await stranger(family);
    const source: unknown[] = [];
    fixture.onBatch = () => source.push(fixture.engine.sourceAddress(0));
    for (const data of [DTLS, rtpPacket({ ssrc: 1, sequence: 1 }), rtcpPacket(1), STUN])
      peer.send(data, fixture.port);
    await until(() => fixture.counter(Counter.PacketsReceived) === 4, 'four datagrams');
    await until(() => source.length === 1, 'the STUN message');
    assert.equal(fixture.packets[0]!.kind, PacketKind.Stun);
    assert.equal(fixture.packets[0]!.session, -1);
    assert.deepEqual(fixture.packets[0]!.bytes, STUN);
    assert.deepEqual(source[0], { socket: fixture.socket, address: peer.address, port: peer.port, family });
    assert.equal(fixture.counter(Counter.DroppedUnknownAddress), 3);
  });
}

test('a source is allowed and disallowed, and another session may take it over', async () => {
  const fixture = open();
  const { engine, socket } = fixture;
  const peer = await stranger();
  const [one, two] = [engine.addSession(), engine.addSession()];
  const kinds = async (): Promise<number[]> => {
    const count = fixture.packets.length;
    const dropped = fixture.counter(Counter.DroppedUnknownAddress);
    peer.send(DTLS, fixture.port);
    await until(
      () => fixture.packets.length > count || fixture.counter(Counter.DroppedUnknownAddress) > dropped,
      'the datagram',
    );
    return fixture.packets.slice(count).map((packet) => packet.session);
  };
  assert.deepEqual(await kinds(), []);
  engine.allowRemote(one, socket, peer.address, peer.port);
  assert.deepEqual(await kinds(), [one]);
  engine.allowRemote(two, socket, peer.address, peer.port);
  assert.deepEqual(await kinds(), [two]);
  engine.disallowRemote(one, socket, peer.address, peer.port);
  assert.deepEqual(await kinds(), [two]);
  engine.removeSession(two);
  assert.deepEqual(await kinds(), []);
});

test('a session may have 64 sources, not more', () => {
  const { engine, socket } = open();
  const session = engine.addSession();
  for (let i = 0; i < 64; i++) assert.equal(engine.allowRemote(session, socket, '192.0.2.1', 1000 + i), true);
  assert.equal(engine.allowRemote(session, socket, '192.0.2.1', 1000), true);
  assert.equal(engine.allowRemote(session, socket, '192.0.2.1', 2000), false);
  engine.disallowRemote(session, socket, '192.0.2.1', 1000);
  assert.equal(engine.allowRemote(session, socket, '192.0.2.1', 2000), true);
});

test('what cannot be, or was not sent by the peer, is counted and dropped', async () => {
  const fixture = open({ maxSsrcsPerSession: 2 });
  const { engine } = fixture;
  const { session, peer, srtp } = await fixture.participant();
  const keyless = await stranger();
  engine.allowRemote(engine.addSession(), fixture.socket, keyless.address, keyless.port);
  const expectDrop = async (counter: number, data: Uint8Array, from = peer): Promise<void> => {
    const before = fixture.counter(counter);
    from.send(data, fixture.port);
    await until(() => fixture.counter(counter) === before + 1, `counter ${counter}`);
  };
  const secured = srtp.protectRtp(rtpPacket({ ssrc: 1, sequence: 1 }), 1);
  const forged = Uint8Array.from(secured);
  forged[30]! ^= 1;
  await expectDrop(Counter.DroppedAuthentication, forged);
  peer.send(secured, fixture.port);
  await expectDrop(Counter.DroppedReplayed, secured);
  // So many are kept for the keys.
  for (let i = 0; i < 64; i++) keyless.send(secured, fixture.port);
  await expectDrop(Counter.DroppedNoKeys, secured, keyless);
  await expectDrop(Counter.DroppedMalformed, new Uint8Array());
  await expectDrop(Counter.DroppedMalformed, filled(30, 70)); // neither of the protocols
  await expectDrop(Counter.DroppedMalformed, STUN.subarray(0, 19));
  await expectDrop(Counter.DroppedMalformed, DTLS.subarray(0, 16));
  await expectDrop(Counter.DroppedMalformed, new Uint8Array(2100).fill(0x80));
  await expectDrop(Counter.DroppedMalformed, secured.subarray(0, 27));
  const badPadding = rtpPacket({ ssrc: 1, sequence: 2, padding: 4 });
  badPadding[badPadding.length - 1] = 200;
  await expectDrop(Counter.DroppedMalformed, srtp.protectRtp(badPadding, 2));
  peer.send(srtp.protectRtp(rtpPacket({ ssrc: 2, sequence: 2 }), 2), fixture.port);
  await expectDrop(Counter.DroppedSsrcLimit, srtp.protectRtp(rtpPacket({ ssrc: 3, sequence: 2 }), 2));
  engine.resetReceiveStream(session, 2);
  const count = fixture.packets.length;
  peer.send(srtp.protectRtp(rtpPacket({ ssrc: 3, sequence: 3 }), 3), fixture.port);
  await until(() => fixture.packets.length === count + 1, 'the stream in the free place');
});

test('garbage does not push packets out of the cache, and a slot that is used again gets a new number', async () => {
  const slots = 256;
  const fixture = open({ slots });
  const { engine } = fixture;
  const { peer, srtp } = await fixture.participant();
  const from = await stranger();
  const numberOf = (slot: number): number =>
    engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.ReceiveNumber]!;
  const receive = async (sequence: number): Promise<void> => {
    const count = fixture.packets.length;
    peer.send(srtp.protectRtp(rtpPacket({ ssrc: 1, sequence }), sequence), fixture.port);
    await until(() => fixture.packets.length === count + 1, `packet ${sequence}`);
  };
  for (let sequence = 1; sequence <= 150; sequence++) await receive(sequence);
  const kept = fixture.packets.map(({ slot, bytes }) => ({ slot, bytes, number: numberOf(slot) }));
  const dropped = fixture.counter(Counter.DroppedMalformed);
  for (let i = 0; i < 1000; i++) {
    from.send(filled(200, 70), fixture.port);
    if (i % 50 === 0) await until(() => fixture.counter(Counter.DroppedMalformed) > dropped + i, 'garbage');
  }
  for (const { slot, bytes, number } of kept) {
    assert.equal(numberOf(slot), number);
    assert.deepEqual(engine.slab.slice(slot * SLOT_SIZE, slot * SLOT_SIZE + bytes.length), bytes);
  }
  for (let sequence = 151; sequence <= 150 + slots; sequence++) await receive(sequence);
  assert.ok(kept.every(({ slot, number }) => numberOf(slot) !== number));
  assert.equal(new Set(fixture.packets.slice(-150).map(({ slot }) => slot)).size, 150);
});

test('nothing that can come from an allowed address does harm', async () => {
  const fixture = open();
  const { peer, srtp } = await fixture.participant();
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 20 }), async (datagrams) => {
      for (const data of datagrams) peer.send(data, fixture.port);
      sent += datagrams.length;
      await until(() => fixture.counter(Counter.PacketsReceived) >= sent, 'all datagrams');
    }),
    { numRuns: 50 },
  );
  const count = fixture.packets.length;
  peer.send(srtp.protectRtp(rtpPacket({ ssrc: 9, sequence: 9 }), 9), fixture.port);
  await until(() => fixture.packets.length === count + 1, 'a genuine packet');
});

test('a full burst is handed over in batches of at most 64', async () => {
  const fixture = open();
  const { peer, srtp } = await fixture.participant();
  let largest = 0;
  fixture.onBatch = (count) => {
    largest = Math.max(largest, count);
  };
  for (let sequence = 1; sequence <= 300; sequence++) {
    peer.send(srtp.protectRtp(rtpPacket({ ssrc: 1, sequence }), sequence), fixture.port);
  }
  await until(() => fixture.packets.length === 300, 'all packets');
  assert.ok(largest <= 64);
  const sequences = fixture.packets.map(({ fields }) => fields[Descriptor.ExtendedSequence]);
  assert.deepEqual(
    sequences,
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
});
