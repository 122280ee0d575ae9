/** The offerer's side of an answer: checked against the offer, then negotiated like every answer. */

import type { Rejection } from './answer.js';
import { usableAnswer } from './answered-media.js';
import { isAuxiliary } from './codecs.js';
import { SdpError } from './errors.js';
import { credentialsRefusal } from './ice-credentials.js';
import type { SdpLimits } from './lines.js';
import type { MediaDescription, SessionDescription } from './model.js';
import { negotiate, offeredPayload } from './negotiate.js';
import type { NegotiatedSession } from './negotiated.js';
import { parseSessionDescription } from './parse.js';

export interface AppliedAnswer {
  readonly description: SessionDescription;
  readonly session: NegotiatedSession;
  /** m-lines that the peer accepted, and that cannot be used. */
  readonly rejections: readonly Rejection[];
}

/**
 * Reads the peer's answer to this side's offer. It may have fewer m-lines, which counts as rejecting the rest; so do m-lines
 * without ICE credentials, fingerprint, rtcp-mux or any codec that was offered.
 *
 * @throws {SdpError} `INVALID` as well when the answer does not fit: more m-lines, other types or mids, or none of those that it accepts
 * can be used.
 */
export function applyAnswer(
  offer: SessionDescription,
  text: string,
  limits: Partial<SdpLimits> = {},
): AppliedAnswer {
  const answer = parseSessionDescription(text, limits);
  for (const [index, { mid }] of answer.media.entries()) {
    if (mid !== undefined && index < offer.media.length && mid !== offer.media[index]!.mid)
      throw new SdpError('INVALID', `m-line ${index} of the answer has another mid`);
  }
  const { media, rejections } = usableAnswer(offer, answer, refusal);
  const description = { ...answer, media };
  return { description, session: negotiate(offer, description, 'offerer'), rejections };
}

function refusal(offered: MediaDescription, answered: MediaDescription): string | undefined {
  if (answered.transportProblem !== undefined) return `cannot be used: ${answered.transportProblem}`;
  const credentials = credentialsRefusal(answered);
  if (credentials !== undefined) return credentials;
  if (answered.fingerprints.length === 0) return 'has no DTLS fingerprint';
  if (answered.kind === 'application') return answered.sctp === undefined ? 'has no SCTP port' : undefined;
  if (!answered.rtcpMux) return 'lacks rtcp-mux';
  // Further ones tell what the peer could receive (RFC 3264 section 6.1); nobody sends them.
  const usable = answered.payloads.some(
    (payload) => !isAuxiliary(payload.name) && offeredPayload(offered, payload) !== undefined,
  );
  return usable ? undefined : 'has no codec that was offered';
}
