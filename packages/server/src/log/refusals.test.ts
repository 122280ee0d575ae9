import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import pino from 'pino';
import { Refusals } from './refusals.js';

test('one line for each reason and client in an interval, with the number of those left out', () => {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  let now = 0;
  const refusals = new Refusals(pino(stream), 1000, () => now);
  for (let i = 0; i < 5; i++) refusals.note('too large', 'a', { bytes: i });
  refusals.note('too large', 'b');
  refusals.note('too many', 'a');
  assert.deepEqual(
    lines.map(({ msg, remote, bytes }) => [msg, remote, bytes]),
    [
      ['too large', 'a', 0],
      ['too large', 'b', undefined],
      ['too many', 'a', undefined],
    ],
  );
  now = 1000;
  refusals.note('too large', 'a', { bytes: 9 });
  assert.deepEqual([lines.at(-1)?.bytes, lines.at(-1)?.suppressed], [9, 4]);
});
