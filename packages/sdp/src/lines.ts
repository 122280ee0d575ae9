/** Splits a description into its lines and m-sections, and refuses what is no SDP before a grammar looks at it. */

import { SdpError } from './errors.js';

/** Bounds on what a peer may send; over them the text is `TOO_LARGE`. */
export interface SdpLimits {
  /** UTF-8 bytes of the whole text. */
  readonly maxBytes: number;
  readonly maxLines: number;
  /** m-lines. */
  readonly maxMedia: number;
}

/** A browser's offer of two m-lines has about 7 kB and 200 lines, one of fifty m-lines 150 kB and 5000 lines. */
export const DEFAULT_LIMITS: SdpLimits = { maxBytes: 256 * 1024, maxLines: 8192, maxMedia: 128 };

export interface MediaSection {
  readonly type: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly lines: readonly string[];
}

export interface Sections {
  readonly session: readonly string[];
  readonly media: readonly MediaSection[];
  /** Those lines that the grammar is to read (the others are read here), as one text. */
  readonly text: string;
}

/** Attributes that are read by the grammar; its way through a long list of expressions is too slow for all lines. */
const GRAMMAR_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['mid', 'setup', 'ice-ufrag', 'ice-pwd', 'sendrecv', 'sendonly', 'recvonly', 'inactive'],
  ...['rtcp-mux', 'rtcp-rsize', 'extmap', 'ssrc', 'ssrc-group', 'rid', 'simulcast'],
  ...['sctp-port', 'sctpmap', 'max-message-size'],
]);

const LINE = /^[a-z]=/;
// Tabs occur; every other control character has no place in SDP (RFC 8866 section 9).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;
const MEDIA_LINE = /^m=([!-~]+) (\d+)(?:\/\d+)? ([!-~]+)(?: +(.*))?$/;

export function splitSections(text: string, limits: SdpLimits): Sections {
  if (text === '') throw new SdpError('EMPTY', 'no text');
  if (text.length > limits.maxBytes || Buffer.byteLength(text) > limits.maxBytes) {
    throw new SdpError('TOO_LARGE', `more than ${limits.maxBytes} bytes`);
  }
  const lines: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const trimmed = line.trimEnd();
    if (trimmed !== '') lines.push(trimmed);
  }
  if (lines.length > limits.maxLines) throw new SdpError('TOO_LARGE', `more than ${limits.maxLines} lines`);
  if (lines[0] !== 'v=0') throw new SdpError('INVALID', 'the first line is not v=0');

  const forGrammar: string[] = [];
  const session: string[] = [];
  const media: (MediaSection & { lines: string[] })[] = [];
  for (const line of lines) {
    if (!LINE.test(line)) throw new SdpError('INVALID', 'a line has no type');
    if (CONTROL.test(line)) throw new SdpError('INVALID', 'a line holds control characters');
    if (line.startsWith('m=')) {
      if (media.length >= limits.maxMedia) {
        throw new SdpError('TOO_LARGE', `more than ${limits.maxMedia} m-lines`);
      }
      media.push({ ...parseMediaLine(line), lines: [] });
      forGrammar.push(line);
    } else {
      (media.at(-1)?.lines ?? session).push(line);
      if (isForGrammar(line)) forGrammar.push(line);
    }
  }
  return { session, media, text: `${forGrammar.join('\r\n')}\r\n` };
}

function isForGrammar(line: string): boolean {
  if (line.startsWith('s=')) return true;
  if (!line.startsWith('a=')) return false;
  const colon = line.indexOf(':');
  return GRAMMAR_ATTRIBUTES.has(colon < 0 ? line.slice(2) : line.slice(2, colon));
}

function parseMediaLine(line: string): Omit<MediaSection, 'lines'> {
  const match = MEDIA_LINE.exec(line);
  if (match === null) throw new SdpError('INVALID', 'malformed m-line');
  const formats = match[4] === undefined ? [] : match[4].split(/ +/).filter((format) => format !== '');
  return { type: match[1]!, port: parsePort(match[2]!), protocol: match[3]!, formats };
}

export function parsePort(text: string): number {
  return boundedInteger(text, 0xffff, 'port');
}

/** A decimal number of at most `maximum`, or `INVALID`. */
export function boundedInteger(text: string, maximum: number, what: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= maximum)) throw new SdpError('INVALID', `${what} out of range`);
  return value;
}

/** The values of all `a=NAME:` lines of a section. */
export function attributeValues(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length).trim());
}

export function hasFlag(lines: readonly string[], name: string): boolean {
  return lines.includes(`a=${name}`);
}
