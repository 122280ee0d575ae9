import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseSessionDescription } from './parse.js';
import { fixture } from './testing/fixtures.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('of a description whose formats are remembered nothing else stays in memory', () => {
  const COUNT = 100;
  const offer = fixture('kurento/chromium-offer');
  const rest = `a=x-other:${'y'.repeat(180)}\r\n`.repeat(900);
  const heap = (): number => {
    // What a regular expression has looked at last lives as well.
    /x/.exec('x');
    collect();
    return process.memoryUsage().heapUsed;
  };
  parseSessionDescription(offer);
  const before = heap();
  for (let i = 0; i < COUNT; i++)
    parseSessionDescription(
      `${offer.replaceAll('a=fmtp:97 apt=96', `a=fmtp:97 apt=96;x-number-of-offer=${i}`)}${rest}`,
    );
  const kept = (heap() - before) / 1e6;
  assert.ok(kept < 5, `${kept} MB of ${(COUNT * rest.length) / 1e6} MB`);
});
