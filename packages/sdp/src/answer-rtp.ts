/** What is taken of an offered audio or video m-line: codecs, extensions, direction, simulcast. */

import type { AnswerMedia } from './answer.js';
import { codecsCompatible, isAuxiliary, retransmittedPayloadType, sameName } from './codecs.js';
import { intersectDirections, readDirection, writeDirection } from './directions.js';
import { HeaderExtensionUri } from './extensions.js';
import type { FormatParameters } from './fmtp.js';
import { type CodecCapability, capabilityAccepts, type LocalSource, sourceDescription } from './local.js';
import type { CodecFormat, Direction, HeaderExtension, MediaDescription, PayloadFormat } from './model.js';
import { RecentResults } from './recent-results.js';
import { weakEntry } from './weak-entry.js';

/** The parts of an accepted m-line that differ from the common frame. */
export type AcceptedMedia = Partial<MediaDescription> & Pick<MediaDescription, 'formats'>;

/** The largest number of an extension in headers of one byte, and of two (RFC 8285 sections 4.2 and 4.3). */
const MAX_ONE_BYTE_ID = 14;
const MAX_TWO_BYTE_ID = 255;

/** The accepted part, or why there is none. */
export function acceptRtp(
  offered: MediaDescription,
  media: AnswerMedia,
  source: LocalSource,
  reducedSize: boolean,
  /** Whether the session allows header extensions of two bytes among those of one. */
  mixed: boolean,
): AcceptedMedia | string {
  const payloads = acceptPayloads(offered, media);
  if (!payloads.some(({ name }) => !isAuxiliary(name))) return 'no codec in common';
  const direction = writeDirection(intersectDirections(media.direction ?? 'sendrecv', offered.direction));
  const extensions = acceptExtensions(
    offered.extensions,
    media.extensions ?? [],
    mixed || offered.extmapAllowMixed === true ? MAX_TWO_BYTE_ID : MAX_ONE_BYTE_ID,
  );
  const rtx = payloads.some(({ name }) => sameName(name, 'rtx'));
  return {
    formats: payloads.map(({ payloadType }) => String(payloadType)),
    direction,
    rtcpReducedSize: reducedSize && offered.rtcpReducedSize,
    payloads,
    extensions,
    ...(offered.extmapAllowMixed && { extmapAllowMixed: true }),
    ...sourceDescription(source, direction, rtx),
    ...(media.simulcast && acceptSimulcast(offered, direction, extensions)),
    ...(media.bandwidthKbps !== undefined && { bandwidthAs: media.bandwidthKbps }),
  };
}

/** What was accepted of formats that others offered in the same words (see parse-payloads.ts), by what else it depends on. */
const accepted = new WeakMap<
  readonly PayloadFormat[],
  WeakMap<readonly CodecCapability[], RecentResults<readonly PayloadFormat[]>>
>();

function acceptPayloads(offered: MediaDescription, media: AnswerMedia): readonly PayloadFormat[] {
  const byCodecs = weakEntry(accepted, offered.payloads, () => new WeakMap());
  const results = weakEntry(byCodecs, media.codecs, () => new RecentResults(16, 1024));
  const { send } = readDirection(offered.direction);
  const preferred = (media.preferred ?? []).map(({ name, clockRate, channels, fmtp }) => [
    ...[name, clockRate, channels],
    ...fmtp,
  ]);
  return results.get(JSON.stringify([send, preferred]), () =>
    Object.freeze(choosePayloads(offered, media, send).map((payload) => Object.freeze(payload))),
  );
}

/** Each accepted codec is followed by its rtx format, as browsers write them. */
function choosePayloads(
  offered: MediaDescription,
  media: AnswerMedia,
  offererSends: boolean,
): PayloadFormat[] {
  const accepted: { payload: PayloadFormat; capability: CodecCapability }[] = [];
  for (const payload of offered.payloads) {
    if (sameName(payload.name, 'rtx') || !usableWithMux(payload.payloadType)) continue;
    const capability = media.codecs.find((candidate) => capabilityAccepts(candidate, payload));
    if (capability !== undefined) accepted.push({ payload, capability });
  }
  const numbers = new Set(accepted.map(({ payload }) => payload.payloadType));
  const rtxOf = new Map<number, PayloadFormat>();
  for (const payload of offered.payloads) {
    const original = retransmittedPayloadType(payload);
    if (original === undefined || rtxOf.has(original) || !usableWithMux(payload.payloadType)) continue;
    rtxOf.set(original, { ...payload, feedback: [] });
  }
  const fec = accepted.some(({ payload }) => sameName(payload.name, 'ulpfec'));
  // FEC among the video is for what comes from there.
  const isProtected = fec && offererSends;
  const complete = accepted.filter(({ payload }) => {
    if (sameName(payload.name, 'ulpfec')) return isProtected;
    if (!sameName(payload.name, 'red')) return true;
    return redComplete(payload, numbers) && (payload.clockRate !== 90000 || isProtected);
  });
  const ordered = orderByPreference(complete, media.preferred ?? []);
  return withMatchingEvents(ordered).flatMap(({ payload, capability }) => {
    const rtx = capability.rtx === true ? rtxOf.get(payload.payloadType) : undefined;
    const answered = answeredPayload(payload, capability);
    return rtx === undefined ? [answered] : [answered, rtx];
  });
}

/** RFC 5761 section 4: 64 to 95 look like RTCP when both share a port. */
function usableWithMux(payloadType: number): boolean {
  return payloadType < 64 || payloadType > 95;
}

/** RFC 2198 section 5: the formats that redundancy is made of are named in its `fmtp`. */
function redComplete({ fmtp }: PayloadFormat, numbers: ReadonlySet<number>): boolean {
  const list = [...fmtp.keys()][0];
  return list === undefined || list.split('/').every((number) => numbers.has(Number(number)));
}

function redundantFormat(
  { fmtp }: CodecFormat,
  entries: readonly { readonly payload: PayloadFormat }[],
): PayloadFormat | undefined {
  const [number] = [...fmtp.keys()][0]?.split('/') ?? [];
  return entries.find(({ payload }) => payload.payloadType === Number(number))?.payload;
}

function orderByPreference<Entry extends { readonly payload: PayloadFormat }>(
  entries: readonly Entry[],
  preferred: readonly CodecFormat[],
): Entry[] {
  const rankOf = (payload: CodecFormat): number => {
    const index = preferred.findIndex((wanted) => codecsCompatible(wanted, payload));
    return index < 0 ? preferred.length : index;
  };
  // Redundancy stays beside what it is made of: an offer that has it first wants it used.
  const rank = ({ payload }: Entry): number => {
    const content = sameName(payload.name, 'red') ? redundantFormat(payload, entries) : undefined;
    return rankOf(content ?? payload);
  };
  // sort() is stable: equal ranks stay in the offer's order.
  return [...entries].sort((a, b) => rank(a) - rank(b));
}

/**
 * Events have the clock of the audio (RFC 4733 section 2.1): where there is a format that has, it is the only one. Chromium
 * takes that with the lowest clock otherwise, and then counts durations in two clocks; phones take the wrong one of two. The first
 * format is audio: it is the one that many send.
 */
function withMatchingEvents<Entry extends { readonly payload: CodecFormat }>(
  entries: readonly Entry[],
): readonly Entry[] {
  const isEvent = ({ payload }: Entry): boolean => sameName(payload.name, 'telephone-event');
  const clockRate = entries.find(({ payload }) => !isAuxiliary(payload.name))?.payload.clockRate;
  const match = entries.find((entry) => isEvent(entry) && entry.payload.clockRate === clockRate);
  const usable =
    match === undefined ? entries : entries.filter((entry) => !isEvent(entry) || entry === match);
  if (usable[0] === undefined || !isEvent(usable[0])) return usable;
  return [...usable.filter((entry) => !isEvent(entry)), ...usable.filter(isEvent)];
}

function answeredPayload(offered: PayloadFormat, capability: CodecCapability): PayloadFormat {
  const supported = capability.feedback ?? [];
  return {
    ...offered,
    fmtp: withoutSenderProperties(offered.fmtp),
    feedback: offered.feedback.filter((value) => supported.includes(value)),
  };
}

/** `sprop-` parameters describe the offerer's own stream (RFC 6184 section 8.2.2, RFC 7587 section 7.1). */
function withoutSenderProperties(parameters: FormatParameters): FormatParameters {
  const isSender = (name: string): boolean => name.toLowerCase().startsWith('sprop-');
  if (![...parameters.keys()].some(isSender)) return parameters;
  return new Map([...parameters].filter(([name]) => !isSender(name)));
}

/** With the offer's numbers (RFC 8285 section 7). */
function acceptExtensions(
  offered: readonly HeaderExtension[],
  uris: readonly string[],
  maxId: number,
): HeaderExtension[] {
  return offered
    .filter(({ id, uri, direction }) => id <= maxId && direction !== 'inactive' && uris.includes(uri))
    .map(({ id, uri, direction }) => ({ id, uri, ...(direction && { direction: reversed(direction) }) }));
}

function reversed(direction: Direction): Direction {
  const { send, receive } = readDirection(direction);
  return writeDirection({ send: receive, receive: send });
}

/** RIDs can only be told apart when their header extension is negotiated (RFC 8853). */
function acceptSimulcast(
  offered: MediaDescription,
  direction: Direction,
  extensions: readonly HeaderExtension[],
): Pick<MediaDescription, 'rids' | 'simulcast'> | undefined {
  const known = new Set(offered.rids.filter((rid) => rid.direction === 'send').map(({ id }) => id));
  const receive = (offered.simulcast?.send ?? [])
    .map((alternatives) => alternatives.filter(({ rid }) => known.has(rid)).slice(0, 1))
    .filter((alternatives) => alternatives.length > 0);
  const tagged = extensions.some(({ uri }) => uri === HeaderExtensionUri.Rid);
  if (receive.length === 0 || !tagged || !readDirection(direction).receive) return undefined;
  const rids = new Set(receive.flatMap((alternatives) => alternatives.map(({ rid }) => rid)));
  return {
    rids: offered.rids.filter(({ id }) => rids.has(id)).map(({ id }) => ({ id, direction: 'recv' })),
    simulcast: { receive },
  };
}
