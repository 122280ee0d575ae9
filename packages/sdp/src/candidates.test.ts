import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAnswer } from './answer.js';
import { remoteWithCandidates, withCandidates } from './candidates.js';
import { SdpError } from './errors.js';
import { parseSessionDescription } from './parse.js';
import { ANSWER_OPTIONS, fixture } from './testing/fixtures.js';
import { formatSessionDescription } from './write.js';

const DEFAULT = { family: 4, address: '192.0.2.2', port: 50000 } as const;
const CANDIDATES = [
  'candidate:1 1 UDP 2015363327 192.0.2.2 50000 typ host',
  'candidate:2 1 UDP 2015363583 fd00::2 50000 typ host',
];

describe('the local description after gathering', () => {
  const { description } = createAnswer(
    parseSessionDescription(fixture('kurento/chromium-offer')),
    ANSWER_OPTIONS,
  );

  test('is that of Kurento', () => {
    const recorded = parseSessionDescription(fixture('kurento/kms-local-after-chromium-offer'));
    const candidates = recorded.media[0]!.candidates;
    const text = formatSessionDescription(
      withCandidates(description, { candidates, defaultCandidate: DEFAULT }),
    );
    const written = parseSessionDescription(text);
    assert.equal(written.connection, undefined);
    for (const [index, theirs] of recorded.media.entries()) {
      const ours = written.media[index]!;
      for (const key of ['port', 'connection', 'rtcp', 'candidates', 'endOfCandidates'] as const) {
        assert.deepEqual(ours[key], theirs[key], key);
      }
    }
  });

  test('has IPv6 defaults, candidates by m-line and an end when asked for', () => {
    const gathered = withCandidates(description, {
      candidates: (index) => (index === 0 ? CANDIDATES : []),
      defaultCandidate: { family: 6, address: 'fd00::2', port: 50001 },
      endOfCandidates: true,
    });
    const text = formatSessionDescription(gathered);
    assert.match(text, /m=audio 50001 .*\r\nc=IN IP6 fd00::2\r\n/);
    assert.match(text, /a=rtcp:50001 IN IP6 fd00::2\r\n/);
    assert.deepEqual(
      gathered.media.map(({ candidates, endOfCandidates }) => [candidates.length, endOfCandidates]),
      [
        [2, true],
        [0, true],
      ],
    );
  });

  test('keeps the provisional address without a default candidate', () => {
    const text = formatSessionDescription(withCandidates(description, { candidates: CANDIDATES }));
    assert.match(text, /s=Rivero\r\nc=IN IP4 0\.0\.0\.0\r\n/);
    assert.match(text, /m=audio 1 /);
    assert.match(text, /typ host\r\nm=video/);
  });

  test('leaves rejected m-lines alone and their address at the session level', () => {
    const offer = parseSessionDescription(fixture('kurento/chromium-offer-data'));
    const rejecting = createAnswer(offer, ANSWER_OPTIONS).description;
    const gathered = withCandidates(rejecting, { candidates: CANDIDATES, defaultCandidate: DEFAULT });
    assert.deepEqual(gathered.media[2], rejecting.media[2]);
    assert.deepEqual(gathered.connection, { family: 4, address: '0.0.0.0' });
  });
});

describe('the remote description after trickling', () => {
  test('has the candidates in their m-lines, once', () => {
    const trickled = new Map([
      [0, [CANDIDATES[0]!, CANDIDATES[0]!]],
      [1, [`a=${CANDIDATES[1]}`]],
      [7, CANDIDATES],
    ]);
    const text = remoteWithCandidates(fixture('kurento/chromium-offer'), trickled);
    const { media } = parseSessionDescription(text);
    assert.deepEqual(
      media.map(({ candidates }) => candidates),
      [[CANDIDATES[0]], [CANDIDATES[1]]],
    );
    assert.equal(remoteWithCandidates(text, trickled), text);
  });

  test('has them in a text that is indented, too', () => {
    const text = fixture('kurento/chromium-offer').replaceAll(/^(?=.)/gm, '  ');
    const trickled = new Map([[1, [CANDIDATES[1]!]]]);
    const once = remoteWithCandidates(text, trickled);
    assert.deepEqual(parseSessionDescription(once).media[1]?.candidates, [CANDIDATES[1]]);
    assert.equal(
      remoteWithCandidates(once.replaceAll(/^ *(?=.)/gm, '  '), trickled).match(/typ host/g)?.length,
      1,
    );
  });

  test('is otherwise the text of the peer', () => {
    const text = fixture('kurento/chromium-offer');
    assert.equal(remoteWithCandidates(text, new Map()), text);
    assert.equal(remoteWithCandidates(text.replaceAll('\r\n', '\n'), new Map()), text);
  });

  test('takes no candidate that is more than a line', () => {
    const trickled = new Map([[0, ['candidate:1\r\na=setup:passive']]]);
    assert.throws(() => remoteWithCandidates(fixture('kurento/chromium-offer'), trickled), SdpError);
  });
});
