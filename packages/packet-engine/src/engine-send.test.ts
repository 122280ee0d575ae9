import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import fc from 'fast-check';
import { CommandFlag, ConsumerFlag, ConsumerRecord, Counter, Descriptor, NO_SESSION } from './layout.js';
import { SrtpSession } from './srtp-session.js';
import { EngineFixture, type Participant } from './test-support/engine-fixture.js';
import { filled, fromHex, hex, rtcpPacket, rtpPacket, testKey } from './test-support/packets.js';
import { skipWithoutIPv6 } from './test-support/udp-peer.js';
import { until } from './test-support/wait.js';

const fixtures: EngineFixture[] = [];
afterEach(() => {
  for (const fixture of fixtures.splice(0)) fixture.close();
});

function open(...args: ConstructorParameters<typeof EngineFixture>): EngineFixture {
  const fixture = new EngineFixture(...args);
  fixtures.push(fixture);
  return fixture;
}

/** Receives one packet from the participant; returns its slot. */
async function receive(
  fixture: EngineFixture,
  from: Participant,
  packet: Parameters<typeof rtpPacket>[0],
): Promise<number> {
  const count = fixture.packets.length;
  from.peer.send(from.srtp.protectRtp(rtpPacket(packet), packet.sequence), fixture.port);
  await until(() => fixture.packets.length > count, 'a packet');
  return fixture.packets[count]!.slot;
}

/** What the participant gets, decrypted. */
async function delivered(to: Participant, count: number): Promise<Uint8Array[]> {
  return (await to.peer.takeReceived(count)).map((data) => {
    const result = to.srtp.unprotectRtp(data);
    assert.ok(result.ok, 'the packet is authentic');
    return result.packet;
  });
}

const copy = (incomingId: number, offset: number, room: number): number =>
  incomingId | (offset << 8) | (room << 16);

for (const family of [4, 6] as const) {
  for (const gso of [true, false]) {
    test(`one sender, many receivers: IPv${family}, ${gso ? 'with' : 'without'} GSO`, {
      skip: family === 6 && skipWithoutIPv6,
    }, async () => {
      const fixture = open({ gso }, family);
      const sender = await fixture.participant();
      const profiles = ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES128_CM_HMAC_SHA1_80'] as const;
      const receivers: Participant[] = [];
      for (let i = 0; i < 12; i++) receivers.push(await fixture.participant(profiles[i % 3]));
      const consumers = receivers.map((receiver, i) => fixture.consumer(receiver.session, 1000 + i));
      fixture.forwardTo(consumers);
      const lengths = [1100, 1100, 1100, 700, 1100, 300, 300, 0, 1150, 1150];
      const total = 60;
      for (let i = 0; i < total; i++) {
        const payload = filled(lengths[i % lengths.length]!, i);
        const packet = rtpPacket({
          ssrc: 5,
          sequence: 100 + i,
          timestamp: 3000 * i,
          payload,
          marker: i % 4 === 3,
        });
        sender.peer.send(sender.srtp.protectRtp(packet, 100 + i), fixture.port);
      }
      for (const [i, receiver] of receivers.entries()) {
        const packets = await delivered(receiver, total);
        const expected = Array.from({ length: total }, (_, k) =>
          rtpPacket({
            ssrc: 1000 + i,
            sequence: 100 + k,
            timestamp: 3000 * k,
            payload: filled(lengths[k % lengths.length]!, k),
            marker: k % 4 === 3,
            payloadType: 101,
          }),
        );
        assert.deepEqual(packets, expected);
        const octets = expected.reduce((sum, packet) => sum + packet.length - 12, 0);
        assert.equal(fixture.field(consumers[i]!, ConsumerRecord.PacketsSent), total);
        assert.equal(fixture.field(consumers[i]!, ConsumerRecord.OctetsSentLow), octets);
        assert.equal(fixture.field(consumers[i]!, ConsumerRecord.LastTimestamp), 3000 * (total - 1));
      }
      assert.equal(fixture.counter(Counter.PacketsSent), total * receivers.length);
      if (!gso) assert.equal(fixture.counter(Counter.MessagesSent), total * receivers.length);
      assert.equal(fixture.counter(Counter.DroppedBadCommand), 0);
    });
  }
}

test('GSO joins a run of equal packets to one receiver, the last may be shorter', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const other = await fixture.participant();
  const consumer = fixture.consumer(receiver.session, 7);
  const consumerOfOther = fixture.consumer(other.session, 8);
  const slots: number[] = [];
  for (const [i, length] of [500, 500, 500, 200, 500].entries()) {
    slots.push(await receive(fixture, sender, { ssrc: 1, sequence: 1 + i, payload: filled(length, i) }));
  }
  let at = 0;
  for (const [i, slot] of slots.entries()) {
    fixture.command(at++, slot, consumer, i, 0);
    fixture.command(at++, slot, consumerOfOther, i, 0);
  }
  assert.equal(fixture.engine.flush(at), 10);
  assert.equal(fixture.counter(Counter.PacketsSent), 10);
  assert.equal(fixture.counter(Counter.MessagesSent), 4, '500+500+500+200 and 500, for each of two');
  for (const participant of [receiver, other]) {
    const lengths = (await delivered(participant, 5)).map((packet) => packet.length - 12);
    assert.deepEqual(lengths, [500, 500, 500, 200, 500]);
  }
});

test('a run longer than the kernel takes at once is split', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const consumer = fixture.consumer(receiver.session, 7);
  const small = await receive(fixture, sender, { ssrc: 1, sequence: 1, payload: filled(50, 1) });
  const large = await receive(fixture, sender, { ssrc: 1, sequence: 2, payload: filled(1400, 1) });
  let at = 0;
  for (; at < 150; at++) fixture.command(at, small, consumer, at, 0);
  for (; at < 250; at++) fixture.command(at, large, consumer, at, 0);
  assert.equal(fixture.engine.flush(at), 250);
  assert.equal((await delivered(receiver, 250)).length, 250);
  assert.equal(fixture.counter(Counter.DroppedSendError), 0);
});

test('RTX carries the original sequence number before the payload', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant('AES128_CM_HMAC_SHA1_80');
  const media = fixture.consumer(receiver.session, 7);
  const rtx = fixture.consumer(receiver.session, 8);
  const slot = await receive(fixture, sender, { ssrc: 1, sequence: 1, payload: filled(33, 1), marker: true });
  fixture.command(0, slot, rtx, 1, 90, CommandFlag.Rtx);
  fixture.command(1, 0xabcd, 0, 0, 0);
  fixture.command(2, slot, media, 0xabcd, 90);
  assert.equal(fixture.engine.flush(3), 2);
  const [first, second] = await delivered(receiver, 2);
  const fields = { timestamp: 90, payloadType: 101, marker: true };
  const payload = Uint8Array.from([0xab, 0xcd, ...filled(33, 1)]);
  assert.deepEqual(first, rtpPacket({ ...fields, ssrc: 8, sequence: 1, payload }));
  assert.deepEqual(second, rtpPacket({ ...fields, ssrc: 7, sequence: 0xabcd, payload: filled(33, 1) }));
  assert.equal(fixture.field(rtx, ConsumerRecord.OctetsSentLow), 35);
});

test('a patch replaces bytes at the start of the payload, in retransmissions too; one outside of it is left out', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const media = fixture.consumer(receiver.session, 7);
  const rtx = fixture.consumer(receiver.session, 8);
  const slot = await receive(fixture, sender, { ssrc: 1, sequence: 1, payload: filled(33, 1), marker: true });
  const patch = (index: number, original: number, offset: number, count: number, bytes: number): void =>
    fixture.command(index, original, offset | (count << 8), bytes, 0);
  fixture.command(0, slot, media, 1, 90, CommandFlag.Patch);
  patch(1, 0, 2, 3, 0xccbbaa);
  fixture.command(2, slot, rtx, 1, 90, CommandFlag.Rtx | CommandFlag.Patch);
  patch(3, 0xabcd, 1, 1, 0xee);
  fixture.command(4, slot, media, 2, 90, CommandFlag.Patch);
  patch(5, 0, 14, 3, 0xffffff);
  fixture.command(6, slot, media, 3, 90, CommandFlag.Patch);
  patch(7, 0, 0, 5, 0xffffff);
  assert.equal(fixture.engine.flush(8), 4);
  const packets = await delivered(receiver, 4);
  const fields = { timestamp: 90, payloadType: 101, marker: true };
  const patched = filled(33, 1);
  patched.set([0xaa, 0xbb, 0xcc], 2);
  const retransmitted = Uint8Array.from([0xab, 0xcd, ...filled(33, 1)]);
  retransmitted[3] = 0xee;
  assert.deepEqual(packets[0], rtpPacket({ ...fields, ssrc: 7, sequence: 1, payload: patched }));
  assert.deepEqual(packets[1], rtpPacket({ ...fields, ssrc: 8, sequence: 1, payload: retransmitted }));
  assert.deepEqual(packets[2], rtpPacket({ ...fields, ssrc: 7, sequence: 2, payload: filled(33, 1) }));
  assert.deepEqual(packets[3], rtpPacket({ ...fields, ssrc: 7, sequence: 3, payload: filled(33, 1) }));
  assert.equal(fixture.field(media, ConsumerRecord.OctetsSentLow), 99);
});

test('the marker is set, or the payload left out, as the command says', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const media = fixture.consumer(receiver.session, 7);
  const rtx = fixture.consumer(receiver.session, 8);
  const slot = await receive(fixture, sender, { ssrc: 1, sequence: 1, payload: filled(33, 1) });
  fixture.command(0, slot, media, 1, 90, CommandFlag.Marker);
  fixture.command(1, 0, 0, 0, 0);
  fixture.command(2, slot, media, 2, 90, CommandFlag.Empty);
  fixture.command(3, 0, 0, 0, 0);
  fixture.command(4, slot, rtx, 1, 90, CommandFlag.Rtx | CommandFlag.Empty);
  fixture.command(5, 2, 0, 0, 0);
  assert.equal(fixture.engine.flush(6), 3);
  const packets = await delivered(receiver, 3);
  const fields = { timestamp: 90, payloadType: 101 };
  const [marked, empty, again] = [
    rtpPacket({ ...fields, ssrc: 7, sequence: 1, marker: true, payload: filled(33, 1) }),
    rtpPacket({ ...fields, ssrc: 7, sequence: 2, payload: new Uint8Array() }),
    rtpPacket({ ...fields, ssrc: 8, sequence: 1, payload: Uint8Array.of(0, 2) }),
  ];
  assert.deepEqual(packets, [marked, empty, again]);
});

test('an element of any length is put behind the block, with another frame number where the command says so', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const consumer = fixture.consumer(receiver.session, 7, fromHex('10000001 0401 61 00'));
  fixture.setField(consumer, ConsumerRecord.AppendExtension, 12 | (9 << 8));
  const slots: number[] = [];
  for (const [i, extension] of [
    `10000006 0c15 ${hex(filled(21, 3))} 00`, // 21 bytes in the two-byte form
    'bede0001 c2 010203', // 3 bytes in the one-byte form
    'bede0001 10 000000', // another element
  ].entries()) {
    const fields = { ssrc: 1, sequence: 1 + i, extension: fromHex(extension), payload: filled(9, 1) };
    slots.push(await receive(fixture, sender, fields));
  }
  fixture.command(0, slots[0]!, consumer, 1, 0);
  fixture.command(1, slots[0]!, consumer, 2, 0, CommandFlag.FrameNumber);
  fixture.command(2, 0, 0, 0, 0xabcd);
  fixture.command(3, slots[1]!, consumer, 3, 0, CommandFlag.FrameNumber);
  fixture.command(4, 0, 0, 0, 0x11112222);
  fixture.command(5, slots[2]!, consumer, 4, 0);
  assert.equal(fixture.engine.flush(6), 4);
  const packets = await delivered(receiver, 4);
  const long = filled(21, 3);
  const renumbered = long.slice();
  renumbered.set([0xab, 0xcd], 1);
  for (const [i, extension] of [
    `10000007 0401 61 00 0915 ${hex(long)} 00`,
    `10000007 0401 61 00 0915 ${hex(renumbered)} 00`,
    '10000003 0401 61 00 0903 012222 000000',
    '10000001 0401 61 00',
  ].entries()) {
    const fields = { payloadType: 101, ssrc: 7, sequence: 1 + i, payload: filled(9, 1) };
    assert.equal(hex(packets[i]!), hex(rtpPacket({ ...fields, extension: fromHex(extension) })));
  }
});

test('extensions are copied, filled in, shortened or left out', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  // One-byte form: 2 abs-send-time, 3 transport-wide number, 5 and 6 copied, 7 never there.
  const template = fromHex('bede0005 22000000 310000 5000 6300000000 00 710000 0000');
  assert.equal(template.length, 24);
  const consumer = fixture.consumer(receiver.session, 7, template);
  fixture.setField(consumer, ConsumerRecord.AbsSendTimeOffset, 5);
  fixture.setField(consumer, ConsumerRecord.TransportSequenceOffset, 9);
  fixture.setField(consumer, ConsumerRecord.CopyExtensions, copy(1, 12, 1));
  fixture.setField(consumer, ConsumerRecord.CopyExtensions + 1, copy(4, 14, 4));
  fixture.setField(consumer, ConsumerRecord.CopyExtensions + 2, copy(9, 20, 2));
  const extension = fromHex('bede0002 10aa 41bbcc 000000'); // 1: aa, 4: bbcc
  const slot = await receive(fixture, sender, { ssrc: 1, sequence: 1, extension, payload: filled(9, 1) });
  for (let i = 0; i < 2; i++) fixture.command(i, slot, consumer, i, 0);
  const now = (Date.now() / 1000) % 64;
  assert.equal(fixture.engine.flush(2), 2);
  const packets = await delivered(receiver, 2);
  for (const [i, packet] of packets.entries()) {
    const block = packet.subarray(12, 12 + template.length);
    assert.equal(hex(block.subarray(0, 5)), 'bede000522');
    const sendTime = ((block[5]! << 16) | (block[6]! << 8) | block[7]!) / 2 ** 18;
    assert.ok((sendTime - now + 64.01) % 64 < 5, `abs-send-time ${sendTime}, now ${now}`);
    assert.equal(hex(block.subarray(8)), `31000${i}50aa61bbcc0000000000000000`);
    assert.deepEqual(packet.subarray(36), filled(9, 1));
  }
});

test('two-byte elements are found and written too', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const consumer = fixture.consumer(receiver.session, 7, fromHex('10000003 14020000 15040000 0000 0000'));
  fixture.setField(consumer, ConsumerRecord.CopyExtensions, copy(200, 6, 2));
  fixture.setField(consumer, ConsumerRecord.CopyExtensions + 1, copy(3, 10, 4));
  const extension = fromHex('10000003 0100 c802beef 00 0303a1b2c3 00');
  const slot = await receive(fixture, sender, { ssrc: 1, sequence: 1, extension });
  fixture.command(0, slot, consumer, 1, 0);
  fixture.engine.flush(1);
  const [packet] = await delivered(receiver, 1);
  assert.equal(hex(packet!.subarray(12, 28)), '100000031402beef1503a1b2c3000000');
});

test('a deterministic consumer sends the same bytes again, any other refuses', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const template = fromHex('bede0002 22000000 310000 00');
  const consumer = fixture.consumer(receiver.session, 7, template);
  fixture.setField(consumer, ConsumerRecord.AbsSendTimeOffset, 5);
  fixture.setField(consumer, ConsumerRecord.TransportSequenceOffset, 9);
  const slot = await receive(fixture, sender, { ssrc: 1, sequence: 1 });
  fixture.command(0, slot, consumer, 10, 0);
  assert.equal(fixture.engine.flush(1), 1);
  await delivered(receiver, 1);
  assert.equal(fixture.engine.flush(1), 0);
  assert.equal(fixture.counter(Counter.DroppedRepeated), 1);

  fixture.setField(consumer, ConsumerRecord.Flags, ConsumerFlag.Deterministic);
  assert.equal(fixture.engine.flush(1), 0, 'the first packet was not deterministic');
  const deterministic = fixture.consumer(receiver.session, 8, template);
  fixture.setField(deterministic, ConsumerRecord.AbsSendTimeOffset, 5);
  fixture.setField(deterministic, ConsumerRecord.TransportSequenceOffset, 9);
  fixture.setField(deterministic, ConsumerRecord.Flags, ConsumerFlag.Deterministic);
  fixture.command(0, slot, deterministic, 11, 0);
  assert.equal(fixture.engine.flush(1), 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(fixture.engine.flush(1), 1);
  const [first, second] = await receiver.peer.takeReceived(2);
  assert.deepEqual(first, second);
  const result = receiver.srtp.unprotectRtp(first!);
  assert.ok(result.ok);
  assert.equal(hex(result.packet.subarray(20, 24)), '00000000', 'no transport-wide number');
});

test('sequence numbers go on where 32 bits end', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant('AES128_CM_HMAC_SHA1_80');
  const slot = await receive(fixture, sender, { ssrc: 1, sequence: 1 });
  const consumer = fixture.consumer(receiver.session, 7);
  const own = new SrtpSession('AES128_CM_HMAC_SHA1_80', testKey(3, 30), testKey(4, 30)); // as the fixture made them
  const values = [
    0x7fffffff, 0xfffffff0, 0x1_0000_0005, 0x1_0000_0001, 0x1_7fff_ffff, 0x1_ffff_fff0, 0x2_0000_0001,
  ];
  for (const [i, value] of values.entries()) fixture.command(i, slot, consumer, value | 0, 0);
  assert.equal(fixture.engine.flush(values.length), values.length);
  for (const [i, data] of (await receiver.peer.takeReceived(values.length)).entries()) {
    const plain = rtpPacket({ ssrc: 7, sequence: values[i]!, payload: filled(100, 1), payloadType: 101 });
    assert.deepEqual(data, own.protectRtp(plain, values[i]!), `index ${values[i]}`);
  }
});

test('commands that make no sense are counted and dropped', async () => {
  const fixture = open({ slots: 128, maxConsumers: 8, maxCommands: 16 });
  const { engine } = fixture;
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const slot = await receive(fixture, sender, { ssrc: 1, sequence: 1 });
  const consumer = fixture.consumer(receiver.session, 7);
  const bad = (...entry: [slot: number, consumer: number, flags?: number]): void => {
    const before = fixture.counter(Counter.DroppedBadCommand);
    fixture.command(0, entry[0], entry[1], 1, 1, entry[2] ?? 0);
    assert.equal(engine.flush(1), 0);
    assert.equal(fixture.counter(Counter.DroppedBadCommand), before + 1);
  };
  bad(-1, consumer);
  bad(128, consumer);
  bad(slot, 7);
  bad(slot, 0xffffff);
  bad(slot, consumer, CommandFlag.Rtx); // the second entry is missing
  bad(127, consumer); // nothing was ever received there
  for (const [field, value] of [
    [ConsumerRecord.ExtensionLength, 68],
    [ConsumerRecord.ExtensionLength, 6],
    [ConsumerRecord.ExtensionLength, 0xffffffff],
  ] as const) {
    fixture.setField(consumer, field, value);
    bad(slot, consumer);
  }
  fixture.setField(consumer, ConsumerRecord.ExtensionLength, 0);
  for (const session of [NO_SESSION, 4095, engine.addSession()]) {
    fixture.setField(consumer, ConsumerRecord.Session, session);
    fixture.command(0, slot, consumer, 1, 1);
    assert.equal(engine.flush(1), 0);
  }
  assert.equal(fixture.counter(Counter.DroppedNoDestination), 3);
  fixture.setField(consumer, ConsumerRecord.Session, receiver.session);
  fixture.command(0, slot, consumer, 1, 1);
  assert.equal(engine.flush(1), 1);
});

test('whatever stands in the shared memory, flush does no harm', async () => {
  const fixture = open({ slots: 128, maxSessions: 4, maxConsumers: 4, maxCommands: 32 });
  const { engine } = fixture;
  const sender = await fixture.participant();
  await receive(fixture, sender, { ssrc: 1, sequence: 1, extension: fromHex('bede0001 f0ffffff') });
  for (let i = 0; i < 4; i++) fixture.consumer(sender.session, i);
  const word = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.nat({ max: 0x7fffffff }), fc.constant(-1));
  const session = fc.constantFrom(0, 1, 5, NO_SESSION);
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 4 * 32, maxLength: 4 * 32 }),
      fc.array(fc.tuple(session, fc.array(word, { minLength: 31, maxLength: 31 })), {
        minLength: 4,
        maxLength: 4,
      }),
      fc.array(word, { minLength: 16, maxLength: 16 }),
      fc.integer({ min: 0, max: 32 }),
      (commands, records, meta, count) => {
        engine.commands.set(commands);
        for (const [i, [first, rest]] of records.entries()) engine.consumers.set([first, ...rest], i * 32);
        engine.slotMeta.set(meta);
        engine.flush(count);
      },
    ),
    { numRuns: 500 },
  );
});

test('RTCP is encrypted and sent at once', async () => {
  const fixture = open();
  const receiver = await fixture.participant();
  const packet = rtcpPacket(5, 10);
  const buffer = new Uint8Array(500);
  buffer.set(packet);
  for (let i = 0; i < 3; i++)
    assert.equal(fixture.engine.sendRtcp(receiver.session, buffer, packet.length), true);
  for (const data of await receiver.peer.takeReceived(3)) {
    const result = receiver.srtp.unprotectRtcp(data);
    assert.ok(result.ok);
    assert.deepEqual(result.packet, packet);
  }
  assert.deepEqual(buffer.subarray(0, packet.length), packet);
  assert.equal(fixture.engine.sendRtcp(receiver.session, buffer, 4), false);
  assert.equal(fixture.engine.sendRtcp(fixture.engine.addSession(), buffer, packet.length), false);
});

test('setting the same keys again does not start the indexes anew', async () => {
  const fixture = open();
  const receiver = await fixture.participant();
  const key = filled(28, 1);
  const packet = rtcpPacket(5);
  const send = async (): Promise<Uint8Array> => {
    fixture.engine.sendRtcp(receiver.session, packet, packet.length);
    return (await receiver.peer.takeReceived(1))[0]!;
  };
  fixture.engine.setSrtpKeys(receiver.session, 'AEAD_AES_128_GCM', key, key);
  const first = await send();
  fixture.engine.setSrtpKeys(receiver.session, 'AEAD_AES_128_GCM', key, key);
  assert.notDeepEqual(await send(), first);
});

test('a consumer whose session is removed sends to nobody, whoever gets the number next', async () => {
  const fixture = open({ maxSessions: 2 });
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const consumer = fixture.consumer(receiver.session, 7);
  const slot = await receive(fixture, sender, { ssrc: 1, sequence: 1 });
  fixture.engine.removeSession(receiver.session);
  const next = await fixture.participant();
  assert.equal(next.session, receiver.session);
  fixture.command(0, slot, consumer, 1, 1);
  assert.equal(fixture.engine.flush(1), 0);
  assert.equal(fixture.counter(Counter.DroppedNoDestination), 1);
});

test('the descriptor of the packet in hand is what flush needs', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const consumer = fixture.consumer(receiver.session, 7);
  fixture.forwardTo([consumer]);
  const packet = {
    ssrc: 1,
    sequence: 0xfffe,
    timestamp: 0xffffffff,
    csrcs: [3, 4],
    padding: 8,
    payload: filled(20, 2),
  };
  for (let i = 0; i < 4; i++) {
    const sequence = packet.sequence + i;
    sender.peer.send(sender.srtp.protectRtp(rtpPacket({ ...packet, sequence }), sequence), fixture.port);
  }
  const packets = await receiver.peer.takeReceived(4);
  const indexes = packets.map((data) => {
    const result = receiver.srtp.unprotectRtp(data);
    assert.ok(result.ok);
    const sequence = new DataView(result.packet.buffer).getUint16(2);
    const { timestamp, payload } = packet;
    assert.deepEqual(result.packet, rtpPacket({ ssrc: 7, sequence, timestamp, payload, payloadType: 101 }));
    return result.index;
  });
  assert.deepEqual(indexes, [0xfffe, 0xffff, 0x10000, 0x10001]);
  assert.equal(fixture.packets[3]!.fields[Descriptor.ExtendedSequence], 0x10001);
});
