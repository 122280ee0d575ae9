/** A candidate of a trickle ICE fragment, as addIceCandidate takes it. */
export interface FragmentCandidate {
  candidate: string;
  sdpMid: string;
  sdpMLineIndex: number;
}

export interface SdpFragment {
  /** The sender's user name fragment: another than that of its offer means an ICE restart. */
  ufrag: string | undefined;
  candidates: FragmentCandidate[];
}

const MAX_CANDIDATES = 100;

/** Reads `application/trickle-ice-sdpfrag` (RFC 8840 section 9). Lines that are not needed here are passed over. */
export function readSdpFragment(text: string): SdpFragment {
  const candidates: FragmentCandidate[] = [];
  let ufrag: string | undefined;
  let mid = '';
  let line = -1;
  for (const raw of text.split(/\r?\n/)) {
    if (raw.startsWith('m=')) {
      line++;
      mid = '';
    } else if (raw.startsWith('a=mid:')) {
      mid = raw.slice('a=mid:'.length).trim();
    } else if (raw.startsWith('a=ice-ufrag:')) {
      ufrag ??= raw.slice('a=ice-ufrag:'.length).trim();
    } else if (raw.startsWith('a=candidate:') && candidates.length < MAX_CANDIDATES) {
      candidates.push({ candidate: raw.slice(2).trim(), sdpMid: mid, sdpMLineIndex: Math.max(line, 0) });
    }
  }
  return { ufrag, candidates };
}

/** The first user name fragment of a whole description. */
export function ufragOf(sdp: string): string | undefined {
  return /^a=ice-ufrag:([^\r\n]+)/m.exec(sdp)?.[1]?.trim();
}
