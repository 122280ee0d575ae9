import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LiveWindow } from './live-window.js';

const MEGABYTE = 1024 * 1024;

/** Parts of half a second, four in a segment. */
function fill(window: LiveWindow, parts: number, bytes = 100): void {
  for (let i = 0; i < parts; i++) {
    window.addPart(new Uint8Array(bytes).fill(i), 0.5, i % 4 === 0, i * 500);
    if (i % 4 === 3) window.endSegment();
  }
}

function filled(parts: number, bytes?: number): LiveWindow {
  const window = new LiveWindow(MEGABYTE);
  window.setInit(Uint8Array.of(1, 2, 3));
  fill(window, parts, bytes);
  return window;
}

test('the playlist of a stream that has just begun', () => {
  assert.equal(
    filled(6).playlist(),
    `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=12,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="part-1.m4s"
#EXT-X-PART:DURATION=0.50000,URI="part-2.m4s"
#EXT-X-PART:DURATION=0.50000,URI="part-3.m4s"
#EXTINF:2.00000,
segment-0.m4s
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:02.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-4.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="part-5.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-6.m4s"
`,
  );
});

test('whole segments without parts are listed where no player of the live end looks', () => {
  const text = filled(40).playlist();
  assert.match(text, /#EXT-X-MEDIA-SEQUENCE:0\n/);
  assert.doesNotMatch(text, /part-0\.m4s/);
  assert.match(text, /\n#EXTINF:2\.00000,\nsegment-0\.m4s\n/);
  assert.match(text, /part-39\.m4s/);
});

test('old segments leave the playlist, and can be had for a while still', () => {
  const window = filled(48);
  const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(window.playlist())![1]);
  assert.equal(first, 2);
  assert.ok(window.resource('segment-0.m4s'));
  assert.ok(window.resource('part-0.m4s'));
  const later = filled(200);
  assert.equal(later.resource('segment-0.m4s'), undefined);
  assert.equal(later.resource('part-0.m4s'), undefined);
  assert.deepEqual(later.resource('init-1.mp4'), Uint8Array.of(1, 2, 3));
  assert.ok(later.bytes < 2 * 200 * 100);
});

test('too many bytes drop segments sooner', () => {
  const window = filled(40, 100_000);
  assert.ok(window.bytes <= MEGABYTE, `${window.bytes}`);
  assert.ok(window.resource('part-39.m4s'));
  assert.equal(window.resource('segment-0.m4s'), undefined);
});

test('another initialization section is a discontinuity, which is counted when it is listed no more', () => {
  const window = filled(6);
  window.setInit(Uint8Array.of(4));
  fill(window, 8);
  assert.match(window.playlist(), /#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-2\.mp4"/);
  assert.doesNotMatch(window.playlist(), /DISCONTINUITY-SEQUENCE/);
  fill(window, 60);
  assert.match(window.playlist(), /#EXT-X-DISCONTINUITY-SEQUENCE:1\n/);
  assert.match(window.playlist(), /#EXT-X-MAP:URI="init-2\.mp4"/);
});

test('which positions are there, which come, and which are too far', () => {
  const window = filled(6);
  const at = (segment: number, part?: number) => ({ segment, part });
  assert.deepEqual(
    [at(0), at(0, 99), at(1), at(1, 1), at(1, 2), at(2)].map((each) => window.reaches(each)),
    [true, true, false, true, false, false],
  );
  assert.deepEqual(
    [at(1), at(2), at(3)].map((each) => window.isTooFar(each)),
    [false, false, true],
  );
  assert.equal(window.isNext('part-6.m4s'), true);
  window.endSegment();
  assert.equal(window.reaches(at(1)), true);
  // The first part of the next segment.
  assert.equal(window.reaches(at(1, 2)), false);
  window.end();
  assert.equal(window.reaches(at(2)), true);
  assert.equal(window.isNext('part-6.m4s'), false);
  assert.match(window.playlist(), /#EXT-X-ENDLIST\n$/);
});

test('whatever comes, what a playlist names is there, numbers only grow, and the bytes are those counted', () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        bytes: fc.integer({ min: 1, max: 60_000 }),
        seconds: fc.double({ min: 0.05, max: 0.6, noNaN: true }),
      }),
    },
    { weight: 3, arbitrary: fc.constant('end' as const) },
    { weight: 1, arbitrary: fc.constant('init' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const window = new LiveWindow(MEGABYTE);
      window.setInit(Uint8Array.of(0));
      let sequence = 0;
      for (const each of steps) {
        if (each === 'end') window.endSegment();
        else if (each === 'init') window.setInit(Uint8Array.of(1));
        else window.addPart(new Uint8Array(each.bytes), each.seconds, true, 0);
        const text = window.playlist();
        for (const [, name] of text.matchAll(/(?:PART:.*|MAP:)URI="([^"]+)"/g)) {
          if (!window.isNext(name!)) assert.ok(window.resource(name!), `${name} in\n${text}`);
        }
        for (const [name] of text.matchAll(/^segment-\d+\.m4s$/gm)) assert.ok(window.resource(name), name);
        const now = Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)![1]);
        assert.ok(now >= sequence);
        sequence = now;
        // The running segment, and the one that has just become whole, are kept in any case.
        assert.ok(window.bytes <= MEGABYTE + 4 * 60_000 * 150);
      }
    }),
    { numRuns: 60 },
  );
});
