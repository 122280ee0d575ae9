import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAnswer } from './answer.js';
import { applyAnswer } from './apply-answer.js';
import { SdpError } from './errors.js';
import { HeaderExtensionUri } from './extensions.js';
import type { SessionDescription } from './model.js';
import { createOffer } from './offer.js';
import { parseSessionDescription } from './parse.js';
import { ANSWER_OPTIONS, fixture, fixtureNames, OFFER_OPTIONS } from './testing/fixtures.js';
import { checkAnswer } from './testing/invariants.js';
import { formatSessionDescription } from './write.js';

const OPTIONS = {
  ...ANSWER_OPTIONS,
  video: {
    ...ANSWER_OPTIONS.video,
    extensions: [...ANSWER_OPTIONS.video.extensions, HeaderExtensionUri.Rid],
    simulcast: true,
  },
  data: {},
  maxTransports: 3,
  reducedSizeRtcp: true,
};

/** What replaces, precedes or follows a piece of a line. */
const junk = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    ':',
    '/',
    ';',
    '=',
    '-1',
    '0',
    '00',
    '127',
    '128',
    '65536',
    '4294967296',
    '9'.repeat(40),
    'NaN',
  ),
  fc.constantFrom(
    'Infinity',
    '1e9',
    '__proto__',
    '%s%d%v',
    '~',
    ',',
    '*',
    '\t',
    '\0',
    '\u2028',
    '\ud800',
    '\u00e9',
  ),
  fc.string({ maxLength: 12 }),
);

const mutation = fc.record({
  kind: fc.constantFrom('delete', 'duplicate', 'swap', 'replace', 'insert', 'number', 'cut'),
  line: fc.nat(),
  other: fc.nat(),
  position: fc.nat(),
  text: junk,
});
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

function mutate(text: string, mutations: readonly Mutation[]): string {
  const lines = text.split('\r\n');
  for (const { kind, line, other, position, text: inserted } of mutations) {
    const index = line % lines.length;
    const current = lines[index]!;
    const at = position % (current.length + 1);
    if (kind === 'delete') lines.splice(index, 1);
    else if (kind === 'duplicate') lines.splice(other % (lines.length + 1), 0, current);
    else if (kind === 'swap')
      [lines[index], lines[other % lines.length]] = [lines[other % lines.length]!, current];
    else if (kind === 'replace') lines[index] = current.slice(0, at) + inserted + current.slice(at + 1);
    else if (kind === 'insert') lines[index] = current.slice(0, at) + inserted + current.slice(at);
    else if (kind === 'number') lines[index] = current.replace(/\d+/, inserted);
    else lines[index] = current.slice(0, at);
    if (lines.length === 0) lines.push('v=0');
  }
  return lines.join('\r\n');
}

/** The description, or undefined when it was refused as it should be. */
function read(text: string): SessionDescription | undefined {
  try {
    return parseSessionDescription(text);
  } catch (error) {
    assert.ok(error instanceof SdpError, String(error));
    return undefined;
  }
}

const mutated = (names: string[]) =>
  fc
    .tuple(fc.constantFrom(...names), fc.array(mutation, { minLength: 1, maxLength: 6 }))
    .map(([name, mutations]) => mutate(fixture(name), mutations));

test('any text is read or refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `v=0\r\no=- 1 1 IN IP4 0\r\n${text}`),
      ),
      (text) => {
        read(text);
      },
    ),
  );
});

test('a mutated description is refused, or answered with as many m-lines in text that can be read', () => {
  fc.assert(
    fc.property(mutated(fixtureNames()), (text) => {
      const offer = read(text);
      if (offer === undefined) return;
      const answer = createAnswer(offer, OPTIONS);
      const written = parseSessionDescription(answer.text);
      checkAnswer(offer, written);
      assert.equal(answer.session.media.length, offer.media.length);
      for (const [index, media] of written.media.entries()) {
        const { accepted, kind, codecs, transport } = answer.session.media[index]!;
        assert.equal(media.port !== 0, accepted);
        assert.equal(media.type, offer.media[index]?.type);
        assert.ok(accepted === false || kind === 'application' || codecs.length > 0);
        assert.ok(!accepted || answer.session.media[transport]?.accepted);
      }
      // What was read can be written and read again.
      assert.ok(read(formatSessionDescription(offer)));
    }),
    { numRuns: 1500 },
  );
});

test('a mutated answer is refused or applied', () => {
  const offer = createOffer(OFFER_OPTIONS).description;
  fc.assert(
    fc.property(mutated(['peers/chromium-answer-to-offer']), (text) => {
      try {
        const { session } = applyAnswer(offer, text);
        assert.equal(session.media.length, offer.media.length);
        for (const { accepted, remote } of session.media) {
          assert.ok(!accepted || (remote.iceUfrag !== undefined && remote.fingerprints.length > 0));
        }
      } catch (error) {
        assert.ok(error instanceof SdpError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
