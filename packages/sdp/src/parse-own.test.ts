import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createAnswer } from './answer.js';
import { withCandidates } from './candidates.js';
import type { SessionDescription } from './model.js';
import { createOffer } from './offer.js';
import { parseSessionDescription } from './parse.js';
import { parseOwnDescription } from './parse-own.js';
import {
  ANSWERED_AUDIO_CODECS,
  ANSWERED_VIDEO_CODECS,
  AUDIO_CODECS,
  AUDIO_EXTENSIONS,
  OFFERED_AUDIO_EXTENSIONS,
  OFFERED_VIDEO_EXTENSIONS,
  VIDEO_CODECS,
  VIDEO_EXTENSIONS,
} from './presets.js';
import { formatSessionDescription } from './write.js';

const session = { sessionId: '4004364267' };
const transport = {
  iceUfrag: 'abcd',
  icePwd: 'abcdefghijklmnopqrstuv',
  fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('AB').join(':') }],
};
const source = (ssrc: number) => ({ ssrc, rtxSsrc: ssrc + 1, cname: 'c', msid: { stream: 's', track: 't' } });

function assertComesBack(description: SessionDescription): void {
  const candidates = {
    candidates: ['candidate:1 1 udp 2122260223 192.0.2.1 60382 typ host'],
    endOfCandidates: true,
    defaultCandidate: { family: 4, address: '192.0.2.1', port: 60382 } as const,
  };
  const text = formatSessionDescription(description);
  assert.equal(formatSessionDescription(parseOwnDescription(text)), text);
  const gathered = withCandidates(description, candidates);
  const later = withCandidates(parseOwnDescription(text), candidates);
  assert.equal(formatSessionDescription(later), formatSessionDescription(gathered));
  const again = parseOwnDescription(formatSessionDescription(gathered));
  assert.equal(formatSessionDescription(again), formatSessionDescription(gathered));
}

test('an offer that was written comes back', () => {
  const { description } = createOffer({
    session,
    transport,
    media: [
      { kind: 'audio', codecs: AUDIO_CODECS, extensions: OFFERED_AUDIO_EXTENSIONS, source: source(1) },
      {
        kind: 'video',
        codecs: VIDEO_CODECS,
        extensions: OFFERED_VIDEO_EXTENSIONS,
        source: source(3),
        bandwidthKbps: 500,
      },
      { kind: 'application', sctpPort: 5000, maxMessageSize: 262144 },
    ],
  });
  assertComesBack(description);
});

const peers = new URL('../fixtures/peers/', import.meta.url);
const offers = readdirSync(peers, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.sdp'),
);
assert.ok(offers.length > 0);
for (const name of offers) {
  test(`an answer that was written comes back: to ${name}`, () => {
    const offer = parseSessionDescription(readFileSync(new URL(name, peers), 'utf8'));
    const { description } = createAnswer(offer, {
      session,
      transport,
      audio: { codecs: ANSWERED_AUDIO_CODECS, extensions: AUDIO_EXTENSIONS, sources: [source(1)] },
      video: {
        codecs: ANSWERED_VIDEO_CODECS,
        extensions: VIDEO_EXTENSIONS,
        simulcast: true,
        sources: [source(3)],
      },
      data: { maxMessageSize: 262144 },
    });
    assertComesBack(description);
  });
}
