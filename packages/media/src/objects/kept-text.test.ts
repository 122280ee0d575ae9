import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ownCopy } from '../runtime/own-copy.js';
import { KeptText } from './kept-text.js';

test('a text comes back as it was', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', 'a=mid:0', 'a=mid:0\r', '\r', 'a=ssrc:1 cname:x', 'a=ice-pwd:x', 'a=fingerprint:y'),
  );
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, end) => {
      const text = lines.join(end);
      assert.equal(new KeptText(text).toString(), text);
      assert.equal(ownCopy(text), text);
    }),
  );
  const lone = 'a=\ud800\nb=\udfffx';
  assert.equal(new KeptText(lone).toString(), lone);
});

test('texts are right after more lines than are remembered', () => {
  const texts = Array.from({ length: 100 }, (_, i) =>
    Array.from({ length: 100 }, (_, n) => `a=${n % 2 === 0 ? 'same' : `other ${i} ${n}`} ${n}`).join('\r\n'),
  );
  const kept = texts.map((text) => new KeptText(text));
  for (const [i, text] of texts.entries()) assert.equal(kept[i]!.toString(), text);
});
