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

test('texts that differ in their own lines only come back each as it was', () => {
  const word = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replace(/[\n\0]/g, ''));
  const own = fc.record({ ufrag: word, pwd: word, key: word, ssrc: fc.nat(), cname: word });
  fc.assert(
    fc.property(fc.array(own, { minLength: 1, maxLength: 5 }), (peers) => {
      const texts = peers.map(({ ufrag, pwd, key, ssrc, cname }) =>
        [
          `v=0\na=ice-ufrag:${ufrag}\na=ice-pwd:${pwd}\na=crypto:1 ${key}`,
          `a=mid:0\na=ssrc:${ssrc} cname:${cname}\na=ssrc:${ssrc} msid:${cname} ${cname}-audio\n`,
        ].join('\n'),
      );
      const kept = texts.map((text) => new KeptText(text));
      assert.deepEqual(kept.map(String), texts);
    }),
  );
});
