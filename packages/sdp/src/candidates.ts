/** Descriptions once candidates are known: local after gathering, remote after trickling. */

import { SdpError } from './errors.js';
import type { MediaDescription, NetworkAddress, SessionDescription } from './model.js';

/** Address of the default candidate (RFC 8839 section 4.2.1), written into the `c=` and m-lines. */
export interface DefaultCandidate extends NetworkAddress {
  readonly port: number;
}

export interface GatheredCandidates {
  /** Lines as `candidate:…`, for every accepted m-line, or by m-line. */
  readonly candidates: readonly string[] | ((mediaIndex: number) => readonly string[]);
  readonly defaultCandidate?: DefaultCandidate;
  /** Whether to close the list with `a=end-of-candidates` (RFC 8840); default false, as Kurento. */
  readonly endOfCandidates?: boolean;
}

/** The local description after gathering; one without a default candidate keeps its provisional address. */
export function withCandidates(
  description: SessionDescription,
  gathered: GatheredCandidates,
): SessionDescription {
  const { candidates, defaultCandidate, endOfCandidates = false } = gathered;
  const media = description.media.map((entry, index): MediaDescription => {
    if (entry.port === 0) return entry;
    const lines = typeof candidates === 'function' ? candidates(index) : candidates;
    const withLines = { ...entry, candidates: lines, endOfCandidates };
    return defaultCandidate === undefined ? withLines : withDefault(withLines, defaultCandidate);
  });
  // The session level needs no address when every m-line has one (RFC 8866 section 5.7).
  if (media.length === 0 || media.some(({ connection }) => connection === undefined))
    return { ...description, media };
  const { connection: _, ...rest } = description;
  return { ...rest, media };
}

function withDefault(media: MediaDescription, { family, address, port }: DefaultCandidate): MediaDescription {
  const connection = { family, address };
  return { ...media, port, connection, ...(media.rtcp && { rtcp: { port, address: connection } }) };
}

/**
 * The remote description as a peer would write it now: its own text, with the candidates it trickled since (`candidate:…`
 * by index of the m-line) at the end of their m-lines. Lines that are there already, and those of m-lines that are not,
 * are left out.
 *
 * @throws {SdpError} `INVALID` when a candidate is no single line
 */
export function remoteWithCandidates(text: string, trickled: ReadonlyMap<number, readonly string[]>): string {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line !== '');
  const result: string[] = [];
  let index = -1;
  let known = new Set<string>();
  const closeMedia = (): void => {
    for (const candidate of trickled.get(index) ?? []) {
      if (/[\r\n]/.test(candidate)) throw new SdpError('INVALID', 'a candidate is no single line');
      const line = candidate.startsWith('a=') ? candidate : `a=${candidate}`;
      if (known.has(line)) continue;
      known.add(line);
      result.push(line);
    }
  };
  for (const line of lines) {
    const own = line.trim();
    if (own.startsWith('m=')) {
      closeMedia();
      index += 1;
      known = new Set();
    }
    if (own.startsWith('a=candidate:')) known.add(own);
    result.push(line);
  }
  closeMedia();
  return `${result.join('\r\n')}\r\n`;
}
