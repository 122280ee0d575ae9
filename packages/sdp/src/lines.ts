/** Splits a description into its lines and m-sections, and refuses what is no SDP before a grammar looks at it. */

import { SdpError } from './errors.js';
import type { PassedOver } from './passed-over.js';

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
  /** Those about single formats (`rtpmap`, `fmtp`, `rtcp-fb`): most of all, with nothing that is said elsewhere. */
  readonly formatLines: readonly string[];
  readonly lines: readonly string[];
  /** Why it can't be used; its port is 0 then. */
  readonly problem?: string;
}

export interface Sections {
  readonly session: readonly string[];
  readonly media: readonly MediaSection[];
  /** Those lines that the grammar is to read (the others are read here), as one text. */
  readonly text: string;
}

/** Attributes that are read by the grammar; its way through a long list of expressions is too slow for all lines. */
const GRAMMAR_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['setup', 'ice-ufrag', 'ice-pwd', 'sendrecv', 'sendonly', 'recvonly', 'inactive'],
  ...['rtcp-mux', 'rtcp-rsize', 'extmap', 'ssrc', 'ssrc-group', 'rid', 'simulcast'],
  ...['sctp-port', 'sctpmap', 'max-message-size'],
]);

const LINE = /^[a-z]=/;
// Tabs occur; every other control character has no place in SDP (RFC 8866 section 9).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: likewise, in many lines at once
const CONTROL_IN_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const MEDIA_LINE = /^m=([!-~]+)\s+(\d+)(?:\/\d+)?\s+([!-~]+)(?:\s+(.*))?$/;
const ATTRIBUTE_NAME = /^[ab]=[\w-]+:/;
const TOKEN = /^[!-~]+$/;
/** What is said by these is never passed over: in its place the session's, or a bundle's, would count. Their readers refuse it. */
const SECURITY = /^a=(?:ice-ufrag|ice-pwd|fingerprint|crypto):/;

export function splitSections(text: string, limits: SdpLimits, passedOver: PassedOver): Sections {
  if (text === '') throw new SdpError('EMPTY', 'no text');
  if (text.length > limits.maxBytes || Buffer.byteLength(text) > limits.maxBytes) {
    throw new SdpError('TOO_LARGE', `more than ${limits.maxBytes} bytes`);
  }
  const lines: string[] = [];
  let untyped = 0;
  for (const line of withoutFrame(text).split(/\r\n|\r|\n/)) {
    // Indented where it stands in a program's text. GStreamer reads it so, too, and passes over what has no type.
    const trimmed = line.trim();
    if (LINE.test(trimmed)) lines.push(withoutLeadingBlanks(trimmed));
    else if (trimmed !== '') untyped += 1;
  }
  if (lines.length > limits.maxLines) throw new SdpError('TOO_LARGE', `more than ${limits.maxLines} lines`);
  checkVersion(lines);
  for (; untyped > 0; untyped--) passedOver.of('session')('a line without a type');

  const forGrammar: string[] = [];
  const session: string[] = [];
  const media: (MediaSection & { lines: string[]; formatLines: string[] })[] = [];
  // Most texts have none, and then no line is looked at for itself.
  const suspicious = CONTROL_IN_LINES.test(text);
  for (const line of lines) {
    if (line.startsWith('m=')) {
      if (media.length >= limits.maxMedia) {
        throw new SdpError('TOO_LARGE', `more than ${limits.maxMedia} m-lines`);
      }
      media.push({ ...parseMediaLine(line), lines: [], formatLines: [] });
      // It is read here; to the grammar it says that a section begins.
      forGrammar.push('m=audio 0 RTP/AVP 0');
    } else if (suspicious && CONTROL.test(line) && !SECURITY.test(line)) {
      passedOver.of(media.length === 0 ? 'session' : media.length - 1)('a line with control characters');
    } else if (media.length > 0 && isOfFormat(line)) {
      media.at(-1)!.formatLines.push(line);
    } else {
      (media.at(-1)?.lines ?? session).push(line);
      if (isForGrammar(line)) forGrammar.push(line);
    }
  }
  return { session, media, text: `${forGrammar.join('\r\n')}\r\n` };
}

/** Without the mark that editors put before a text, and the zeros that C programs leave behind it. */
function withoutFrame(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end -= 1;
  return text.slice(text.charCodeAt(0) === 0xfeff ? 1 : 0, end);
}

/** `a=mid: 0` as `a=mid:0`: hand-written descriptions have it, and no value begins with a blank. */
function withoutLeadingBlanks(line: string): string {
  const colon = line.indexOf(':');
  const blank = colon > 0 && (line[colon + 1] === ' ' || line[colon + 1] === '\t');
  if (!blank || !ATTRIBUTE_NAME.test(line.slice(0, colon + 1))) return line;
  return line.slice(0, colon + 1) + line.slice(colon + 1).trimStart();
}

function isForGrammar(line: string): boolean {
  if (line.startsWith('s=')) return true;
  if (!line.startsWith('a=')) return false;
  const colon = line.indexOf(':');
  return GRAMMAR_ATTRIBUTES.has(colon < 0 ? line.slice(2) : line.slice(2, colon));
}

function isOfFormat(line: string): boolean {
  return line.startsWith('a=rtcp-fb:') || line.startsWith('a=rtpmap:') || line.startsWith('a=fmtp:');
}

/** Where the version is missing there must be media instead: it tells SDP from other texts. */
function checkVersion(lines: readonly string[]): void {
  const [first = ''] = lines;
  if (first.startsWith('v=') ? first !== 'v=0' : !lines.some((line) => line.startsWith('m=')))
    throw new SdpError('INVALID', 'the first line is not v=0');
}

/** One that is malformed keeps what can be read of it: it is to be rejected at its place (RFC 3264 section 6). */
function parseMediaLine(line: string): Omit<MediaSection, 'lines' | 'formatLines'> {
  const match = CONTROL.test(line) ? null : MEDIA_LINE.exec(line);
  if (match === null) {
    const [type = '', , protocol = '', ...formats] = line.slice(2).trim().split(/\s+/);
    return {
      type: TOKEN.test(type) ? type : 'unknown',
      port: 0,
      protocol: TOKEN.test(protocol) ? protocol : 'unknown',
      formats: formats.filter((format) => TOKEN.test(format)),
      problem: 'its m-line is malformed',
    };
  }
  const formats = match[4] === undefined ? [] : match[4].split(/\s+/).filter((format) => format !== '');
  const port = parsePort(match[2]!);
  const section = { type: match[1]!, port: port ?? 0, protocol: match[3]!, formats };
  return port === undefined ? { ...section, problem: 'its port is out of range' } : section;
}

export function parsePort(text: string): number | undefined {
  return boundedInteger(text, 0xffff);
}

/** A decimal number of at most `maximum`. */
export function boundedInteger(text: string, maximum: number): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value <= maximum ? value : undefined;
}

/** The values of all `a=NAME:` lines of a section. */
export function attributeValues(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length).trim());
}

export function hasFlag(lines: readonly string[], name: string): boolean {
  return lines.includes(`a=${name}`);
}
