/** What of an answer can be used by the offerer. */

import type { Rejection } from './answer.js';
import { SdpError } from './errors.js';
import type { MediaDescription, SessionDescription } from './model.js';

/**
 * The m-lines of an answer that fit their offer. One that accepts what cannot be used counts as rejected, so that the others
 * can flow; a whole that does not fit (more m-lines, other types: probably the answer to another offer) is refused, and
 * one without any m-line left.
 *
 * @param refusal why an m-line that the answer accepts cannot be used, if so
 * @throws {SdpError} `INVALID`
 */
export function usableAnswer(
  offer: SessionDescription,
  answer: SessionDescription,
  refusal: (offered: MediaDescription, answered: MediaDescription) => string | undefined,
): { readonly media: MediaDescription[]; readonly rejections: readonly Rejection[] } {
  const refuse = (index: number, why: string): never => {
    throw new SdpError('INVALID', `m-line ${index} of the answer ${why}`);
  };
  if (answer.media.length > offer.media.length) {
    throw new SdpError('INVALID', 'the answer has more m-lines than the offer');
  }
  const rejections: Rejection[] = [];
  const media = answer.media.map((answered, index): MediaDescription => {
    const offered = offer.media[index]!;
    const { type, port, problem } = answered;
    if (type !== offered.type) refuse(index, 'is of another type');
    const reason = problem ?? (port === 0 ? undefined : (portRefusal(offered) ?? refusal(offered, answered)));
    if (reason === undefined) return answered;
    rejections.push({ index, reason });
    return { ...answered, port: 0 };
  });
  const [first] = rejections;
  if (first !== undefined && media.every(({ port }) => port === 0)) refuse(first.index, first.reason);
  return { media, rejections };
}

function portRefusal({ port }: MediaDescription): string | undefined {
  return port === 0 ? 'accepts what was not offered' : undefined;
}
