import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { difference } from './compare.js';
import { Placeholders } from './placeholders.js';
import { sdpShape } from './sdp-shape.js';

const PIPELINE = '11111111-2222-3333-4444-555555555555_kurento.MediaPipeline';

describe('comparison with what was recorded', () => {
  test('an id is bound when it is met first, and must be the same later', () => {
    const placeholders = new Placeholders();
    assert.equal(difference({ value: PIPELINE }, { value: 'pipeline-1' }, placeholders), undefined);
    assert.deepEqual(placeholders.substitute({ object: 'pipeline-1' }), { object: PIPELINE });
    assert.match(difference('other', 'pipeline-1', placeholders) ?? '', /is "other"/);
    assert.match(difference(PIPELINE, 'pipeline-2', placeholders) ?? '', /not "pipeline-2"/);
  });

  test('nothing is bound by what does not match', () => {
    const placeholders = new Placeholders();
    assert.ok(difference({ a: PIPELINE, b: 1 }, { a: 'pipeline-1', b: 2 }, placeholders));
    assert.equal(placeholders.has('pipeline-1'), false);
  });

  test('members that are missing or more are found', () => {
    const placeholders = new Placeholders();
    assert.match(difference({}, { value: null }, placeholders) ?? '', /value is missing/);
    assert.match(
      difference({ value: 1, more: 2 }, { value: 1 }, placeholders) ?? '',
      /more than was recorded/,
    );
  });

  test('lists are compared in any order, numbers exactly unless they are measured', () => {
    const placeholders = new Placeholders();
    assert.equal(difference([2, 1], [1, 2], placeholders), undefined);
    assert.ok(difference([1, 1], [1, 2], placeholders));
    assert.ok(difference({ value: 3 }, { value: 4 }, placeholders));
    assert.equal(difference({ value: 3 }, { value: 4 }, placeholders, { measured: true }), undefined);
    assert.ok(difference({ value: '3' }, { value: 4 }, placeholders, { measured: true }));
  });

  test('descriptions are compared by their m-lines', () => {
    const offer = (direction: string, port = 9) =>
      `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=mid:0\r\na=${direction}\r\n`;
    const placeholders = new Placeholders();
    assert.equal(difference(offer('sendrecv', 11), offer('sendrecv'), placeholders), undefined);
    assert.match(difference(offer('recvonly'), offer('sendrecv'), placeholders) ?? '', /m-lines/);
    assert.equal(sdpShape(offer('sendrecv', 0))[0]?.refused, true);
  });
});
