/** The payload types of an m-line with their `rtpmap`, `fmtp` and `rtcp-fb` lines. */

import { staticPayload } from './codecs.js';
import { type FormatParameters, NO_PARAMETERS, parseFormatParameters } from './fmtp.js';
import { boundedInteger, type MediaSection } from './lines.js';
import type { CodecFormat, PayloadFormat } from './model.js';
import type { Note } from './passed-over.js';
import { RecentResults } from './recent-results.js';

// As in the grammar that reads the other lines, and with any number of blanks.
const RTPMAP = /^a=rtpmap:(\d*)\s+([\w\-.]*)(?:\s*\/(\d*)(?:\s*\/(\S*))?)?/;
const FMTP = /^a=fmtp:(\d*)\s+([\S| ]*)/;
const RTCP_FB = /^a=rtcp-fb:(\*|\d*)\s+(?!trr-int \d*)([\w-]*)(?:\s+([\w-]*))?/;

const MAX_PAYLOAD_TYPE = 127;

/** What was read, and what was passed over. */
interface ReadFormats {
  readonly payloads: readonly PayloadFormat[];
  readonly notes: readonly string[];
}

/**
 * The formats of a browser's video have 70 lines and 2.5 kB, the same in all its offers: reading them takes longer than reading all the
 * rest of an offer, and what is read may as well be shared.
 */
const recent = new RecentResults<ReadFormats>(64, 8192);

/** Numbers that are no payload types, and formats without a usable `rtpmap` and without a static meaning are left out; the m-line keeps their numbers. */
export function parsePayloads(section: MediaSection, note: Note): readonly PayloadFormat[] {
  if (!/\bRTP\//.test(section.protocol)) return [];
  const text = [section.type, section.formats.join(' '), ...section.formatLines].join('\n');
  const { payloads, notes } = recent.get(text, () => {
    const notes: string[] = [];
    // Pieces of a text keep it alive: not the whole description, with its secrets.
    const formatLines = text.split('\n').slice(2);
    const read = readPayloads({ ...section, formatLines }, (reason) => notes.push(reason));
    return { payloads: Object.freeze(read.map((payload) => Object.freeze(payload))), notes };
  });
  for (const reason of notes) note(reason);
  return payloads;
}

function readPayloads(section: MediaSection, note: Note): PayloadFormat[] {
  const encodings = parseEncodings(section, note);
  const parameters = parseParameters(section, note);
  const feedback = parseFeedback(section, note);
  const payloads: PayloadFormat[] = [];
  for (const format of new Set(section.formats)) {
    const payloadType = boundedInteger(format, MAX_PAYLOAD_TYPE);
    if (payloadType === undefined) {
      note('a format that is no payload type');
      continue;
    }
    const encoding = encodings.get(payloadType) ?? staticPayload(section.type, payloadType);
    if (encoding === undefined) {
      note('a payload type without an a=rtpmap');
      continue;
    }
    payloads.push({
      payloadType,
      ...encoding,
      fmtp: parameters.get(payloadType) ?? NO_PARAMETERS,
      feedback: [...new Set([...(feedback.get(payloadType) ?? []), ...(feedback.get('*') ?? [])])],
    });
  }
  return payloads;
}

/** The first of repeated lines counts. */
function parseEncodings(
  { formatLines, type }: MediaSection,
  note: Note,
): Map<number, Omit<CodecFormat, 'fmtp'>> {
  const encodings = new Map<number, Omit<CodecFormat, 'fmtp'>>();
  for (const [, payload = '', name = '', rate, encoding] of matches(formatLines, 'a=rtpmap:', RTPMAP, note)) {
    const payloadType = boundedInteger(payload, MAX_PAYLOAD_TYPE);
    const clockRate = rate === undefined ? 0 : (boundedInteger(rate, 0x7fffffff) ?? 0);
    if (payloadType === undefined || name === '' || clockRate === 0 || encodings.has(payloadType)) {
      note('a=rtpmap, malformed, out of range or repeated');
      continue;
    }
    const channels = type === 'audio' ? channelsOf(name, encoding) : 1;
    encodings.set(payloadType, { name, clockRate, channels });
  }
  return encodings;
}

function matches(
  lines: readonly string[],
  prefix: string,
  expression: RegExp,
  note: Note,
): (string | undefined)[][] {
  const found: (string | undefined)[][] = [];
  for (const line of lines) {
    if (!line.startsWith(prefix)) continue;
    const match = expression.exec(line);
    if (match !== null) found.push(match);
    else if (!line.includes(' trr-int ')) note(`${prefix.slice(0, -1)}, malformed`);
  }
  return found;
}

/** Opus always has two channels (RFC 7587 7); GStreamer leaves them out when it sends mono, intercoms write 1. */
function channelsOf(name: string, encoding: string | undefined): number {
  const channels = encoding === undefined ? 1 : channelCount(encoding);
  return channels === 1 && name.toLowerCase() === 'opus' ? 2 : channels;
}

function channelCount(text: string): number {
  return Math.max(1, boundedInteger(text, 255) ?? 1);
}

function parseParameters({ formatLines }: MediaSection, note: Note): Map<number, FormatParameters> {
  const parameters = new Map<number, FormatParameters>();
  for (const [, payload = '', config = ''] of matches(formatLines, 'a=fmtp:', FMTP, note)) {
    const payloadType = boundedInteger(payload, MAX_PAYLOAD_TYPE);
    if (payloadType !== undefined && !parameters.has(payloadType))
      parameters.set(payloadType, parseFormatParameters(config));
    else note('a=fmtp, out of range or repeated');
  }
  return parameters;
}

function parseFeedback({ formatLines }: MediaSection, note: Note): Map<number | '*', string[]> {
  const feedback = new Map<number | '*', string[]>();
  for (const [, payload = '', type = '', subtype = ''] of matches(formatLines, 'a=rtcp-fb:', RTCP_FB, note)) {
    const key = payload === '*' ? '*' : boundedInteger(payload, MAX_PAYLOAD_TYPE);
    if (key === undefined) {
      note('a=rtcp-fb of no payload type');
      continue;
    }
    const value = subtype === '' ? type : `${type} ${subtype}`;
    const values = feedback.get(key);
    if (values === undefined) feedback.set(key, [value]);
    else values.push(value);
  }
  return feedback;
}
