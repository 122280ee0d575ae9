import { readdirSync, readFileSync } from 'node:fs';

/** Compiled code finds them beside the sources. */
export const CORPUS = new URL('../../src/fuzz/fixtures/', import.meta.url);
const DESCRIPTIONS = new URL('../../../sdp/fixtures/', import.meta.url);

/** Samples of a file with a line "name hex" for each. */
export function samples(name: string): Uint8Array[] {
  const lines = readFileSync(new URL(`${name}.hex`, CORPUS), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => Uint8Array.from(Buffer.from(line.slice(line.indexOf(' ') + 1), 'hex')));
}

/** The recorded descriptions of packages/sdp. */
export function descriptions(): string[] {
  return ['kurento', 'peers'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, DESCRIPTIONS)).map((file) =>
      readFileSync(new URL(`${folder}/${file}`, DESCRIPTIONS), 'utf8'),
    ),
  );
}

/** Candidate lines of these descriptions, and some that are not there. */
export function candidateLines(): string[] {
  const found = descriptions().flatMap((text) =>
    [...text.matchAll(/^a=(candidate:.*?)\r?$/gm)].map(([, line]) => line!),
  );
  return [
    ...new Set(found),
    'candidate:1 1 udp 2122260223 01234567-89ab-cdef-0123-456789abcdef.local 50000 typ host generation 0',
    'candidate:2 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 network-id 1',
    'candidate:3 2 UDP 41885439 2001:db8::1 65535 typ relay raddr 192.0.2.2 rport 5000 ufrag abcd network-cost 10',
  ];
}
