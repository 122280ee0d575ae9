/** A candidate of a trickle ICE fragment, as addIceCandidate takes it. */
export interface FragmentCandidate {
  candidate: string;
  sdpMid: string;
  sdpMLineIndex: number;
}

export interface SdpFragment {
  /** The sender's user name fragment: another than that of its offer means an ICE restart. */
  ufrag: string | undefined;
  pwd: string | undefined;
  candidates: FragmentCandidate[];
}

const MAX_CANDIDATES = 100;

/** Reads `application/trickle-ice-sdpfrag` (RFC 8840 section 9). Lines that are not needed here are passed over. */
export function readSdpFragment(text: string): SdpFragment {
  const candidates: FragmentCandidate[] = [];
  let ufrag: string | undefined;
  let pwd: string | undefined;
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
    } else if (raw.startsWith('a=ice-pwd:')) {
      pwd ??= raw.slice('a=ice-pwd:'.length).trim();
    } else if (raw.startsWith('a=candidate:') && candidates.length < MAX_CANDIDATES) {
      candidates.push({ candidate: raw.slice(2).trim(), sdpMid: mid, sdpMLineIndex: Math.max(line, 0) });
    }
  }
  return { ufrag, pwd, candidates };
}

/** The first user name fragment of a whole description. */
export function ufragOf(sdp: string): string | undefined {
  return /^a=ice-ufrag:([^\r\n]+)/m.exec(sdp)?.[1]?.trim();
}

/** An offer of ICE that begins anew (RFC 9725 section 4.3.3): the one before with other credentials, and without the candidates of then. */
export function restartOffer(offer: string, ufrag: string, pwd: string): string {
  return offer
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('a=candidate:') && !line.startsWith('a=end-of-candidates'))
    .map((line) => {
      if (line.startsWith('a=ice-ufrag:')) return `a=ice-ufrag:${ufrag}`;
      return line.startsWith('a=ice-pwd:') ? `a=ice-pwd:${pwd}` : line;
    })
    .join('\r\n');
}

const SESSION_LINE = /^a=(?:group:|ice-lite|ice-options:)/;
const MEDIA_LINE = /^a=(?:mid:|ice-ufrag:|ice-pwd:|candidate:|end-of-candidates)/;

/** What a whole description says of ICE, as a fragment: each transport once, at the first m-line that it carries. */
export function fragmentOf(sdp: string): string {
  const [session = '', ...media] = sdp.split(/\r?\n(?=m=)/);
  const pick = (section: string, wanted: RegExp): string[] =>
    section.split(/\r?\n/).filter((line) => wanted.test(line));
  const lines = pick(session, SESSION_LINE);
  const told = new Set<string | undefined>([undefined]);
  for (const section of media) {
    const ufrag = ufragOf(section);
    if (told.has(ufrag)) continue;
    told.add(ufrag);
    lines.push(section.split(/\r?\n/, 1)[0]!, ...pick(section, MEDIA_LINE));
  }
  return `${lines.join('\r\n')}\r\n`;
}
