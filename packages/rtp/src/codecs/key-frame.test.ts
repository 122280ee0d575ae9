import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { guardView } from '../testing/guard-view.js';
import { keyFrameDetector } from './key-frame.js';
import { Vp8Reader } from './vp8.js';
import { Vp9Reader } from './vp9.js';

function check(codec: string, hex: string): boolean {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return keyFrameDetector(codec)!(guardView(bytes, 20), 20, bytes.length);
}

const cases: [codec: string, name: string, hex: string, isKeyFrameStart: boolean][] = [
  ['VP8', 'key frame, no extension', '10 50 4202 9d012a', true],
  ['VP8', 'key frame, 15-bit picture id, TL0PICIDX, TID', '90 e0 8123 07 20 50 42', true],
  ['VP8', 'inter frame', '90 80 8123 51', false],
  ['VP8', 'second packet of a key frame', '80 80 8123 50', false],
  ['VP8', 'second partition', '11 50', false],
  ['VP8', 'descriptor only', '90 80 8123', false],
  ['VP9', 'key picture without layers', '88 8123 a2', true],
  ['VP9', 'not predicted but not the start', '80 8123 a2', false],
  ['VP9', 'inter picture', 'c8 8123 a2', false],
  ['VP9', 'lowest layer of a key picture', 'a8 8123 00 05 a2', true],
  ['VP9', 'upper layer of a key picture', 'a8 8123 03 05 a2', false],
  ['VP9', 'bare descriptor, key frame in the bitstream', '08 82', true],
  ['VP9', 'bare descriptor, inter frame in the bitstream', '08 86', false],
  ['VP9', 'bare descriptor, shown again', '08 88', false],
  ['VP9', 'bare descriptor, key frame of profile 3', '08 b0', true],
  ['VP9', 'bare descriptor, inter frame of profile 3', '08 b2', false],
  ['VP9', 'descriptor cut off', '88 81', false],
  ['H264', 'SPS', '67 42e01f', true],
  ['H264', 'first IDR slice', '65 88', true],
  ['H264', 'later IDR slice', '65 48', false],
  ['H264', 'non-IDR slice', '61 88', false],
  ['H264', 'PPS alone', '68 ce', false],
  ['H264', 'STAP-A of SPS and PPS', '78 0004 6742e01f 0002 68ce', true],
  ['H264', 'STAP-A of PPS and IDR', '78 0002 68ce 0003 658884', true],
  ['H264', 'STAP-A of SEI and slice', '78 0002 0601 0002 6188', false],
  ['H264', 'STAP-A with a size beyond the end', '78 0040 6742', false],
  ['H264', 'FU-A first fragment of IDR', '7c 85 88', true],
  ['H264', 'FU-A later fragment of IDR', '7c 05 88', false],
  ['H264', 'FU-A end of IDR', '7c 45 88', false],
  ['H264', 'FU-A first fragment of a slice', '7c 81 88', false],
  ['H264', 'FU-A first fragment of SPS', '7c 87 42', true],
  ['H265', 'VPS', '4001 0c', true],
  ['H265', 'SPS', '4201 01', true],
  ['H265', 'PPS', '4401 c1', false],
  ['H265', 'IDR_W_RADL first segment', '2601 af', true],
  ['H265', 'IDR later segment', '2601 2f', false],
  ['H265', 'TRAIL_R', '0201 d0', false],
  ['H265', 'AP of VPS', '6001 0003 40010c 0003 420101', true],
  ['H265', 'FU first of IDR', '6201 93 af', true],
  ['H265', 'FU later of IDR', '6201 13 af', false],
  ['AV1', 'N and sequence header, W=1', '18 0a 0b', true],
  ['AV1', 'N and sequence header with length, W=2', '28 02 0a0b 30', true],
  ['AV1', 'N and sequence header, W=0', '08 02 0a0b 01 30', true],
  ['AV1', 'temporal delimiter first', '28 02 1200 0a0b', true],
  ['AV1', 'N without sequence header', '18 30 00', false],
  ['AV1', 'sequence header without N', '10 0a 0b', false],
  ['AV1', 'continuation', '98 0a 0b', false],
  // As GStreamer packs what libavcodec encodes.
  ['H263', 'intra picture', '00600000 0000 8002 0c03 2620', true],
  ['H263', 'picture predicted from others', '00700000 0000 8002 0e08 3fff', false],
  ['H263', 'group of blocks within an intra picture', '00600000 0000 8602 0c03 2620', false],
  ['H263', 'start within a byte', '08600000 0000 8002 0c03 2620', false],
  ['H263', 'later fragment, mode B', '80600000 00000000 0000 8002 0c03', false],
  ['H263', 'cut off', '00600000 0000 8002', false],
  ['H263-1998', 'intra picture', '0400 8002 1cb8 c300 1008', true],
  ['H263-1998', 'picture predicted from others', '0400 8002 1cb8 c304 9008', false],
  ['H263-1998', 'intra picture of the basic syntax', '0400 8002 0c03 2620', true],
  ['H263-1998', 'intra picture whose options were told before', '0400 8002 1c00 0000', true],
  ['H263-1998', 'predicted picture whose options were told before', '0400 8002 1c10 0000', false],
  [
    'H263-2000',
    'intra picture with a redundancy byte and its header once more',
    '0628 ff aabbccddee 8002 0c03',
    true,
  ],
  ['H263-1998', 'later fragment', '0000 8edc f7ba dcf7', false],
  ['H263-1998', 'cut off', '0400 8002 1cb8', false],
  ['AV1', 'length beyond the end', '28 7f 0a0b', false],
];

for (const [codec, name, hex, isKeyFrameStart] of cases) {
  test(`${codec}: ${name}`, () => assert.equal(check(codec, hex), isKeyFrameStart));
}

test('audio starts everywhere, unknown codecs nowhere', () => {
  assert.equal(check('opus', ''), true);
  assert.equal(check('PCMU', 'ff'), true);
  assert.equal(keyFrameDetector('H261'), undefined);
});

test('a VP8 descriptor with everything in it', () => {
  const reader = new Vp8Reader();
  const bytes = Uint8Array.of(0xb0, 0xf0, 0xa3, 0x21, 0x07, 0x65, 0x51);
  assert.ok(reader.parse(guardView(bytes, 8), 8, bytes.length));
  assert.deepEqual(
    { ...reader },
    {
      descriptorLength: 6,
      nonReference: true,
      startOfPartition: true,
      partition: 0,
      pictureId: 0x2321,
      pictureIdOffset: 10,
      pictureIdBytes: 2,
      tl0PicIdx: 7,
      tl0PicIdxOffset: 12,
      temporalId: 1,
      layerSync: true,
      keyIndex: 5,
      keyFrameStart: false,
    },
  );
  assert.ok(reader.parse(Uint8Array.of(0x10, 0x50), 0, 2));
  assert.deepEqual(
    [reader.pictureId, reader.tl0PicIdx, reader.temporalId, reader.keyFrameStart],
    [-1, -1, -1, true],
  );
});

test('a VP9 descriptor with layers and a scalability structure', () => {
  const reader = new Vp9Reader();
  const bytes = Buffer.from('aa 8123 00 09 38 0140 00f0 0280 01e0 02 00 04 01 a2'.replaceAll(' ', ''), 'hex');
  assert.ok(reader.parse(guardView(bytes, 8), 8, bytes.length));
  assert.equal(reader.pictureId, 0x123);
  assert.equal(reader.tl0PicIdx, 9);
  assert.equal(reader.tl0PicIdxOffset, 12);
  assert.deepEqual([reader.spatialLayers, reader.width, reader.height], [2, 640, 480]);
  assert.equal(reader.descriptorLength, bytes.length - 1);
  assert.ok(reader.keyFrameStart);
  // flexible mode with two reference indices
  assert.ok(reader.parse(Uint8Array.of(0xf8, 0x05, 0x21, 0x03, 0x04, 0xa2), 0, 6));
  assert.deepEqual([reader.pictureId, reader.temporalId, reader.descriptorLength], [5, 1, 5]);
  assert.equal(reader.parse(Uint8Array.of(0x58, 0x03, 0x05, 0x07, 0x04, 0xa2), 0, 6), false);
});

test('random payloads are never read beyond their end, and readers agree with detectors', () => {
  const vp8 = new Vp8Reader();
  const vp9 = new Vp9Reader();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      const view = guardView(bytes, 12);
      for (const codec of ['VP8', 'VP9', 'H264', 'H265', 'H263', 'H263-1998', 'AV1', 'opus']) {
        keyFrameDetector(codec)!(view, 12, bytes.length);
      }
      if (vp8.parse(view, 12, bytes.length)) {
        assert.equal(vp8.keyFrameStart, keyFrameDetector('VP8')!(view, 12, bytes.length));
        assert.ok(vp8.descriptorLength < bytes.length);
      }
      if (vp9.parse(view, 12, bytes.length)) {
        assert.equal(vp9.keyFrameStart, keyFrameDetector('VP9')!(view, 12, bytes.length));
        assert.ok(vp9.descriptorLength < bytes.length);
      }
    }),
    { numRuns: 5000 },
  );
});
