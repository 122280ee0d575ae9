/** The payload types of an m-line with their `rtpmap`, `fmtp` and `rtcp-fb` lines. */

import type { MediaDescription as GrammarMedia } from 'sdp-transform';
import { staticPayload } from './codecs.js';
import { type FormatParameters, NO_PARAMETERS, parseFormatParameters } from './fmtp.js';
import { boundedInteger, type MediaSection } from './lines.js';
import type { CodecFormat, PayloadFormat } from './model.js';

/** Formats without a usable `rtpmap` and without a static meaning are left out; the m-line keeps their numbers. */
export function parsePayloads(section: MediaSection, grammar: GrammarMedia): PayloadFormat[] {
  if (!/\bRTP\//.test(section.protocol)) return [];
  const encodings = parseEncodings(grammar, section.type);
  const parameters = parseParameters(grammar);
  const feedback = parseFeedback(grammar);
  const payloads: PayloadFormat[] = [];
  for (const format of new Set(section.formats)) {
    const payloadType = boundedInteger(format, 127, 'payload type');
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

/** The first of repeated lines counts. The grammar gives text where a number is missing or has leading zeros. */
function parseEncodings(grammar: GrammarMedia, kind: string): Map<number, Omit<CodecFormat, 'fmtp'>> {
  const encodings = new Map<number, Omit<CodecFormat, 'fmtp'>>();
  for (const { payload, codec, rate, encoding } of grammar.rtp) {
    const payloadType = boundedInteger(String(payload), 127, 'payload type');
    const clockRate = rate === undefined ? 0 : boundedInteger(String(rate), 0x7fffffff, 'clock rate');
    const name = String(codec);
    if (name === '' || clockRate === 0 || encodings.has(payloadType)) continue;
    const channels = kind === 'audio' && encoding !== undefined ? channelCount(String(encoding)) : 1;
    encodings.set(payloadType, { name, clockRate, channels });
  }
  return encodings;
}

function channelCount(text: string): number {
  return /^\d+$/.test(text) ? Math.max(1, boundedInteger(text, 255, 'channels')) : 1;
}

function parseParameters(grammar: GrammarMedia): Map<number, FormatParameters> {
  const parameters = new Map<number, FormatParameters>();
  for (const { payload, config } of grammar.fmtp) {
    const payloadType = boundedInteger(String(payload), 127, 'payload type');
    if (!parameters.has(payloadType)) parameters.set(payloadType, parseFormatParameters(String(config)));
  }
  return parameters;
}

function parseFeedback(grammar: GrammarMedia): Map<number | '*', string[]> {
  const feedback = new Map<number | '*', string[]>();
  for (const { payload, type, subtype } of grammar.rtcpFb ?? []) {
    const key = String(payload) === '*' ? '*' : boundedInteger(String(payload), 127, 'payload type');
    const value = subtype === undefined || subtype === '' ? String(type) : `${type} ${subtype}`;
    const values = feedback.get(key);
    if (values === undefined) feedback.set(key, [value]);
    else values.push(value);
  }
  return feedback;
}
