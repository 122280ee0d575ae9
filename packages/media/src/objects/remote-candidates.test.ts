import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidateProblem, isEndOfCandidates, RemoteCandidates } from './remote-candidates.js';

const LINE = 'candidate:1 1 UDP 2130706431 192.0.2.1 5000 typ host';
const value = (sdpMid: string, sdpMLineIndex: number, candidate = LINE) => ({
  candidate,
  sdpMid,
  sdpMLineIndex,
});

test('what is kept goes to the m-line that it names, by its MID or else by its index', () => {
  const candidates = new RemoteCandidates();
  candidates.keep(value('a', 7, 'of a'));
  candidates.keep(value('', 1, 'of the second'));
  assert.deepEqual(candidates.keptFor([{ index: 0, mid: 'a' }]), ['of a']);
  assert.deepEqual(candidates.keptFor([{ index: 1, mid: 'b' }]), ['of the second']);
  assert.deepEqual(candidates.keptFor([{ index: 7 }]), ['of a']);
  assert.deepEqual(candidates.keptFor('any'), ['of a', 'of the second']);
  candidates.forgetKept();
  assert.deepEqual(candidates.keptFor('any'), []);
});

test('lines are remembered by m-line, without what is none', () => {
  const candidates = new RemoteCandidates();
  candidates.remember(0, ` ${LINE} `);
  candidates.remember(2, LINE.replace('candidate:', ''));
  for (const line of ['', 'end-of-candidates', `${LINE}\r\na=evil`, `${LINE} x ${'x'.repeat(1025)}`, 'hello'])
    candidates.remember(0, line);
  assert.deepEqual(
    [...candidates.lines],
    [
      [0, [LINE]],
      [2, [LINE]],
    ],
  );
});

test('a peer can not fill the memory', () => {
  const candidates = new RemoteCandidates();
  for (let i = 0; i < 1000; i++) {
    candidates.keep(value('', 0));
    candidates.remember(0, LINE);
  }
  assert.equal(candidates.keptFor('any').length, 128);
  assert.equal([...candidates.lines][0]![1].length, 128);
});

test('the end of candidates has several forms, and is kept as none', () => {
  for (const text of ['', ' ', '\r\n', '\0', 'end-of-candidates', 'a=end-of-candidates'])
    assert.ok(isEndOfCandidates(text), text);
  assert.ok(!isEndOfCandidates(LINE));
  const candidates = new RemoteCandidates();
  candidates.keep(value('', 0, ''));
  assert.deepEqual(candidates.keptFor('any'), []);
});

test('what is no candidate is told with its reason', () => {
  for (const fine of ['', 'a=end-of-candidates', LINE, `a=${LINE}`, LINE.replace('candidate:', '')])
    assert.equal(candidateProblem(fine), undefined, fine);
  assert.equal(candidateProblem('hello'), 'no candidate');
});
