import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@rivero/network-emulator';
import fc from 'fast-check';
import { writeOpen } from './datachannel/dcep.js';
import type { DataChannelPeer } from './datachannel/peer.js';
import { PeerPair, type PeerSettings, peer } from './testing/peers.js';
import { pattern } from './testing/random.js';
import { readUint32, writeUint32 } from './wire/bytes.js';
import { DATA_FIELDS, DataFlag, writeDataFields } from './wire/data.js';
import { writeForwardTsn } from './wire/forward-tsn.js';
import { type Chunk, PacketWriter, parsePacket } from './wire/packet.js';
import { writeParameters } from './wire/parameters.js';
import { writeOutgoingReset } from './wire/reconfig.js';
import { ChunkType } from './wire/types.js';

const WHOLE = DataFlag.Begin | DataFlag.End;

/** Plays the client of a server that is connected, with packets of its own making. */
class Attacker {
  readonly server: DataChannelPeer;
  now = 1000;
  tsn = 0;
  #tag = 0;

  constructor(settings: PeerSettings = {}) {
    const client = peer('client');
    this.server = peer('server', settings);
    client.start(0);
    for (let i = 0; i < 4; i++) {
      for (const packet of client.takeOutgoing(0)) {
        const [first] = parsePacket(packet)!.chunks;
        if (first!.type === ChunkType.Init) this.tsn = readUint32(first!.value, 12);
        if (first!.type === ChunkType.CookieEcho) this.#tag = readUint32(packet, 4);
        this.server.handlePacket(0, packet);
      }
      for (const packet of this.server.takeOutgoing(0)) client.handlePacket(0, packet);
    }
    assert.equal(this.server.state, 'connected');
    this.server.takeEvents();
  }

  /** Sends chunks, in as many packets as they need; gives what came back. */
  send(...chunks: Chunk[]): Chunk[] {
    const answers: Chunk[] = [];
    const writer = new PacketWriter(16_384, 5000, 5000);
    const flush = (): void => {
      this.server.handlePacket(this.now, writer.finish(this.#tag, true));
      for (const packet of this.server.takeOutgoing(this.now)) answers.push(...parsePacket(packet)!.chunks);
    };
    for (const chunk of chunks) {
      if (!writer.fits(chunk)) flush();
      writer.append(chunk);
    }
    flush();
    return answers;
  }

  data(
    tsn: number,
    rest: {
      stream?: number;
      sequence?: number;
      flags?: number;
      protocol?: number;
      payload?: Uint8Array;
    } = {},
  ): Chunk {
    const payload = rest.payload ?? Uint8Array.of(1);
    const value = new Uint8Array(DATA_FIELDS + payload.length);
    writeDataFields(value, 0, tsn, rest.stream ?? 0, rest.sequence ?? 0, rest.protocol ?? 53);
    value.set(payload, DATA_FIELDS);
    return { type: ChunkType.Data, flags: rest.flags ?? WHOLE, value };
  }

  /** Of what the server remembers of messages, in bytes. */
  get held(): number {
    return 1024 * 1024 - this.server.statistics()!.localWindow;
  }
}

test('random bytes never throw and change nothing', () => {
  const attacker = new Attacker();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      attacker.server.handlePacket(2000, bytes);
      assert.deepEqual(attacker.server.takeOutgoing(2000), []);
      assert.equal(attacker.server.state, 'connected');
    }),
    { numRuns: 2000 },
  );
});

test('random chunks behind a valid header never throw, and memory and answers stay bounded', () => {
  const types = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 130, 192, 63, 255];
  const chunk = fc.record({
    type: fc.constantFrom(...types),
    flags: fc.nat(15),
    value: fc.uint8Array({ maxLength: 60 }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(chunk, { minLength: 1, maxLength: 6 }), { maxLength: 12 }), (packets) => {
      const attacker = new Attacker();
      for (const chunks of packets) {
        attacker.now += 100;
        attacker.send(...chunks);
        const { server } = attacker;
        for (let i = 0; i < 5 && server.nextTimeout() <= attacker.now; i++)
          server.handleTimeout(attacker.now);
        assert.ok(server.state === 'closed' || server.nextTimeout() > attacker.now);
      }
    }),
    { numRuns: 300 },
  );
});

test('changed packets of a real exchange never throw, and the association lives or ends cleanly', () => {
  const change = fc.record({ at: fc.nat(200), offset: fc.nat(1160), bit: fc.nat(7), cut: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), fc.nat(1000), (changes, seed) => {
      let sent = 0;
      const pair = new PeerPair({
        delay: 10,
        seed,
        tap: (packet) => {
          for (const { at, offset, bit, cut } of changes) {
            if (at !== sent || packet.length === 0) continue;
            // Without checksum (RFC 9653) changes get through to the parsers.
            if (readUint32(packet, 4) !== 0) packet.fill(0, 8, 12);
            if (cut) packet.fill(0, offset % packet.length);
            else packet[offset % packet.length]! ^= 1 << bit;
          }
          sent++;
        },
      });
      pair.client.start(0);
      pair.server.start(0);
      const id = pair.client.open(0, { label: 'x' });
      for (let i = 0; i < 20; i++) pair.client.send(0, id, pattern(3000));
      pair.pass(3000);
      for (const end of [pair.client, pair.server]) {
        assert.ok(['connecting', 'connected', 'shuttingDown', 'closed'].includes(end.state));
        if (end.state !== 'closed') end.abort(pair.now);
      }
    }),
    { numRuns: 150 },
  );
});

test('a flood of gaps is bounded, in memory and in the size of answers', () => {
  const attacker = new Attacker();
  for (let i = 0; i < 20_000; i += 10) {
    const chunks = Array.from({ length: 10 }, (_, k) => attacker.data(attacker.tsn + 1 + 2 * (i + k)));
    for (const answer of attacker.send(...chunks)) assert.ok(answer.value.length <= 1160);
  }
  assert.equal(attacker.server.state, 'connected');
  assert.ok(attacker.held <= 1024 * 200, `${attacker.held}`);
  assert.ok(attacker.server.associationCounters.dataDropped > 15_000);
});

test('fragments that are never finished do not fill memory', () => {
  for (const step of [1, 3]) {
    const attacker = new Attacker();
    for (let i = 0; i < 20_000 && attacker.server.state === 'connected'; i++) {
      const flags = i === 0 || step > 1 ? DataFlag.Begin : 0;
      attacker.send(attacker.data(attacker.tsn + i * step, { flags, payload: new Uint8Array(100) }));
      assert.ok(attacker.server.statistics()!.localWindow >= 0);
    }
    if (step === 1) assert.equal(attacker.server.state, 'closed');
    else assert.ok(attacker.held <= 1024 * 1024);
  }
});

test('a peer that ignores the window gains nothing', () => {
  const attacker = new Attacker();
  const payload = new Uint8Array(1000);
  // Ordered messages behind one that never comes.
  for (let i = 1; i < 4000; i++) attacker.send(attacker.data(attacker.tsn + i, { sequence: i, payload }));
  assert.equal(attacker.server.state, 'connected');
  assert.ok(attacker.held <= 1024 * 1024);
  assert.ok(attacker.server.associationCounters.dataDropped > 2000);
});

test('a flood of channels is bounded; so are opens on wrong ids', () => {
  const attacker = new Attacker({ maxChannels: 10 });
  let tsn = attacker.tsn;
  const open = writeOpen({ label: 'x', protocol: '', ordered: true, priority: 0 })!;
  for (let stream = 0; stream < 1024; stream++) {
    attacker.send(attacker.data(tsn++, { stream, protocol: 50, payload: open }));
  }
  assert.equal(attacker.server.channels().length, 10);
  assert.ok(attacker.server.channels().every(({ id }) => id % 2 === 0));
  assert.equal(attacker.server.counters.badOpens, 1014);
  attacker.send(attacker.data(tsn++, { stream: 2000 }));
  assert.equal(attacker.server.state, 'connected');
});

test('a FORWARD TSN over half of the number space costs nothing', () => {
  const attacker = new Attacker();
  for (let i = 0; i < 100; i++)
    attacker.send(attacker.data(attacker.tsn + 1 + 2 * i, { flags: DataFlag.Begin }));
  const streams = Array.from({ length: 1000 }, (_, stream) => ({ stream: stream * 2, sequence: 65_535 }));
  const far = (attacker.tsn + 0x7ffffff0) >>> 0;
  attacker.send(writeForwardTsn({ newCumulativeTsn: far, streams }));
  assert.equal(attacker.held, 0);
  assert.equal(attacker.server.state, 'connected');
});

test('SACKs with gaps all over cost little', () => {
  const attacker = new Attacker();
  const id = attacker.server.open(attacker.now, { label: 'x' });
  for (let i = 0; i < 50; i++) attacker.server.send(attacker.now, id, pattern(20_000));
  const random = seededRandom(1);
  for (let i = 0; i < 300; i++) {
    const value = new Uint8Array(12 + 4 * 280);
    writeUint32(value, 0, Math.floor(random() * 2 ** 32));
    value[9] = 24;
    value[8] = 1;
    for (let k = 12; k < value.length; k++) value[k] = Math.floor(random() * 256);
    attacker.send({ type: ChunkType.Sack, flags: 0, value });
  }
  assert.ok(['connected', 'closed'].includes(attacker.server.state));
});

test('re-configuration requests are answered once each; too many streams are malformed', () => {
  const attacker = new Attacker();
  const { tsn } = attacker;
  const request = (number: number, streams: number[]): Chunk => ({
    type: ChunkType.ReConfig,
    flags: 0,
    value: writeParameters([writeOutgoingReset({ request: number, response: 0, lastTsn: tsn - 1, streams })]),
  });
  assert.equal(attacker.send(request(tsn, [1])).filter(({ type }) => type === ChunkType.ReConfig).length, 1);
  assert.equal(attacker.send(request(tsn, [1])).filter(({ type }) => type === ChunkType.ReConfig).length, 1);
  const answer = attacker.send(request(tsn + 9, [1])).find(({ type }) => type === ChunkType.ReConfig)!;
  assert.equal(readUint32(answer.value, 8), 5);
  const many = Array.from({ length: 2000 }, (_, i) => i);
  assert.deepEqual(attacker.send(request(tsn + 1, many)), []);
  assert.equal(attacker.server.associationCounters.malformed, 1);
});
