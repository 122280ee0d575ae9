/** ICE and DTLS attributes of the session level or of an m-line, and how m-lines inherit them. */

import type { SharedAttributes } from 'sdp-transform';
import { SdpError } from './errors.js';
import { attributeValues } from './lines.js';
import type { Fingerprint, MediaDescription, Setup } from './model.js';

export interface SecurityAttributes {
  readonly iceUfrag?: string;
  readonly icePwd?: string;
  readonly iceOptions: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly setup?: Setup;
}

/** Bytes of the hashes of RFC 8122 section 5. MD2 and MD5 are forbidden there; SHA-1 is broken, and nobody has written SHA-224. */
const HASH_BYTES: ReadonlyMap<string, number> = new Map([
  ['sha-256', 32],
  ['sha-384', 48],
  ['sha-512', 64],
]);

export function parseSecurity(
  lines: readonly string[],
  grammar: SharedAttributes,
  inherited: SecurityAttributes = { iceOptions: [], fingerprints: [] },
): SecurityAttributes {
  const ownIce = grammar.iceUfrag !== undefined || grammar.icePwd !== undefined;
  const iceUfrag = ownIce ? credential(grammar.iceUfrag) : inherited.iceUfrag;
  const icePwd = ownIce ? credential(grammar.icePwd) : inherited.icePwd;
  const setup = isSetup(grammar.setup) ? grammar.setup : inherited.setup;
  const fingerprintLines = attributeValues(lines, 'fingerprint');
  const options = attributeValues(lines, 'ice-options');
  return {
    ...(iceUfrag !== undefined && { iceUfrag }),
    ...(icePwd !== undefined && { icePwd }),
    iceOptions:
      options.length > 0
        ? options.flatMap((value) => value.split(/ +/).filter(Boolean))
        : inherited.iceOptions,
    fingerprints: fingerprintLines.length > 0 ? parseFingerprints(fingerprintLines) : inherited.fingerprints,
    ...(setup !== undefined && { setup }),
  };
}

function isSetup(text: string | undefined): text is Setup {
  return text === 'actpass' || text === 'active' || text === 'passive' || text === 'holdconn';
}

/**
 * Up to 256 characters (RFC 8839 section 5.4), more kinds of them than there because some stacks write them; no colon,
 * which parts the two ufrags of a STUN user name. The grammar turns digits into numbers, hence `unknown`.
 */
function credential(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = String(value);
  if (!/^[!-9;-~]{1,256}$/.test(text)) throw new SdpError('INVALID', 'malformed ICE credential');
  return text;
}

/** Unknown hashes are left out: a peer may offer several (RFC 8122 section 5). */
function parseFingerprints(values: readonly string[]): Fingerprint[] {
  const fingerprints: Fingerprint[] = [];
  for (const value of values) {
    const [name, digest, ...rest] = value.split(/ +/);
    const algorithm = name!.toLowerCase();
    const bytes = HASH_BYTES.get(algorithm);
    if (bytes === undefined) continue;
    const wellFormed =
      digest !== undefined && digest.length === bytes * 3 - 1 && /^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(digest);
    if (!wellFormed || rest.length > 0) throw new SdpError('INVALID', 'malformed fingerprint');
    fingerprints.push({ algorithm, value: digest.toUpperCase() });
  }
  return fingerprints;
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
