/** The offerer's side of an answer: checked against the offer, then negotiated like every answer. */

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
}

/**
 * Reads the peer's answer to this side's offer. It may have fewer m-lines, which counts as rejecting the rest.
 *
 * @throws {SdpError} `INVALID` as well when the answer does not fit: more m-lines, other kinds or mids, or an accepted
 * m-line without ICE credentials, fingerprint, rtcp-mux or any codec that was offered.
 */
export function applyAnswer(
  offer: SessionDescription,
  text: string,
  limits: Partial<SdpLimits> = {},
): AppliedAnswer {
  const description = parseSessionDescription(text, limits);
  if (description.media.length > offer.media.length) {
    throw new SdpError('INVALID', 'the answer has more m-lines than the offer');
  }
  for (const [index, answered] of description.media.entries()) {
    checkMedia(offer.media[index]!, answered, index);
  }
  return { description, session: negotiate(offer, description, 'offerer') };
}

function checkMedia(offered: MediaDescription, answered: MediaDescription, index: number): void {
  const refuse = (why: string): never => {
    throw new SdpError('INVALID', `m-line ${index} of the answer ${why}`);
  };
  if (answered.type !== offered.type) refuse('is of another type');
  if (answered.mid !== undefined && answered.mid !== offered.mid) refuse('has another mid');
  if (answered.port === 0) return;
  if (offered.port === 0) refuse('accepts what was not offered');
  const credentials = credentialsRefusal(answered);
  if (credentials !== undefined) refuse(credentials);
  if (answered.fingerprints.length === 0) refuse('has no DTLS fingerprint');
  if (answered.kind === 'application') {
    if (answered.sctp === undefined) refuse('has no SCTP port');
    return;
  }
  if (!answered.rtcpMux) refuse('lacks rtcp-mux');
  // Further ones tell what the peer could receive (RFC 3264 section 6.1); nobody sends them.
  const usable = answered.payloads.some(
    (payload) => !isAuxiliary(payload.name) && offeredPayload(offered, payload) !== undefined,
  );
  if (!usable) refuse('has no codec that was offered');
}
