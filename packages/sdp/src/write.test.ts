import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnswer } from './answer.js';
import { parseSessionDescription } from './parse.js';
import { ANSWER_OPTIONS, fixture } from './testing/fixtures.js';

/** Names of the attributes of an m-section, repetitions once, in the order written. */
function attributeOrder(text: string, section: number): string[] {
  const lines = text
    .split(/^m=/m)
    [section]!.split('\r\n')
    .filter((line) => line.startsWith('a='));
  return [...new Set(lines.map((line) => line.slice(2).split(/[: ]/)[0]!))];
}

test('an answer has the lines of Kurento in the order of Kurento, those it has more put aside', () => {
  const recorded = fixture('kurento/kms-answer-to-chromium');
  const { text } = createAnswer(parseSessionDescription(fixture('kurento/chromium-offer')), ANSWER_OPTIONS);
  // Both orders of setup, rtcp-mux and fmtp occur in what Kurento writes.
  const unordered = new Set(['setup', 'rtcp-mux', 'fmtp']);
  for (const section of [1, 2]) {
    const theirs = attributeOrder(recorded, section);
    const ours = attributeOrder(text, section).filter((name) => theirs.includes(name));
    assert.deepEqual(new Set(ours), new Set(theirs));
    const ordered = (names: string[]): string[] => names.filter((name) => !unordered.has(name));
    assert.deepEqual(ordered(ours), ordered(theirs));
  }
});

test('the session level is that of Kurento but for the name', () => {
  const session = (text: string): string => text.split(/^m=/m)[0]!;
  const { text } = createAnswer(parseSessionDescription(fixture('kurento/chromium-offer')), ANSWER_OPTIONS);
  const recorded = session(fixture('kurento/kms-answer-to-chromium'));
  assert.equal(session(text), recorded.replace('s=Kurento Media Server', 's=Rivero'));
});
