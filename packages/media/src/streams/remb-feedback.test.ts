import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { RembFeedback, type RembSession } from './remb-feedback.js';

describe('bitrate that is asked for', () => {
  let taken: number;
  let remb: RembFeedback;

  beforeEach(() => {
    taken = Number.POSITIVE_INFINITY;
    const codec = { feedback: { remb: true } };
    const session: RembSession = {
      receiveTracks: [{ kind: 'video', receiving: true, codec, layers: [], viewersBitrate: () => taken }],
      sendsTransportFeedback: true,
    };
    remb = new RembFeedback(session);
    remb.wake(0);
  });

  test('a bound is told when it is looked at, and repeated', () => {
    assert.equal(remb.update(0), 0, 'no bound, nothing to say');
    taken = 800_000;
    assert.equal(remb.update(200), 800_000);
    assert.equal(remb.update(400), 0);
    assert.equal(remb.update(1200), 800_000);
  });

  test('what falls is told at once, and once', () => {
    taken = 800_000;
    remb.update(0);
    taken = 300_000;
    assert.equal(remb.hasten(10), 300_000);
    assert.equal(remb.hasten(20), 0);
    assert.equal(remb.update(200), 0, 'it was told');
    taken = 290_000;
    assert.equal(remb.hasten(210), 0, 'a little less can wait');
    taken = 2_000_000;
    assert.equal(remb.hasten(220), 0, 'so can more');
    taken = 1;
    assert.equal(remb.hasten(230), 30_000, 'never less than a picture needs');
  });

  test('nothing is asked for while no video comes', () => {
    const silent = new RembFeedback({ receiveTracks: [], sendsTransportFeedback: true });
    silent.wake(0);
    assert.equal(silent.hasten(10), 0);
  });
});
