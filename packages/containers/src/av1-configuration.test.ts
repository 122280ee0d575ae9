import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { av1Configuration, withoutTemporalDelimiter } from './av1-configuration.js';
import { encode } from './test-support/encoded-media.js';

test('the record of a stream is what ffmpeg writes for it', () => {
  const { format, frames } = encode('AV1', 1);
  const record = av1Configuration(frames[0]!.data)!;
  // ffmpeg's has whatever came before the first frame, which may be more than the sequence header.
  assert.deepEqual([...record], [...format.codecData!.subarray(0, record.length)]);
  assert.equal(av1Configuration(frames.find(({ keyFrame }) => !keyFrame)!.data), undefined);
});

/** Records that libaom's streams of several forms have in files that ffmpeg wrote. */
const RECORDS = {
  '4:2:0, 8 bits': '81000c000a0b000000043cffbcdaf90040',
  '4:2:0, 10 bits': '81004c000a0b000000043cffbcdaf94040',
  '4:4:4': '812000000a0a200000043cffbcdaf902',
  '4:2:2': '814008000a0a400000043cffbcdaf901',
  '4:2:2, 12 bits': '814068000a0b400000043cffbcdaf96220',
  monochrome: '81001c000a0a000000043cffbcdaf92a',
};

test('colours and depth are read from any form, with and without the delimiter of a temporal unit', () => {
  for (const [form, record] of Object.entries(RECORDS)) {
    const header = Buffer.from(record, 'hex').subarray(4);
    const unit = Buffer.concat([Buffer.from([0x12, 0]), header]);
    assert.deepEqual(withoutTemporalDelimiter(unit), header);
    assert.equal(withoutTemporalDelimiter(header), header);
    assert.equal(Buffer.from(av1Configuration(unit)!).toString('hex'), record, form);
  }
});

test('any bytes give a record or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const unit of [bytes, Uint8Array.from([0x0a, bytes.length, ...bytes])]) {
        const record = av1Configuration(unit);
        assert.ok(record === undefined || (record[0] === 0x81 && record.length > 4));
      }
    }),
    { numRuns: 2000 },
  );
});
