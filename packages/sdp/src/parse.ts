/**
 * Text to {@link SessionDescription}. The grammar of most lines is sdp-transform's, ranges and meaning are checked here. Refused
 * is what is no SDP, and what would connect to somebody else (credentials, fingerprints, mids that stand for two m-lines). Any
 * other line that makes no sense is passed over, like one that is not known; where it is missed its m-line alone is rejected.
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
 * @throws {SdpError} and nothing else
 */
export function parseSessionDescription(text: string, limits: Partial<SdpLimits> = {}): SessionDescription {
  const sections = splitSections(text, { ...DEFAULT_LIMITS, ...limits });
  const grammar = parse(sections.text);
  const inherited: Inherited = {
    security: parseSecurity(sections.session, grammar),
    direction: grammar.direction,
    connection: parseConnection(sections.session) ?? undefined,
    extensions: grammar.ext,
    endOfCandidates: hasFlag(sections.session, 'end-of-candidates'),
  };
  const media = sections.media.map((section, index) => parseMedia(section, grammar.media[index]!, inherited));
  const bundleGroups = parseBundleGroups(attributeValues(sections.session, 'group'), media);
  const msidSemantic = attributeValues(sections.session, 'msid-semantic')[0];
  return {
    origin: parseOrigin(sections.session),
    name: grammar.name === undefined ? '' : String(grammar.name),
    ...(inherited.connection && { connection: inherited.connection }),
    bundleGroups,
    extmapAllowMixed: hasFlag(sections.session, 'extmap-allow-mixed'),
    ...(msidSemantic !== undefined && { msidSemantic }),
    iceLite: hasFlag(sections.session, 'ice-lite'),
    media: inheritTransport(media, bundleGroups),
  };
}

function parseMedia(section: MediaSection, grammar: GrammarMedia, inherited: Inherited): MediaDescription {
  const { lines } = section;
  const kind = mediaKind(section.type);
  const mid = attributeValues(lines, 'mid')[0]?.split(/\s+/)[0];
  const rtcp = parseRtcp(lines);
  const own = parseConnection(lines);
  const connection = own === undefined ? inherited.connection : own;
  const simulcast = parseSimulcast(grammar.simulcast);
  const sctp = kind === 'application' ? parseSctp(section, grammar) : undefined;
  const ssrcs = parseSsrcs(grammar.ssrcs ?? []);
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
    payloads: parsePayloads(section),
    extensions: parseExtensions([...(grammar.ext ?? []), ...(inherited.extensions ?? [])]),
    ...(hasFlag(lines, 'extmap-allow-mixed') && { extmapAllowMixed: true as const }),
    ssrcs,
    ssrcGroups: parseSsrcGroups(grammar.ssrcGroups ?? []),
    msids: parseMsids(attributeValues(lines, 'msid')),
    rids: parseRids(grammar.rids ?? []),
    ...(simulcast && { simulcast }),
    ...parseSecurity(lines, grammar, inherited.security),
    candidates: attributeValues(lines, 'candidate').map((value) => `candidate:${value}`),
    endOfCandidates: inherited.endOfCandidates || hasFlag(lines, 'end-of-candidates'),
    ...parseBandwidth(lines),
    ...parsePacketTimes(lines),
    ...parseCryptos(lines),
    ...(sctp && { sctp }),
  };
}

function mediaKind(type: string): MediaDescription['kind'] {
  return type === 'audio' || type === 'video' || type === 'application' ? type : 'other';
}

/** Nobody connects by it, so that odd ones are taken: with blanks in the name, or with none. */
function parseOrigin(session: readonly string[]): Origin {
  const line = session.find((candidate) => candidate.startsWith('o='));
  if (line === undefined) throw new SdpError('INVALID', 'no o= line');
  const fields = line.slice(2).trim().split(/\s+/);
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
function parseConnection(lines: readonly string[]): NetworkAddress | null | undefined {
  const line = lines.find((candidate) => candidate.startsWith('c='));
  if (line === undefined) return undefined;
  const match = /^c=\s*IN\s+IP([46])\s+(\S+)$/i.exec(line);
  if (match === null) return null;
  return { family: match[1] === '6' ? 6 : 4, address: match[2]! };
}

function parseRtcp(lines: readonly string[]): MediaDescription['rtcp'] {
  const value = attributeValues(lines, 'rtcp')[0];
  const match = value === undefined ? null : /^(\d+)(?:\s+IN\s+IP([46])\s+(\S+))?$/i.exec(value);
  const port = match === null ? undefined : parsePort(match[1]!);
  if (match === null || port === undefined) return undefined;
  if (match[3] === undefined) return { port };
  return { port, address: { family: match[2] === '6' ? 6 : 4, address: match[3] } };
}

function parseBandwidth(lines: readonly string[]): Pick<MediaDescription, 'bandwidthAs' | 'bandwidthTias'> {
  const value = (type: string): number | undefined => {
    const line = lines.find((candidate) => candidate.startsWith(`b=${type}:`));
    // Applications that reckon it write fractions, older ones -1 for no limit, as libwebrtc takes it.
    const whole = line === undefined ? null : /^(\d+)(?:\.\d*)?$/.exec(line.slice(type.length + 3));
    return whole === null ? undefined : Math.min(Number(whole[1]), 0x7fffffff);
  };
  const as = value('AS');
  const tias = value('TIAS');
  return { ...(as !== undefined && { bandwidthAs: as }), ...(tias !== undefined && { bandwidthTias: tias }) };
}

function parsePacketTimes(lines: readonly string[]): Pick<MediaDescription, 'ptime' | 'maxptime'> {
  const value = (name: string): number | undefined => {
    const text = attributeValues(lines, name)[0];
    return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : undefined;
  };
  const ptime = value('ptime');
  const maxptime = value('maxptime');
  return { ...(ptime !== undefined && { ptime }), ...(maxptime !== undefined && { maxptime }) };
}

function parseSctp(section: MediaSection, grammar: GrammarMedia): SctpDescription | undefined {
  const size = grammar.maxMessageSize;
  const maxMessageSize = size === undefined ? {} : { maxMessageSize: Math.min(Number(size), 0x7fffffff) };
  // The older form (draft-ietf-mmusic-sctp-sdp-05) has the port as format, and a map that only says again what for.
  const legacy = grammar.sctpPort === undefined;
  const port = parsePort(String(grammar.sctpPort ?? section.formats[0]));
  return port === undefined ? undefined : { port, ...maxMessageSize, legacy };
}

function parseBundleGroups(groups: readonly string[], media: readonly MediaDescription[]): string[][] {
  const mids = new Set<string>();
  for (const { mid } of media) {
    if (mid === undefined) continue;
    // RFC 5888 section 4.
    if (mids.has(mid)) throw new SdpError('INVALID', 'two m-lines have the same mid');
    mids.add(mid);
  }
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
