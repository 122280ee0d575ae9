import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FlexfecDecoder } from './flexfec.js';
import { findExtension, rtpHeaderLength } from './header-extension.js';

/** Written after FEC was made: abs-send-time and the transport-wide sequence number. */
const MUTABLE = [2, 4];

interface Recording {
  groups: { fec: string; media: string[] }[];
}

const recording = JSON.parse(
  readFileSync(new URL('../src/fixtures/flexfec-chromium.json', import.meta.url), 'utf8'),
) as Recording;
const groups = recording.groups.map(({ fec, media }) => ({
  fec: Buffer.from(fec, 'base64'),
  media: media.map((packet) => Buffer.from(packet, 'base64')),
}));

function parse(decoder: FlexfecDecoder, fec: Buffer): boolean {
  const header = rtpHeaderLength(fec, 0, fec.length);
  return decoder.parse(fec, header, fec.length - header);
}

/** With zeros in the extensions that are not protected. */
function unchanging(packet: Buffer): Buffer {
  const copy = Buffer.from(packet);
  for (const id of MUTABLE) {
    const found = findExtension(packet, 0, packet.length, id);
    if (found >= 0) copy.fill(0, found & 0xffff, (found & 0xffff) + (found >>> 16));
  }
  return copy;
}

describe('FlexFEC', () => {
  test('each packet that Chromium protected is made again from the others, bit for bit', () => {
    const decoder = new FlexfecDecoder();
    let made = 0;
    for (const { fec, media } of groups) {
      for (const lost of media) {
        assert.ok(parse(decoder, fec));
        assert.deepEqual(
          [...decoder.sequences.subarray(0, decoder.count)],
          media.map((packet) => packet.readUInt16BE(2)),
        );
        for (const packet of media) if (packet !== lost) decoder.add(packet, 0, packet.length, MUTABLE);
        const length = decoder.finish(lost.readUInt16BE(2));
        assert.deepEqual(Buffer.from(decoder.packet.subarray(0, length)), unchanging(lost));
        made++;
      }
    }
    assert.equal(made, 7);
  });

  test('what does not fit together gives nothing', () => {
    const decoder = new FlexfecDecoder();
    const { fec, media } = groups[0]!;
    const longer = Buffer.concat([media[0]!, Buffer.alloc(2000)]);
    parse(decoder, fec);
    decoder.add(longer, 0, longer.length, MUTABLE);
    assert.equal(decoder.finish(1), -1);
    const padded = Buffer.from(media[0]!);
    padded[0]! |= 0x20;
    parse(decoder, fec);
    decoder.add(padded, 0, padded.length, MUTABLE);
    assert.equal(decoder.finish(1), -1);
    assert.equal(decoder.finish(1), -1, 'nothing was parsed since');
  });

  test('several streams, fixed masks, retransmissions and masks without end are refused', () => {
    const decoder = new FlexfecDecoder();
    const { fec } = groups[0]!;
    const header = rtpHeaderLength(fec, 0, fec.length);
    for (const [at, value] of [
      [0, 0x80],
      [0, 0x40],
      [8, 2],
    ] as const) {
      const changed = Buffer.from(fec);
      changed[header + at] = value;
      assert.ok(!parse(decoder, changed));
    }
    const open = Buffer.from(fec.subarray(0, header + 32));
    for (const at of [18, 20, 24]) open[header + at]! &= 0x7f;
    assert.ok(!parse(decoder, open));
    for (let length = 0; length < 20; length++) assert.ok(!decoder.parse(fec, header, length));
  });

  test('whatever comes, nothing is thrown and the result fits', () => {
    const decoder = new FlexfecDecoder();
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 100 }),
        fc.array(fc.uint8Array({ minLength: 12, maxLength: 100 }), { maxLength: 4 }),
        (fec, media) => {
          fec[0]! &= 0x3f;
          fec[8] = 1;
          if (!decoder.parse(fec, 0, fec.length)) return;
          for (const packet of media) decoder.add(packet, 0, packet.length, MUTABLE);
          const length = decoder.finish(5);
          assert.ok(length === -1 || (length >= 12 && length <= fec.length));
        },
      ),
    );
  });
});
