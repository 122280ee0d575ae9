/** What is true of every answer (RFC 3264 section 6, RFC 4568 section 5.1.2, RFC 5761 section 5.1.1, RFC 9143 section 7.3). */

import assert from 'node:assert/strict';
import { isAuxiliary, sameName } from '../codecs.js';
import { readDirection } from '../directions.js';
import type { MediaDescription, SessionDescription } from '../model.js';

export function checkAnswer(offer: SessionDescription, answer: SessionDescription): void {
  assert.equal(answer.media.length, offer.media.length, 'as many m-lines');
  for (const [index, answered] of answer.media.entries()) checkLine(offer.media[index]!, answered);
  const accepted = new Set(answer.media.filter(({ port }) => port !== 0).map(({ mid }) => mid));
  for (const group of answer.bundleGroups) {
    const offered = offer.bundleGroups.find((mids) => mids.includes(group[0]!));
    assert.ok(
      group.every((mid) => offered?.includes(mid) === true && accepted.has(mid)),
      'bundles of what was offered so',
    );
  }
}

function checkLine(offered: MediaDescription, answered: MediaDescription): void {
  assert.equal(answered.type, offered.type);
  assert.equal(answered.protocol, offered.protocol);
  assert.equal(answered.mid, offered.mid);
  assert.ok(answered.formats.length > 0, 'an m-line has formats');
  if (answered.port === 0) return;
  assert.ok(offered.port !== 0 || offered.bundleOnly, 'what is stopped stays so');
  const formats = new Set(offered.formats.map(plainNumber));
  assert.ok(
    answered.formats.every((format) => formats.has(plainNumber(format))),
    'formats that were offered',
  );
  assert.ok(!answered.rtcpMux || offered.rtcpMux, 'rtcp-mux only where it was offered');
  assert.ok(!answered.rtcpReducedSize || offered.rtcpReducedSize);
  for (const { id, uri } of answered.extensions)
    assert.ok(offered.extensions.some((extension) => extension.id === id && extension.uri === uri));
  if (answered.kind === 'application') return;
  const [theirs, ours] = [readDirection(offered.direction), readDirection(answered.direction)];
  assert.ok((theirs.receive || !ours.send) && (theirs.send || !ours.receive), 'a direction that fits');
  assert.ok(
    answered.payloads.some(({ name }) => !isAuxiliary(name)),
    'media, not events alone',
  );
  for (const { payloadType, name, clockRate, channels, feedback } of answered.payloads) {
    const payload = offered.payloads.find((candidate) => candidate.payloadType === payloadType);
    assert.ok(payload !== undefined && sameName(payload.name, name), `${payloadType} means the same`);
    assert.deepEqual([clockRate, channels], [payload.clockRate, payload.channels]);
    assert.ok(feedback.every((value) => payload.feedback.includes(value)));
  }
  const [crypto, ...others] = answered.cryptos ?? [];
  assert.equal(others.length, 0);
  if (crypto !== undefined)
    assert.ok(offered.cryptos?.some(({ tag, suite }) => tag === crypto.tag && suite === crypto.suite));
}

function plainNumber(format: string): string {
  return format.replace(/^0+(?=\d)/, '');
}
