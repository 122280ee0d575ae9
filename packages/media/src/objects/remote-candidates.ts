import { readCandidate } from '@rivero/ice';
import type { NegotiatedMedia } from '@rivero/sdp';
import { appended, SmallMap } from '../runtime/small-map.js';

/** Kurento's IceCandidate. */
export interface IceCandidateValue {
  /** As in SDP, with or without `a=` and `candidate:` before it. */
  candidate: string;
  /** Empty where the peer does not name its m-lines. */
  sdpMid: string;
  sdpMLineIndex: number;
}

/** Of a peer: kept before there is a session to give them to, and of each m-line remembered. */
const MAX_CANDIDATES = 128;
const NO_CANDIDATES: readonly IceCandidateValue[] = [];

/** Candidates that the peer trickles (RFC 8838): those that come before its description, and the lines that belong in it. */
export class RemoteCandidates {
  #early: readonly IceCandidateValue[] = NO_CANDIDATES;
  readonly #lines = new SmallMap<number, readonly string[]>();

  /** Candidate lines by the index of the m-line they came for. */
  get lines(): Iterable<readonly [number, readonly string[]]> {
    return this.#lines;
  }

  /** Keeps one that nobody can use yet. The newest are left out when there are too many. */
  keep(candidate: IceCandidateValue): void {
    if (this.#early.length >= MAX_CANDIDATES || isEndOfCandidates(candidate.candidate)) return;
    this.#early = appended(this.#early, candidate);
  }

  /** What was kept for these m-lines, or for any. */
  keptFor(media: readonly Pick<NegotiatedMedia, 'index' | 'mid'>[] | 'any'): string[] {
    return this.#early
      .filter((candidate) => media === 'any' || media.some((line) => belongs(candidate, line)))
      .map(({ candidate }) => candidate);
  }

  /** What was kept has been given to the session. */
  forgetKept(): void {
    this.#early = NO_CANDIDATES;
  }

  /** Remembers one as a line of the description. */
  remember(index: number, candidate: string): void {
    const line = candidate.trim();
    if (isEndOfCandidates(line) || /[\r\n]/.test(line) || candidateProblem(line) !== undefined) return;
    const known = this.#lines.get(index) ?? [];
    if (known.length >= MAX_CANDIDATES) return;
    const named = /^(?:a=)?candidate:/i.test(line) ? line : `candidate:${line.replace(/^a=/i, '')}`;
    this.#lines.set(index, appended(known, named));
  }
}

/** Why a candidate is passed over, if so. */
export function candidateProblem(candidate: string): string | undefined {
  const read = isEndOfCandidates(candidate) ? undefined : readCandidate(candidate);
  return typeof read === 'string' ? read : undefined;
}

/** No more candidates come: the empty string of WebRTC, or the attribute of RFC 8840 section 8.2. */
export function isEndOfCandidates(candidate: string): boolean {
  return /^(a=)?(end-of-candidates)?$/.test(candidate.replace(/\0+$/, '').trim());
}

/** Whether a candidate is of this m-line. */
function belongs(
  { sdpMid, sdpMLineIndex }: IceCandidateValue,
  { mid, index }: Pick<NegotiatedMedia, 'index' | 'mid'>,
): boolean {
  return sdpMid === '' || mid === undefined ? sdpMLineIndex === index : sdpMid === mid;
}
