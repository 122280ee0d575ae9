import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { CommandFlag, ConsumerFlag, ConsumerRecord, Counter } from './layout.js';
import { SrtpSession } from './srtp-session.js';
import { EngineFixture, type Participant } from './test-support/engine-fixture.js';
import { filled, rtpPacket, testKey } from './test-support/packets.js';
import { until } from './test-support/wait.js';

const fixtures: EngineFixture[] = [];
afterEach(() => {
  for (const fixture of fixtures.splice(0)) fixture.close();
});

/** More commands than that in one flush are handed over. */
const LARGE = 512;

function open(...args: ConstructorParameters<typeof EngineFixture>): EngineFixture {
  const fixture = new EngineFixture({ senderThreads: 3, ...args[0] }, args[1]);
  fixtures.push(fixture);
  return fixture;
}

async function participants(fixture: EngineFixture, count: number): Promise<Participant[]> {
  const profiles = ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES128_CM_HMAC_SHA1_80'] as const;
  const made: Participant[] = [];
  for (let i = 0; i < count; i++) made.push(await fixture.participant(profiles[i % 3]));
  return made;
}

/** Bytes of payload: the same for some packets in a row. */
const lengthOf = (sequence: number): number => 200 + (Math.floor(sequence / 16) % 3);

/** Receives so many packets with payloads of their own; returns their slots. */
async function receive(
  fixture: EngineFixture,
  from: Participant,
  count: number,
  first = 1,
): Promise<number[]> {
  const before = fixture.packets.length;
  for (let i = 0; i < count; i++) {
    const sequence = first + i;
    const packet = rtpPacket({ sequence, ssrc: 5, payload: filled(lengthOf(sequence), sequence) });
    from.peer.send(from.srtp.protectRtp(packet, sequence), fixture.port);
    // No faster than it is read.
    if (i % 32 === 31) await until(() => fixture.packets.length > before + i, 'the packets so far');
  }
  await until(() => fixture.packets.length === before + count, 'all packets');
  return fixture.packets.slice(before).map(({ slot }) => slot);
}

/** Sends every slot to every consumer in one flush, sequence numbers from `first`. */
function broadcast(
  fixture: EngineFixture,
  slots: readonly number[],
  consumers: readonly number[],
  first = 1,
) {
  let count = 0;
  for (const [i, slot] of slots.entries()) {
    for (const consumer of consumers) fixture.command(count++, slot, consumer, first + i, 90 * (first + i));
  }
  return fixture.engine.flush(count);
}

const sequenceOf = (packet: Uint8Array): number => (packet[2]! << 8) | packet[3]!;

/** What came, decrypted: sequence numbers, after the payloads were compared with what was sent. */
async function delivered(to: Participant, count: number): Promise<number[]> {
  return (await to.peer.takeReceived(count)).map((data) => {
    const result = to.srtp.unprotectRtp(data);
    assert.ok(result.ok, 'the packet is authentic');
    const sequence = sequenceOf(result.packet);
    assert.deepEqual(
      Buffer.from(result.packet.subarray(12)),
      Buffer.from(filled(lengthOf(sequence), sequence)),
    );
    return sequence;
  });
}

const upTo = (count: number, first = 1): number[] => Array.from({ length: count }, (_, i) => first + i);

for (const gso of [true, false]) {
  test(`a large flush goes out by the sender threads, in order, and is counted exactly${gso ? '' : ', without GSO'}`, async () => {
    const fixture = open({ gso });
    const sender = await fixture.participant();
    const receivers = await participants(fixture, 20);
    const consumers = receivers.map(({ session }, i) => fixture.consumer(session, 1000 + i));
    const slots = await receive(fixture, sender, 40);
    assert.equal(broadcast(fixture, slots, consumers), 800);
    // Nothing waits for the next flush, which follows at once and is small.
    const last = (await receive(fixture, sender, 1, 41)).concat();
    assert.equal(broadcast(fixture, last, consumers, 41), 20);
    fixture.engine.settle();
    assert.equal(fixture.counter(Counter.PacketsSent), 820);
    assert.ok(fixture.counter(Counter.HandedOver) >= 800);
    if (gso)
      assert.ok(fixture.counter(Counter.MessagesSent) < 400, 'packets to one receiver go out together');
    for (const [i, receiver] of receivers.entries()) {
      assert.deepEqual(await delivered(receiver, 41), upTo(41));
      assert.equal(fixture.field(consumers[i]!, ConsumerRecord.PacketsSent), 41);
      const octets = upTo(41).reduce((sum, sequence) => sum + lengthOf(sequence), 0);
      assert.equal(fixture.field(consumers[i]!, ConsumerRecord.OctetsSentLow), octets);
      assert.equal(fixture.field(consumers[i]!, ConsumerRecord.LastTimestamp), 90 * 41);
    }
  });
}

test('small flushes are sent on the caller’s thread, unless something waits', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const [receiver] = await participants(fixture, 1);
  const consumer = fixture.consumer(receiver!.session, 1);
  const slots = await receive(fixture, sender, 30);
  broadcast(fixture, slots, [consumer]);
  assert.equal(fixture.counter(Counter.HandedOver), 0);
  assert.equal(fixture.counter(Counter.PacketsSent), 30);
  assert.deepEqual(await delivered(receiver!, 30), upTo(30));
});

test('a slot is not received into before what it holds was sent', async () => {
  const fixture = open({ slots: 128 });
  const sender = await fixture.participant();
  const receivers = await participants(fixture, 60);
  const consumers = receivers.map(({ session }, i) => fixture.consumer(session, 1000 + i));
  const slots = await receive(fixture, sender, 100);
  // Another source fills the whole ring right after the flush, in the same turn of the loop.
  const socket = fixture.engine.addVirtualSocket(4);
  const other = fixture.engine.addSession();
  const keys = [testKey(250, 28), testKey(251, 28)] as const;
  fixture.engine.setSrtpKeys(other, 'AEAD_AES_128_GCM', keys[1], keys[0]);
  fixture.engine.allowRemote(other, socket, '192.0.2.1', 5000);
  const intruder = new SrtpSession('AEAD_AES_128_GCM', keys[0], keys[1]);
  const flood = upTo(256).map((sequence) =>
    intruder.protectRtp(rtpPacket({ sequence, ssrc: 77, payload: filled(300, 9) }), sequence),
  );
  broadcast(fixture, slots, consumers);
  fixture.engine.receiveVirtual(socket, '192.0.2.1', 5000, flood);
  for (const receiver of receivers) assert.deepEqual(await delivered(receiver, 100), upTo(100));
  assert.equal(fixture.packets.length, 100 + 256);
});

test('a session whose keys, address or existence changes has sent what was flushed before', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receivers = await participants(fixture, 12);
  const consumers = receivers.map(({ session }, i) => fixture.consumer(session, 1000 + i));
  const slots = await receive(fixture, sender, 100);
  broadcast(fixture, slots, consumers);
  const { engine } = fixture;
  engine.removeSession(receivers[0]!.session);
  const key = testKey(240, 28);
  engine.setSrtpKeys(receivers[3]!.session, 'AEAD_AES_128_GCM', key, testKey(241, 28));
  engine.setPlain(receivers[6]!.session);
  const elsewhere = await fixture.participant();
  engine.setRemote(receivers[9]!.session, fixture.socket, '127.0.0.1', elsewhere.peer.port);
  engine.removeConsumer(consumers[10]!);
  for (const receiver of receivers) assert.deepEqual(await delivered(receiver, 100), upTo(100));

  const [slot] = await receive(fixture, sender, 1, 101);
  broadcast(fixture, new Array(60).fill(slot), consumers.toSpliced(10, 1), 101);
  engine.settle();
  assert.equal(fixture.counter(Counter.DroppedNoDestination), 60);
  const rekeyed = new SrtpSession('AEAD_AES_128_GCM', testKey(241, 28), key);
  const [first] = await receivers[3]!.peer.takeReceived(60);
  assert.ok(rekeyed.unprotectRtp(first!).ok);
  const [plain] = await receivers[6]!.peer.takeReceived(60);
  assert.equal(plain!.length, 12 + lengthOf(101));
  assert.equal((await elsewhere.peer.takeReceived(60)).length, 60);
  assert.equal(receivers[0]!.peer.received.length + receivers[10]!.peer.received.length, 0);
});

test('no number is used twice under one key, in one flush or in several', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receivers = await participants(fixture, 6);
  const consumers = receivers.map(({ session }, i) => fixture.consumer(session, 1000 + i));
  fixture.setField(consumers[0]!, ConsumerRecord.Flags, ConsumerFlag.Deterministic);
  const slots = await receive(fixture, sender, 100);
  broadcast(fixture, slots, consumers);
  broadcast(fixture, slots, consumers);
  broadcast(fixture, [...slots].reverse(), consumers, 50);
  fixture.engine.settle();
  const repeatable = 300;
  assert.equal(fixture.counter(Counter.DroppedRepeated), 5 * (100 + 51));
  assert.equal(fixture.counter(Counter.PacketsSent), repeatable + 5 * (300 - 151));
});

test('retransmissions of a receiver follow what was flushed before', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receivers = await participants(fixture, 6);
  const consumers = receivers.map(({ session }, i) => fixture.consumer(session, 1000 + i));
  const rtx = fixture.consumer(receivers[0]!.session, 2000);
  const slots = await receive(fixture, sender, 100);
  broadcast(fixture, slots, consumers);
  fixture.command(0, slots[4]!, rtx, 1, 450, CommandFlag.Rtx);
  fixture.engine.commands.set([5, 0, 0, 0], 4);
  assert.equal(fixture.engine.flush(2), 1);
  const packets = await receivers[0]!.peer.takeReceived(101);
  const opened = packets.map((data) => receivers[0]!.srtp.unprotectRtp(data));
  const last = opened.at(-1)!;
  assert.ok(last.ok);
  assert.equal(Buffer.from(last.packet).readUInt32BE(8), 2000);
  assert.equal(Buffer.from(last.packet).readUInt16BE(12), 5);
});

test('receivers behind virtual sockets get theirs in the same flush', async () => {
  const sent: Uint8Array[] = [];
  const fixture = open({ onVirtualSend: (_socket, _address, _port, data) => sent.push(data.slice()) });
  const sender = await fixture.participant();
  const receivers = await participants(fixture, 6);
  const consumers = receivers.map(({ session }, i) => fixture.consumer(session, 1000 + i));
  const socket = fixture.engine.addVirtualSocket(4);
  fixture.engine.setRemote(receivers[0]!.session, socket, '192.0.2.1', 5000);
  const slots = await receive(fixture, sender, 100);
  assert.equal(broadcast(fixture, slots, consumers), 600);
  assert.equal(sent.length, 100);
  assert.equal(fixture.counter(Counter.HandedOver), 500);
  for (const data of sent) assert.ok(receivers[0]!.srtp.unprotectRtp(data).ok);
  for (const receiver of receivers.slice(1)) assert.deepEqual(await delivered(receiver, 100), upTo(100));
});

test('what is flushed faster than it can be sent waits and loses nothing', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const [receiver] = await participants(fixture, 1);
  const consumer = fixture.consumer(receiver!.session, 1);
  const slots = await receive(fixture, sender, 1);
  const count = 20_000;
  for (let i = 0; i < count; i++) fixture.command(i, slots[0]!, consumer, i, i);
  for (let flush = 0; flush < 3; flush++) {
    for (let i = 0; i < count; i++) fixture.engine.commands[i * 4 + 2] = flush * count + i;
    assert.equal(fixture.engine.flush(count), count);
  }
  fixture.engine.settle();
  const lost = fixture.counter(Counter.DroppedSendQueueFull) + fixture.counter(Counter.DroppedSendError);
  assert.equal(fixture.counter(Counter.PacketsSent) + lost, 3 * count);
  assert.equal(fixture.field(consumer, ConsumerRecord.PacketsSent), 3 * count);
});

test('closing sends what was flushed and ends the threads', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receivers = await participants(fixture, 6);
  const consumers = receivers.map(({ session }, i) => fixture.consumer(session, 1000 + i));
  const slots = await receive(fixture, sender, 100);
  assert.ok(slots.length * consumers.length > LARGE);
  broadcast(fixture, slots, consumers);
  fixture.engine.close();
  assert.equal(fixture.counter(Counter.PacketsSent), 600);
  for (const receiver of receivers) assert.deepEqual(await delivered(receiver, 100), upTo(100));
  assert.equal(fixture.engine.flush(600), 0);
  fixture.engine.settle();
});

test('corked RTCP of many sessions leaves in one system call', async () => {
  const fixture = open();
  const receivers = await participants(fixture, 40);
  const report = Buffer.alloc(28);
  report.set([0x80, 200, 0, 6]);
  const calls = () => fixture.counter(Counter.SendCalls);
  const before = calls();
  fixture.engine.corkRtcp();
  for (const { session } of receivers) assert.ok(fixture.engine.sendRtcp(session, report, report.length));
  // A session may go meanwhile.
  fixture.engine.removeSession(receivers[5]!.session);
  assert.equal(calls(), before);
  fixture.engine.uncorkRtcp();
  assert.equal(calls(), before + 1);
  for (const receiver of receivers) {
    const [data] = await receiver.peer.takeReceived(1);
    assert.ok(receiver.srtp.unprotectRtcp(data!).ok);
  }
});
