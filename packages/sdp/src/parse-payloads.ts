/** The payload types of an m-line with their `rtpmap`, `fmtp` and `rtcp-fb` lines. */

import { staticPayload } from './codecs.js';
import { type FormatParameters, NO_PARAMETERS, parseFormatParameters } from './fmtp.js';
import { boundedInteger, type MediaSection } from './lines.js';
import type { CodecFormat, PayloadFormat } from './model.js';

// As in the grammar that reads the other lines, and with any number of blanks.
const RTPMAP = /^a=rtpmap:(\d*)\s+([\w\-.]*)(?:\s*\/(\d*)(?:\s*\/(\S*))?)?/;
const FMTP = /^a=fmtp:(\d*)\s+([\S| ]*)/;
const RTCP_FB = /^a=rtcp-fb:(\*|\d*)\s+(?!trr-int \d*)([\w-]*)(?:\s+([\w-]*))?/;

const MAX_PAYLOAD_TYPE = 127;

/** Numbers that are no payload types, and formats without a usable `rtpmap` and without a static meaning are left out; the m-line keeps their numbers. */
export function parsePayloads(section: MediaSection): PayloadFormat[] {
  if (!/\bRTP\//.test(section.protocol)) return [];
  const encodings = parseEncodings(section);
  const parameters = parseParameters(section);
  const feedback = parseFeedback(section);
  const payloads: PayloadFormat[] = [];
  for (const format of new Set(section.formats)) {
    const payloadType = boundedInteger(format, MAX_PAYLOAD_TYPE);
    if (payloadType === undefined) continue;
    const encoding = encodings.get(payloadType) ?? staticPayload(section.type, payloadType);
    if (encoding === undefined) continue;
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
function parseEncodings({ lines, type }: MediaSection): Map<number, Omit<CodecFormat, 'fmtp'>> {
  const encodings = new Map<number, Omit<CodecFormat, 'fmtp'>>();
  for (const [, payload = '', name = '', rate, encoding] of matches(lines, 'a=rtpmap:', RTPMAP)) {
    const payloadType = boundedInteger(payload, MAX_PAYLOAD_TYPE);
    const clockRate = rate === undefined ? 0 : (boundedInteger(rate, 0x7fffffff) ?? 0);
    if (payloadType === undefined || name === '' || clockRate === 0 || encodings.has(payloadType)) continue;
    const channels = type === 'audio' ? channelsOf(name, encoding) : 1;
    encodings.set(payloadType, { name, clockRate, channels });
  }
  return encodings;
}

function matches(lines: readonly string[], prefix: string, expression: RegExp): (string | undefined)[][] {
  const found: (string | undefined)[][] = [];
  for (const line of lines) {
    const match = line.startsWith(prefix) ? expression.exec(line) : null;
    if (match !== null) found.push(match);
  }
  return found;
}

/** Opus always has two channels (RFC 7587 7); GStreamer leaves them out when it sends mono. */
function channelsOf(name: string, encoding: string | undefined): number {
  if (encoding !== undefined) return channelCount(encoding);
  return name.toLowerCase() === 'opus' ? 2 : 1;
}

function channelCount(text: string): number {
  return Math.max(1, boundedInteger(text, 255) ?? 1);
}

function parseParameters({ lines }: MediaSection): Map<number, FormatParameters> {
  const parameters = new Map<number, FormatParameters>();
  for (const [, payload = '', config = ''] of matches(lines, 'a=fmtp:', FMTP)) {
    const payloadType = boundedInteger(payload, MAX_PAYLOAD_TYPE);
    if (payloadType !== undefined && !parameters.has(payloadType))
      parameters.set(payloadType, parseFormatParameters(config));
  }
  return parameters;
}

function parseFeedback({ lines }: MediaSection): Map<number | '*', string[]> {
  const feedback = new Map<number | '*', string[]>();
  for (const [, payload = '', type = '', subtype = ''] of matches(lines, 'a=rtcp-fb:', RTCP_FB)) {
    const key = payload === '*' ? '*' : boundedInteger(payload, MAX_PAYLOAD_TYPE);
    if (key === undefined) continue;
    const value = subtype === '' ? type : `${type} ${subtype}`;
    const values = feedback.get(key);
    if (values === undefined) feedback.set(key, [value]);
    else values.push(value);
  }
  return feedback;
}
