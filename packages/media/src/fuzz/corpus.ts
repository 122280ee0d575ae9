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

/** Those without ICE and DTLS, and what phones write with keys. */
export function rtpDescriptions(): string[] {
  const key = Buffer.alloc(30, 5).toString('base64');
  const phone = [
    'v=0\no=phone 1 2 IN IP4 192.0.2.7\ns=-\nc=IN IP4 192.0.2.7\nt=0 0\nm=audio 4000 RTP/SAVP 0 8 101',
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^48 WSH=128`,
    `a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:${key}|2^20|1:4`,
    `a=crypto:3 AES_256_CM_HMAC_SHA1_80 inline:${Buffer.alloc(46, 6).toString('base64')}`,
    'a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=ptime:20\na=sendonly\na=rtcp:4001 IN IP4 192.0.2.8\n',
  ].join('\n');
  return [...descriptions().filter((text) => /^m=\w+ \d+ RTP\//m.test(text)), phone].map((text) =>
    text.replace(/\r?\n/g, '\r\n'),
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
