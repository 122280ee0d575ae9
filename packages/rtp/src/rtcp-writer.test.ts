import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRtcp, type RtcpHandler } from './rtcp-parser.js';
import { createReportBlock, type ReportBlock } from './rtcp-types.js';
import { RtcpWriter } from './rtcp-writer.js';

const CNAME = new TextEncoder().encode('q0+Ab/3x');

function writer(mtu = 1200): { writer: RtcpWriter; datagrams: Uint8Array[] } {
  const datagrams: Uint8Array[] = [];
  // poison shows bytes that were forgotten
  const buffer = new Uint8Array(mtu).fill(0xaa);
  return { writer: new RtcpWriter(buffer, (b, n) => datagrams.push(b.slice(0, n))), datagrams };
}

function hex(data: Uint8Array | undefined): string {
  return Buffer.from(data ?? []).toString('hex');
}

/** Types of the packets within a compound. */
function typesOf(data: Uint8Array): number[] {
  const types: number[] = [];
  for (let at = 0; at < data.length; at += (((data[at + 2]! << 8) | data[at + 3]!) + 1) * 4) {
    types.push(data[at + 1]!);
  }
  return types;
}

function parseAll(datagrams: Uint8Array[], handler: RtcpHandler): void {
  for (const data of datagrams) assert.ok(parseRtcp(data, 0, data.length, handler), 'well-formed');
}

test('a sender report with one block and its SDES, byte for byte', () => {
  const { writer: w, datagrams } = writer();
  w.begin(0x11223344, new TextEncoder().encode('hello'));
  w.senderReport(0x11223344, 0xe0000001 | 0, 0x80000000 | 0, 0xffff, 5, 800);
  w.reportBlock({
    ssrc: 0x55667788,
    fractionLost: 64,
    cumulativeLost: -2,
    extendedHighest: 0x10002,
    jitter: 7,
    lastSenderReport: 0x12345678,
    delaySinceLastSenderReport: 0x10000,
  });
  w.finish();
  assert.equal(datagrams.length, 1);
  assert.equal(
    hex(datagrams[0]),
    '81c8000c11223344e0000001800000000000ffff0000000500000320' +
      '5566778840fffffe00010002000000071234567800010000' +
      '81ca000311223344010568656c6c6f00',
  );
});

test('feedback is preceded by an empty RR and the CNAME in a compound, by nothing in reduced size', () => {
  const compound = writer();
  compound.writer.begin(1, CNAME);
  compound.writer.pli(2);
  compound.writer.fir(2, 9);
  compound.writer.finish();
  assert.deepEqual(typesOf(compound.datagrams[0]!), [201, 202, 206, 206]);
  const reduced = writer();
  reduced.writer.begin(1, undefined);
  reduced.writer.pli(2);
  reduced.writer.finish();
  assert.equal(hex(reduced.datagrams[0]), '81ce00020000000100000002');
});

test('the CNAME is added to a compound of reports alone, and reports after it start a new compound', () => {
  const { writer: w, datagrams } = writer();
  w.begin(1, CNAME);
  w.receiverReport();
  w.pli(2);
  w.senderReport(1, 0, 0, 0, 0, 0);
  w.finish();
  assert.deepEqual(datagrams.map(typesOf), [
    [201, 202, 206],
    [200, 202],
  ]);
});

test('nothing written, nothing sent', () => {
  const { writer: w, datagrams } = writer();
  w.begin(1, CNAME);
  w.finish();
  w.finish();
  assert.equal(datagrams.length, 0);
});

test('more than 31 report blocks go on in a further RR', () => {
  const { writer: w, datagrams } = writer();
  w.begin(1, CNAME);
  w.senderReport(1, 0, 0, 0, 0, 0);
  for (let i = 0; i < 40; i++) w.reportBlock(createReportBlock(i));
  w.finish();
  assert.deepEqual(datagrams.map(typesOf), [[200, 201, 202]]);
  const told: number[] = [];
  parseAll(datagrams, { reportBlock: (_reporter, ssrc) => told.push(ssrc) });
  assert.deepEqual(
    told,
    Array.from({ length: 40 }, (_, i) => i),
  );
});

test('REMB keeps 18 significant bits', () => {
  const { writer: w, datagrams } = writer();
  w.begin(1, undefined);
  w.remb(300000, [0xdeadbeef | 0], 1);
  w.remb(5e9, [1, 2], 2);
  w.remb(0, [], 0);
  w.finish();
  const told: [number, number][] = [];
  parseAll(datagrams, { remb: (_sender, bitrate, _buffer, _at, count) => told.push([bitrate, count]) });
  assert.deepEqual(told[0], [300000, 1]);
  assert.ok(told[1]![0] <= 5e9 && told[1]![0] > 5e9 * (1 - 2 ** -17));
  assert.deepEqual(told[2], [0, 0]);
});

test('what was written is what is read, in datagrams within the MTU', () => {
  const uint = fc.integer({ min: 0, max: 0xffffffff });
  const int = fc.integer();
  const block: fc.Arbitrary<ReportBlock> = fc.record({
    ssrc: int,
    fractionLost: fc.integer({ min: 0, max: 255 }),
    cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
    extendedHighest: int,
    jitter: int,
    lastSenderReport: int,
    delaySinceLastSenderReport: int,
  });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('sr' as const), ssrc: int, octets: uint }),
    fc.record({ kind: fc.constant('block' as const), block }),
    fc.record({
      kind: fc.constant('nack' as const),
      media: int,
      list: fc.uniqueArray(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 400 }),
    }),
    fc.record({ kind: fc.constant('pli' as const), media: int }),
    fc.record({ kind: fc.constant('fir' as const), media: int, n: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ kind: fc.constant('bye' as const), ssrc: int }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 512, max: 1400 }),
      fc.boolean(),
      (steps, mtu, reduced) => {
        const { writer: w, datagrams } = writer(mtu);
        const wanted: unknown[][] = [];
        w.begin(7, reduced ? undefined : CNAME);
        for (const s of steps) {
          switch (s.kind) {
            case 'sr':
              w.senderReport(s.ssrc, 1, 2, 3, 4, s.octets);
              wanted.push(['sr', s.ssrc, 1, 2, 3, 4, s.octets]);
              break;
            case 'block':
              w.reportBlock(s.block);
              wanted.push(['block', ...Object.values(s.block)]);
              break;
            case 'nack':
              w.nack(s.media, s.list, s.list.length);
              for (const sequence of s.list) wanted.push(['nack', 7, s.media, sequence]);
              break;
            case 'pli':
              w.pli(s.media);
              wanted.push(['pli', 7, s.media]);
              break;
            case 'fir':
              w.fir(s.media, s.n);
              wanted.push(['fir', 7, s.media, s.n]);
              break;
            case 'bye':
              w.bye(s.ssrc);
              wanted.push(['bye', s.ssrc]);
              break;
          }
        }
        w.finish();
        const told: unknown[][] = [];
        parseAll(datagrams, {
          senderReport: (...args) => told.push(['sr', ...args]),
          reportBlock: (_reporter, ...args) => told.push(['block', ...args]),
          nack: (...args) => told.push(['nack', ...args]),
          pli: (...args) => told.push(['pli', ...args]),
          fir: (...args) => told.push(['fir', ...args]),
          bye: (...args) => told.push(['bye', ...args]),
        });
        // within one NACK only the set counts, the mask tells its members in ascending order
        const sortNacks = (list: unknown[][]): string[] => list.map((entry) => JSON.stringify(entry)).sort();
        assert.deepEqual(sortNacks(told), sortNacks(wanted));
        const others = (list: unknown[][]): unknown[][] => list.filter((entry) => entry[0] !== 'nack');
        assert.deepEqual(others(told), others(wanted));
        for (const data of datagrams) {
          assert.ok(data.length <= mtu);
          if (reduced) continue;
          const types = typesOf(data);
          assert.ok(types[0] === 200 || types[0] === 201, `compound starts with ${types[0]}`);
          assert.equal(types.filter((type) => type === 202).length, 1);
        }
      },
    ),
  );
});

test('refuses a buffer too small for any compound', () => {
  assert.throws(() => new RtcpWriter(new Uint8Array(100), () => {}), RangeError);
});
