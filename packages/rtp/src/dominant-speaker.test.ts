import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AudioLevelMeter } from './audio-level-meter.js';
import { DominantSpeaker, SPEAKER_DECISION_MS } from './dominant-speaker.js';

const SILENT = 127;
const NOISE = 75;
/** Loud syllables with short pauses, in which the background is heard. */
const SPEECH = -1;

function levelAt(level: number, now: number): number {
  if (level !== SPEECH) return level;
  return now % 540 < 440 ? 30 : NOISE;
}

/** Feeds a level per 20 ms and source, and decides every 300 ms. */
class Conference {
  readonly speakers = new DominantSpeaker<string>();
  readonly changes: [number, string | undefined][] = [];
  now = 0;

  /** @param levels of the sources; those left out send nothing */
  run(ms: number, levels: Readonly<Record<string, number>>): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 20;
      for (const [key, level] of Object.entries(levels)) {
        this.speakers.add(key, this.now).onLevel(levelAt(level, this.now), this.now);
      }
      if (this.now % SPEAKER_DECISION_MS === 0 && this.speakers.decide(this.now)) {
        this.changes.push([this.now, this.speakers.dominant]);
      }
    }
  }
}

describe('the dominant speaker', () => {
  test('nobody while all are silent or only noise is heard', () => {
    const conference = new Conference();
    conference.run(30_000, { a: SILENT, b: NOISE, c: 60 });
    assert.deepEqual(conference.changes, []);
  });

  test('is who speaks, within a second, and stays when all fall silent', () => {
    const conference = new Conference();
    conference.run(3000, { a: SILENT, b: NOISE });
    conference.run(1000, { a: SPEECH, b: NOISE });
    assert.equal(conference.speakers.dominant, 'a');
    conference.run(60_000, { a: SILENT, b: SILENT });
    assert.equal(conference.speakers.dominant, 'a');
    conference.run(1200, { a: SILENT, b: SPEECH });
    assert.equal(conference.speakers.dominant, 'b');
    assert.equal(conference.changes.length, 2);
  });

  test('a cough while another one speaks changes nothing, speech after it does', () => {
    const conference = new Conference();
    conference.run(3000, { a: SPEECH, b: NOISE });
    conference.run(80, { a: SPEECH, b: 5 });
    conference.run(3000, { a: SPEECH, b: NOISE });
    assert.deepEqual(
      conference.changes.map(([, who]) => who),
      ['a'],
    );
    conference.run(2000, { a: NOISE, b: SPEECH });
    assert.equal(conference.speakers.dominant, 'b');
  });

  test('two at once do not take it from each other all the time', () => {
    const conference = new Conference();
    conference.run(1000, { a: SPEECH, b: NOISE });
    conference.run(30_000, { a: SPEECH, b: SPEECH });
    assert.deepEqual(
      conference.changes.map(([, who]) => who),
      ['a'],
    );
  });

  test('who sends nothing any more is silent', () => {
    const conference = new Conference();
    conference.run(2000, { a: SPEECH, b: NOISE });
    conference.run(1500, { b: SPEECH });
    assert.equal(conference.speakers.dominant, 'b');
  });

  test('a steady hum is noise after a while, speech above it is not', () => {
    const conference = new Conference();
    conference.run(60_000, { hum: 45, b: SILENT });
    conference.changes.length = 0;
    conference.run(2000, { hum: 45, b: SPEECH });
    assert.equal(conference.speakers.dominant, 'b');
  });

  test('one who leaves is dominant no longer; the next one to speak is', () => {
    const conference = new Conference();
    conference.run(2000, { a: SPEECH, b: NOISE });
    conference.speakers.remove('a');
    assert.equal(conference.speakers.dominant, undefined);
    conference.run(2000, { b: NOISE });
    assert.equal(conference.speakers.dominant, undefined);
    conference.run(1000, { b: SPEECH });
    assert.equal(conference.speakers.dominant, 'b');
  });

  test('whatever comes, the dominant speaker is one of those present, and only levels above noise make one', () => {
    const step = fc.record({
      ms: fc.integer({ min: 20, max: 3000 }),
      a: fc.integer({ min: 0, max: 127 }),
      b: fc.integer({ min: 0, max: 127 }),
      leaves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const conference = new Conference();
        for (const { ms, a, b, leaves } of steps) {
          const before = conference.changes.length;
          conference.run(ms, leaves ? { a } : { a, b });
          if (leaves) conference.speakers.remove('b');
          for (const [, who] of conference.changes.slice(before)) {
            assert.ok(who === 'a' || who === 'b');
          }
          if (leaves) assert.notEqual(conference.speakers.dominant, 'b');
        }
      }),
      { numRuns: 100 },
    );
  });
});

test('the meter gives mean, peak and voice of an interval, and starts anew', () => {
  const meter = new AudioLevelMeter();
  assert.deepEqual([meter.count, meter.mean, meter.peak, meter.voice], [0, -127, -127, false]);
  for (const level of [40, 50 | 0x80, 127]) meter.onLevel(level);
  assert.deepEqual([meter.count, meter.mean, meter.peak, meter.voice], [3, -44, -40, true]);
  meter.reset();
  meter.onLevel(0);
  assert.deepEqual([meter.mean, meter.peak, meter.voice], [0, 0, false]);
});
