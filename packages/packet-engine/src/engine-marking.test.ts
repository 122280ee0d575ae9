import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, test } from 'node:test';
import { ConsumerRecord, SentRing } from './layout.js';
import { EngineFixture, type Participant } from './test-support/engine-fixture.js';
import { filled, fromHex, rtcpPacket, rtpPacket } from './test-support/packets.js';
import { skipWithoutIPv6 } from './test-support/udp-peer.js';
import { until } from './test-support/wait.js';

const fixtures: EngineFixture[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  for (const fixture of fixtures.splice(0)) fixture.close();
  for (const child of children.splice(0)) child.kill();
});

function open(...args: ConstructorParameters<typeof EngineFixture>): EngineFixture {
  const fixture = new EngineFixture(...args);
  fixtures.push(fixture);
  return fixture;
}

async function receive(fixture: EngineFixture, from: Participant, length: number): Promise<number> {
  const sequence = fixture.packets.length + 1;
  const packet = { ssrc: 1, sequence, payload: filled(length, 1) };
  from.peer.send(from.srtp.protectRtp(rtpPacket(packet), sequence), fixture.port);
  await until(() => fixture.packets.length === sequence, 'a packet');
  return fixture.packets[sequence - 1]!.slot;
}

test('what was sent under which transport-wide number is noted', async () => {
  const fixture = open();
  const sender = await fixture.participant();
  const receiver = await fixture.participant();
  const consumer = fixture.consumer(receiver.session, 7, fromHex('bede0001 310000 00'));
  fixture.setField(consumer, ConsumerRecord.TransportSequenceOffset, 5);
  const untagged = fixture.consumer(receiver.session, 8);
  const slots = [await receive(fixture, sender, 100), await receive(fixture, sender, 300)];
  const total = SentRing.Packets + 3;
  const before = Number(process.hrtime.bigint() / 1000n);
  for (let i = 0; i < total; i++) {
    fixture.command(2 * (i % 500), slots[i % 2]!, consumer, i, 0);
    fixture.command(2 * (i % 500) + 1, slots[0]!, untagged, i, 0);
    if (i % 500 === 499 || i === total - 1) fixture.engine.flush(2 * ((i % 500) + 1));
  }
  const after = Number(process.hrtime.bigint() / 1000n);
  const ring = fixture.engine.sent.subarray(receiver.session * SentRing.Stride);
  assert.equal(ring[SentRing.Next], total);
  for (let sequence = total - SentRing.Packets; sequence < total; sequence++) {
    const word = ring[SentRing.First + (sequence % SentRing.Packets)]!;
    // header, extension block and tag
    assert.equal(word & 0x7ff, (sequence % 2 === 0 ? 100 : 300) + 12 + 8 + 16);
    const since = ((word >>> 12) - (Math.floor(before / 16) % 2 ** 20) + 2 ** 20) % 2 ** 20;
    assert.ok(since <= (after - before) / 16 + 1, 'time of sending');
  }
  fixture.engine.removeSession(receiver.session);
  const other = fixture.engine.sent.subarray(sender.session * SentRing.Stride);
  assert.equal(other[SentRing.Next], 0, 'every session has its own');
});

/** Prints its port, and the traffic class and length of every datagram that it gets. */
const RECEIVER = `
import socket, struct, sys
v6 = sys.argv[1] == '6'
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
if v6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
else: s.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
s.bind(('::1' if v6 else '127.0.0.1', 0))
print(s.getsockname()[1], flush=True)
while True:
    data, control, _, _ = s.recvmsg(65536, 256)
    tos = [c[2][0] for c in control if c[1] in (socket.IP_TOS, socket.IPV6_TCLASS)]
    print(tos[0] if tos else -1, len(data), flush=True)
`;
const skipWithoutPython =
  spawnSync('python3', ['-c', 'import socket; socket.IPV6_RECVTCLASS']).status === 0
    ? false
    : 'no Python, by which marks are read';

for (const family of [4, 6] as const) {
  for (const gso of [true, false]) {
    test(`packets are marked as their session wants: IPv${family}, ${gso ? 'with' : 'without'} GSO`, {
      skip: skipWithoutPython || (family === 6 && skipWithoutIPv6),
    }, async () => {
      const fixture = open({ gso }, family);
      const sender = await fixture.participant();
      const child = spawn('python3', ['-c', RECEIVER, String(family)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      const lines: string[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
      await until(() => lines.length === 1, 'the port');
      const port = Number(lines.shift());
      const session = fixture.engine.addSession();
      fixture.engine.setPlain(session);
      fixture.engine.setRemote(session, fixture.socket, sender.peer.address, port);
      const consumer = fixture.consumer(session, 7);
      const slot = await receive(fixture, sender, 500);
      const sendThree = (from: number): void => {
        for (let i = 0; i < 3; i++) fixture.command(i, slot, consumer, from + i, 0);
        fixture.engine.flush(3);
      };
      fixture.engine.setDscp(session, 34);
      sendThree(1);
      const report = rtcpPacket(9);
      fixture.engine.sendRtcp(session, report, report.length);
      fixture.engine.setDscp(session, 0);
      sendThree(4);
      await until(() => lines.length === 7, 'all packets');
      const class34 = String(34 << 2);
      assert.deepEqual(
        lines.map((line) => line.split(' ')[0]),
        [class34, class34, class34, class34, '0', '0', '0'],
      );
      assert.throws(() => fixture.engine.setDscp(session, 64), { code: 'INVALID_ARGUMENT' });
    });
  }
}
