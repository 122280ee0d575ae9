import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineDescriptions } from './line-descriptions.js';

const line = (index: number, kind: 'audio' | 'video', mid?: string) => ({
  index,
  kind,
  ...(mid !== undefined && { mid }),
  accepted: true,
});

test('the first line of a kind is the default one, others have the names of their MIDs, or their numbers', () => {
  const lines = new LineDescriptions();
  assert.equal(lines.nameOf(line(0, 'audio', 'a')), 'default');
  assert.equal(lines.nameOf(line(1, 'video', 'v')), 'default');
  assert.equal(lines.nameOf(line(2, 'video', 'screen')), 'screen');
  assert.equal(lines.nameOf(line(3, 'video')), '3');
  assert.equal(lines.nameOf(line(2, 'video', 'other')), 'screen', 'it keeps its name');
});

test('a line that is taken up for something else is what it was no more', () => {
  const lines = new LineDescriptions();
  lines.nameOf(line(0, 'video', 'v'));
  lines.nameOf(line(1, 'video', 'screen'));
  assert.equal(lines.retire(line(1, 'video', 'screen')), undefined);
  assert.equal(lines.retire({ ...line(1, 'audio', 'x'), accepted: false }), undefined);
  assert.equal(lines.retire(line(1, 'video', 'x'))?.name, 'screen');
  assert.equal(lines.get(1), undefined);
  assert.equal(lines.nameOf(line(1, 'video', 'x')), 'x');
});

test('the default line of a kind stays that with another MID, but not as another kind', () => {
  const lines = new LineDescriptions();
  lines.nameOf(line(0, 'video', 'v'));
  assert.equal(lines.retire(line(0, 'video', 'w')), undefined);
  assert.equal(lines.nameOf(line(0, 'video', 'w')), 'default');
  assert.equal(lines.retire(line(0, 'audio', 'a'))?.name, 'default');
  assert.equal(lines.nameOf(line(0, 'audio', 'a')), 'default');
});

test('in place of a default line that was rejected comes the next new one of its kind', () => {
  const lines = new LineDescriptions();
  lines.nameOf(line(0, 'audio', 'a'));
  lines.nameOf(line(1, 'video', 'v'));
  lines.nameOf(line(2, 'video', 'screen'));
  lines.retire({ ...line(1, 'video', 'v'), accepted: false });
  assert.equal(lines.nameOf(line(1, 'video', 'v')), 'default', 'as long as there is no other');
  assert.equal(lines.nameOf(line(2, 'video', 'screen')), 'screen', 'names do not change');
  assert.equal(lines.nameOf(line(3, 'audio', 'b')), 'b');
  assert.equal(lines.nameOf(line(4, 'video', 'w')), 'default');
  assert.equal(lines.get(1), undefined);
  lines.retire(line(1, 'video', 'x'));
  assert.equal(lines.nameOf(line(1, 'video', 'x')), 'x', 'the old line is one of many now');
});
