/** ICE and DTLS attributes of the session level or of an m-line, and how m-lines inherit them. */

import type { SharedAttributes } from 'sdp-transform';
import { attributeValues } from './lines.js';
import type { Fingerprint, MediaDescription, Setup } from './model.js';
import type { Note } from './passed-over.js';

export interface SecurityAttributes {
  readonly iceUfrag?: string;
  readonly icePwd?: string;
  readonly iceOptions: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly setup?: Setup;
  /** Why nobody can connect by it. */
  readonly transportProblem?: string;
}

/** Bytes of the hashes of RFC 8122 section 5. MD2 and MD5 are forbidden there; SHA-1 is broken, and nobody has written SHA-224. */
const HASH_BYTES: ReadonlyMap<string, number> = new Map([
  ['sha-256', 32],
  ['sha-384', 48],
  ['sha-512', 64],
]);

/** Nothing is inherited in place of what is there and malformed. */
const MALFORMED = Symbol('malformed');

export function parseSecurity(
  lines: readonly string[],
  grammar: SharedAttributes,
  note: Note,
  inherited: SecurityAttributes = { iceOptions: [], fingerprints: [] },
): SecurityAttributes {
  const ownIce = grammar.iceUfrag !== undefined || grammar.icePwd !== undefined;
  const iceUfrag = ownIce ? credential(grammar.iceUfrag) : inherited.iceUfrag;
  const icePwd = ownIce ? credential(grammar.icePwd) : inherited.icePwd;
  const setup = parseSetup(grammar.setup, note) ?? inherited.setup;
  const fingerprintLines = attributeValues(lines, 'fingerprint');
  const own = fingerprintLines.length > 0;
  const fingerprints = own ? parseFingerprints(fingerprintLines, note) : inherited.fingerprints;
  const options = attributeValues(lines, 'ice-options');
  const problem =
    iceUfrag === MALFORMED || icePwd === MALFORMED
      ? 'its ICE credentials are malformed'
      : fingerprints === MALFORMED
        ? 'its DTLS fingerprint is malformed'
        : undefined;
  return {
    ...(iceUfrag !== undefined && iceUfrag !== MALFORMED && { iceUfrag }),
    ...(icePwd !== undefined && icePwd !== MALFORMED && { icePwd }),
    iceOptions:
      options.length > 0
        ? options.flatMap((value) => value.split(/ +/).filter(Boolean))
        : inherited.iceOptions,
    fingerprints: fingerprints === MALFORMED ? [] : fingerprints,
    ...(setup !== undefined && { setup }),
    ...(problem !== undefined && { transportProblem: problem }),
  };
}

function parseSetup(value: unknown, note: Note): Setup | undefined {
  const role = value === undefined ? undefined : String(value).toLowerCase();
  if (role === 'actpass' || role === 'active' || role === 'passive' || role === 'holdconn') return role;
  if (role !== undefined) note('a=setup of no known role');
  return undefined;
}

/**
 * Up to 256 characters (RFC 8839 section 5.4), more kinds of them than there because some stacks write them: even a colon, which parts
 * the two fragments of a STUN user name, does no harm in the peer's, as ours has none. The grammar turns digits into numbers, hence
 * `unknown`.
 */
function credential(value: unknown): string | undefined | typeof MALFORMED {
  if (value === undefined) return undefined;
  const text = String(value);
  return /^[!-~]{1,256}$/.test(text) ? text : MALFORMED;
}

/** Unknown hashes are left out: a peer may offer several (RFC 8122 section 5). `malformed` when there is no other of a known one. */
function parseFingerprints(values: readonly string[], note: Note): Fingerprint[] | typeof MALFORMED {
  const fingerprints: Fingerprint[] = [];
  let malformed = false;
  for (const value of values) {
    const [name, digest, ...rest] = value.split(/ +/);
    const algorithm = name!.toLowerCase();
    const bytes = HASH_BYTES.get(algorithm);
    const wellFormed =
      bytes !== undefined &&
      digest?.length === bytes * 3 - 1 &&
      /^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(digest) &&
      rest.length === 0;
    if (wellFormed) fingerprints.push({ algorithm, value: digest.toUpperCase() });
    else
      note(bytes === undefined ? 'a=fingerprint by an unknown or broken hash' : 'a=fingerprint, malformed');
    malformed ||= bytes !== undefined && !wellFormed;
  }
  return malformed && fingerprints.length === 0 ? MALFORMED : fingerprints;
}

/**
 * Gives bundled m-lines the transport attributes of their group's first m-line where they have none of their own
 * (RFC 9143 section 7.1.3: only the tagged m-line needs to carry them).
 */
export function inheritTransport(
  media: readonly MediaDescription[],
  bundleGroups: readonly (readonly string[])[],
): MediaDescription[] {
  const tagOf = new Map<string, MediaDescription>();
  for (const group of bundleGroups) {
    const tag = media.find((candidate) => candidate.mid === group[0]);
    if (tag !== undefined) for (const mid of group) tagOf.set(mid, tag);
  }
  return media.map((description) => {
    const tag = description.mid === undefined ? undefined : tagOf.get(description.mid);
    if (tag === undefined || tag === description) return description;
    const ice = description.iceUfrag === undefined && description.icePwd === undefined;
    return {
      ...description,
      ...(ice && tag.iceUfrag !== undefined && { iceUfrag: tag.iceUfrag }),
      ...(ice && tag.icePwd !== undefined && { icePwd: tag.icePwd }),
      ...(description.fingerprints.length === 0 && { fingerprints: tag.fingerprints }),
      ...(description.setup === undefined && tag.setup !== undefined && { setup: tag.setup }),
      rtcpMux: description.rtcpMux || (ice && tag.rtcpMux),
    };
  });
}
