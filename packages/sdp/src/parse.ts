/**
 * Text to {@link SessionDescription}. The grammar of most lines is sdp-transform's, ranges and meaning are checked here. Refused
 * is what is no SDP, and one that no m-line of can be used. What would connect to somebody else (credentials, fingerprints, mids
 * that stand for two m-lines) costs its m-line. Any other line that makes no sense is passed over, like one that is not known;
 * where it is missed its m-line alone is rejected.
 */

import { type MediaDescription as GrammarMedia, parse, type SharedAttributes } from 'sdp-transform';
import { parseCryptos } from './crypto.js';
import { SdpError } from './errors.js';
import {
  attributeValues,
  DEFAULT_LIMITS,
  hasFlag,
  type MediaSection,
  parsePort,
  type SdpLimits,
  splitSections,
} from './lines.js';
import type {
  Direction,
  MediaDescription,
  NetworkAddress,
  Origin,
  SctpDescription,
  SessionDescription,
} from './model.js';
import { parsePayloads } from './parse-payloads.js';
import {
  parseExtensions,
  parseMsids,
  parseRids,
  parseSimulcast,
  parseSsrcGroups,
  parseSsrcs,
} from './parse-sources.js';
import { inheritTransport, parseSecurity, type SecurityAttributes } from './parse-transport.js';
import { type Note, PassedOver } from './passed-over.js';

/** What m-lines inherit from the session level (RFC 8866 section 5, RFC 8839 section 5.4, RFC 8122 section 5). */
interface Inherited {
  readonly security: SecurityAttributes;
  readonly direction: Direction | undefined;
  readonly connection: NetworkAddress | undefined;
  readonly extensions: SharedAttributes['ext'];
  /** RFC 8840: at the session level it is said of all m-lines. */
  readonly endOfCandidates: boolean;
}

/**
 * Reads a peer's description. Lines may end in CRLF, CR or LF; unknown attributes are ignored. m-lines hold what they
 * inherit from the session level and, where they share a bundle, from its first m-line (RFC 9143 section 7.1.3).
 *
 * @param passedOver is told of what makes no sense and is passed over
 * @throws {SdpError} and nothing else
 */
export function parseSessionDescription(
  text: string,
  limits: Partial<SdpLimits> = {},
  passedOver: PassedOver = new PassedOver(),
): SessionDescription {
  const sections = splitSections(text, { ...DEFAULT_LIMITS, ...limits }, passedOver);
  const note = passedOver.of('session');
  const grammar = parse(sections.text);
  const inherited: Inherited = {
    security: parseSecurity(sections.session, grammar, note),
    direction: grammar.direction,
    connection: parseConnection(sections.session, note) ?? undefined,
    extensions: grammar.ext,
    endOfCandidates: hasFlag(sections.session, 'end-of-candidates'),
  };
  const media = withDistinctMids(
    sections.media.map((section, index) =>
      parseMedia(section, grammar.media[index]!, inherited, passedOver.of(index)),
    ),
  );
  requireUsable(media);
  const bundleGroups = parseBundleGroups(attributeValues(sections.session, 'group'), media);
  const msidSemantic = attributeValues(sections.session, 'msid-semantic')[0];
  return {
    origin: parseOrigin(sections.session, media.length > 0, note),
    name: grammar.name === undefined ? '' : String(grammar.name),
    ...(inherited.connection && { connection: inherited.connection }),
    bundleGroups,
    extmapAllowMixed: hasFlag(sections.session, 'extmap-allow-mixed'),
    ...(msidSemantic !== undefined && { msidSemantic }),
    iceLite: hasFlag(sections.session, 'ice-lite'),
    media: inheritTransport(media, bundleGroups),
  };
}

function parseMedia(
  section: MediaSection,
  grammar: GrammarMedia,
  inherited: Inherited,
  note: Note,
): MediaDescription {
  const { lines } = section;
  const kind = mediaKind(section.type);
  const mid = attributeValues(lines, 'mid')[0]?.split(/\s+/)[0];
  const rtcp = parseRtcp(lines, note);
  const own = parseConnection(lines, note);
  const connection = own === undefined ? inherited.connection : own;
  const simulcast = parseSimulcast(grammar.simulcast);
  const sctp = kind === 'application' ? parseSctp(section, grammar, note) : undefined;
  const ssrcs = parseSsrcs(grammar.ssrcs ?? [], note);
  return {
    kind,
    type: section.type,
    port: section.port,
    protocol: section.protocol,
    formats: section.formats,
    ...(mid !== undefined && mid !== '' && { mid }),
    direction: grammar.direction ?? inherited.direction ?? 'sendrecv',
    ...(connection && { connection }),
    ...(rtcp && { rtcp }),
    rtcpMux: grammar.rtcpMux !== undefined,
    rtcpReducedSize: grammar.rtcpRsize !== undefined,
    bundleOnly: hasFlag(lines, 'bundle-only'),
    payloads: parsePayloads(section, note),
    extensions: parseExtensions([...(grammar.ext ?? []), ...(inherited.extensions ?? [])], note),
    ...(hasFlag(lines, 'extmap-allow-mixed') && { extmapAllowMixed: true as const }),
    ssrcs,
    ssrcGroups: parseSsrcGroups(grammar.ssrcGroups ?? [], note),
    msids: parseMsids(attributeValues(lines, 'msid')),
    rids: parseRids(grammar.rids ?? []),
    ...(simulcast && { simulcast }),
    ...parseSecurity(lines, grammar, note, inherited.security),
    candidates: attributeValues(lines, 'candidate').map((value) => `candidate:${value}`),
    endOfCandidates: inherited.endOfCandidates || hasFlag(lines, 'end-of-candidates'),
    ...parseBandwidth(lines, note),
    ...parsePacketTimes(lines, note),
    ...parseCryptos(lines),
    ...(sctp && { sctp }),
    ...(section.problem !== undefined && { problem: section.problem }),
  };
}

function mediaKind(type: string): MediaDescription['kind'] {
  return type === 'audio' || type === 'video' || type === 'application' ? type : 'other';
}

/** RFC 5888 section 4: who is meant by a mid must be clear. */
function withDistinctMids(media: readonly MediaDescription[]): MediaDescription[] {
  const mids = new Set<string>();
  return media.map((description) => {
    const { mid, ...rest } = description;
    if (mid === undefined || !mids.has(mid)) {
      if (mid !== undefined) mids.add(mid);
      return description;
    }
    return { ...rest, port: 0, problem: 'it has the mid of another m-line' };
  });
}

/** An answer that rejects all because nothing could be read would tell nobody why. */
function requireUsable(media: readonly MediaDescription[]): void {
  const first = media.find(({ problem }) => problem !== undefined);
  if (first !== undefined && media.every(({ problem, port }) => problem !== undefined || port === 0))
    throw new SdpError('INVALID', `m-line ${media.indexOf(first)} cannot be used: ${first.problem}`);
}

/** Nobody connects by it, so that odd ones are taken: with blanks in the name, with none, or missing where there is media. */
function parseOrigin(session: readonly string[], missable: boolean, note: Note): Origin {
  const line = session.find((candidate) => candidate.startsWith('o='));
  if (line === undefined) {
    if (!missable) throw new SdpError('INVALID', 'no o= line and no m-line');
    note('no o= line');
  }
  const fields = (line ?? 'o=').slice(2).trim().split(/\s+/);
  const [sessionId = '0', sessionVersion = '0', , type = 'IP4', address = '0.0.0.0'] = fields.slice(-5);
  return {
    username: fields.slice(0, -5).join(' ') || '-',
    sessionId,
    sessionVersion,
    family: /^IP6$/i.test(type) ? 6 : 4,
    address,
  };
}

/** Null when there is one that says no address. */
function parseConnection(lines: readonly string[], note: Note): NetworkAddress | null | undefined {
  const line = lines.find((candidate) => candidate.startsWith('c='));
  if (line === undefined) return undefined;
  // Cameras write the time to live of multicast behind an address that is none.
  const match = /^c=\s*IN\s+IP([46])\s+([^\s/]+)(?:\/\S*)?$/i.exec(line);
  if (match === null) {
    note('c= that says no address');
    return null;
  }
  return { family: match[1] === '6' ? 6 : 4, address: match[2]! };
}

function parseRtcp(lines: readonly string[], note: Note): MediaDescription['rtcp'] {
  const value = attributeValues(lines, 'rtcp')[0];
  const match = value === undefined ? null : /^(\d+)(?:\s+IN\s+IP([46])\s+(\S+))?$/i.exec(value);
  const port = match === null ? undefined : parsePort(match[1]!);
  if (value !== undefined && port === undefined) note('a=rtcp, malformed');
  if (match === null || port === undefined) return undefined;
  if (match[3] === undefined) return { port };
  return { port, address: { family: match[2] === '6' ? 6 : 4, address: match[3] } };
}

function parseBandwidth(
  lines: readonly string[],
  note: Note,
): Pick<MediaDescription, 'bandwidthAs' | 'bandwidthTias'> {
  const value = (type: string): number | undefined => {
    const line = lines.find((candidate) => candidate.startsWith(`b=${type}:`));
    // Applications that reckon it write fractions, older ones -1 for no limit, as libwebrtc takes it.
    const whole = line === undefined ? null : /^(\d+)(?:\.\d*)?$/.exec(line.slice(type.length + 3));
    if (line !== undefined && whole === null) note('b= without a number');
    return whole === null ? undefined : Math.min(Number(whole[1]), 0x7fffffff);
  };
  const as = value('AS');
  const tias = value('TIAS');
  return { ...(as !== undefined && { bandwidthAs: as }), ...(tias !== undefined && { bandwidthTias: tias }) };
}

function parsePacketTimes(
  lines: readonly string[],
  note: Note,
): Pick<MediaDescription, 'ptime' | 'maxptime'> {
  const value = (name: string): number | undefined => {
    const text = attributeValues(lines, name)[0];
    if (text === undefined) return undefined;
    if (/^\d{1,4}$/.test(text)) return Number(text);
    note('a=ptime or a=maxptime without a number of ms');
    return undefined;
  };
  const ptime = value('ptime');
  const maxptime = value('maxptime');
  return { ...(ptime !== undefined && { ptime }), ...(maxptime !== undefined && { maxptime }) };
}

function parseSctp(section: MediaSection, grammar: GrammarMedia, note: Note): SctpDescription | undefined {
  const size = grammar.maxMessageSize;
  const maxMessageSize = size === undefined ? {} : { maxMessageSize: Math.min(Number(size), 0x7fffffff) };
  // The older form (draft-ietf-mmusic-sctp-sdp-05) has the port as format, and a map that only says again what for.
  const legacy = grammar.sctpPort === undefined;
  const port = parsePort(String(grammar.sctpPort ?? section.formats[0]));
  if (grammar.sctpPort !== undefined && port === undefined) note('a=sctp-port out of range');
  return port === undefined ? undefined : { port, ...maxMessageSize, legacy };
}

function parseBundleGroups(groups: readonly string[], media: readonly MediaDescription[]): string[][] {
  const mids = new Set(media.map(({ mid }) => mid));
  const grouped = new Set<string>();
  const result: string[][] = [];
  for (const group of groups) {
    const [semantics, ...members] = group.split(/ +/);
    if (semantics !== 'BUNDLE') continue;
    const known = members.filter((mid) => mids.has(mid) && !grouped.has(mid));
    for (const mid of known) grouped.add(mid);
    const unique = [...new Set(known)];
    if (unique.length > 0) result.push(unique);
  }
  return result;
}
