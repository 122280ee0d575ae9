/** Sources of an m-line: SSRCs and their groups, msid, RIDs, simulcast, header extensions. */

import { type MediaAttributes, parseSimulcastStreamList, type SharedAttributes } from 'sdp-transform';
import { boundedInteger } from './lines.js';
import type {
  Direction,
  HeaderExtension,
  Msid,
  Rid,
  Simulcast,
  SimulcastStream,
  SsrcDescription,
  SsrcGroup,
} from './model.js';
import type { Note } from './passed-over.js';

const ENCRYPTED = 'urn:ietf:params:rtp-hdrext:encrypt';

export function parseSsrcs(lines: NonNullable<MediaAttributes['ssrcs']>, note: Note): SsrcDescription[] {
  const sources = new Map<number, { ssrc: number; cname?: string; msid?: Msid }>();
  for (const { id, attribute, value } of lines) {
    const ssrc = parseSsrc(id);
    if (ssrc === undefined) {
      note('a=ssrc out of range');
      continue;
    }
    const source = sources.get(ssrc) ?? { ssrc };
    sources.set(ssrc, source);
    if (value === undefined) continue;
    if (attribute === 'cname') source.cname = String(value);
    if (attribute === 'msid') {
      const msid = parseMsid(String(value));
      if (msid !== undefined) source.msid = msid;
    }
  }
  return [...sources.values()];
}

export function parseSsrcGroups(lines: NonNullable<MediaAttributes['ssrcGroups']>, note: Note): SsrcGroup[] {
  return lines
    .map(({ semantics, ssrcs: text }) => {
      const ssrcs = String(text).split(' ').filter(Boolean).map(parseSsrc);
      // Of a group its order tells who is what: one without all of its members says nothing.
      const known = ssrcs.filter((ssrc) => ssrc !== undefined);
      if (known.length < ssrcs.length) note('a=ssrc-group with an SSRC out of range');
      return { semantics: String(semantics), ssrcs: known.length === ssrcs.length ? known : [] };
    })
    .filter((group) => group.ssrcs.length > 0);
}

function parseSsrc(value: unknown): number | undefined {
  return boundedInteger(String(value), 0xffffffff);
}

export function parseMsids(values: readonly string[]): Msid[] {
  return values.map(parseMsid).filter((msid) => msid !== undefined);
}

/** RFC 8830 section 2: `stream track`, where the stream `-` means none. */
function parseMsid(value: string): Msid | undefined {
  const [stream, track] = value.split(/ +/);
  if (stream === undefined || stream === '') return undefined;
  return track === undefined || track === '' ? { stream } : { stream, track };
}

export function parseRids(lines: NonNullable<MediaAttributes['rids']>): Rid[] {
  const rids = new Map<string, Rid>();
  for (const { id, direction, params } of lines) {
    if (direction !== 'send' && direction !== 'recv') continue;
    const name = String(id);
    if (!rids.has(name))
      rids.set(name, { id: name, direction, ...(params && { parameters: String(params) }) });
  }
  return [...rids.values()];
}

export function parseSimulcast(line: MediaAttributes['simulcast']): Simulcast | undefined {
  if (line === undefined) return undefined;
  const lists = {
    [line.dir1]: streamLists(line.list1),
    ...(line.dir2 && { [line.dir2]: streamLists(line.list2 ?? '') }),
  };
  return { ...(lists.send && { send: lists.send }), ...(lists.recv && { receive: lists.recv }) };
}

function streamLists(text: string): SimulcastStream[][] {
  return parseSimulcastStreamList(String(text))
    .map((alternatives) =>
      alternatives
        .map(({ scid, paused }) => ({ rid: String(scid), paused }))
        .filter(({ rid }) => rid !== '' && rid !== 'undefined'),
    )
    .filter((alternatives) => alternatives.length > 0);
}

/** Encrypted extensions (RFC 6904), numbers out of range and repeated ids or URIs are left out; the m-line's own lines come first. */
export function parseExtensions(lines: NonNullable<SharedAttributes['ext']>, note: Note): HeaderExtension[] {
  const extensions: HeaderExtension[] = [];
  for (const { value, uri, direction, 'encrypt-uri': encryption } of lines) {
    // RFC 8285 section 7: 4096 to 4351 are provisional numbers of offers.
    const id = boundedInteger(String(value), 4351);
    if (encryption === ENCRYPTED) continue;
    if (id === undefined || id === 0 || uri === undefined || uri === '') {
      note('a=extmap, malformed or out of range');
      continue;
    }
    if (extensions.some((known) => known.id === id || known.uri === uri)) continue;
    extensions.push({ id, uri: String(uri), ...(isDirection(direction) && { direction }) });
  }
  return extensions;
}

function isDirection(text: string | undefined): text is Direction {
  return text === 'sendrecv' || text === 'sendonly' || text === 'recvonly' || text === 'inactive';
}
