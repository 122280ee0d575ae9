/** {@link SessionDescription} to text, in the order of lines that Kurento writes; CRLF line ends. */

import { formatCrypto } from './crypto.js';
import { formatParametersText } from './fmtp.js';
import type {
  HeaderExtension,
  MediaDescription,
  Msid,
  NetworkAddress,
  SessionDescription,
  Simulcast,
  SimulcastStream,
} from './model.js';

export function formatSessionDescription(description: SessionDescription): string {
  const { origin } = description;
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} ${addressText(origin)}`,
    `s=${description.name === '' ? '-' : description.name}`,
  ];
  if (description.connection) lines.push(`c=${addressText(description.connection)}`);
  lines.push('t=0 0');
  if (description.iceLite) lines.push('a=ice-lite');
  if (description.extmapAllowMixed) lines.push('a=extmap-allow-mixed');
  if (description.msidSemantic !== undefined) lines.push(`a=msid-semantic: ${description.msidSemantic}`);
  for (const group of description.bundleGroups) lines.push(`a=group:BUNDLE ${group.join(' ')}`);
  for (const media of description.media) lines.push(...mediaLines(media));
  return `${lines.join('\r\n')}\r\n`;
}

function mediaLines(media: MediaDescription): string[] {
  return [
    `m=${[media.type, media.port, media.protocol, ...media.formats].join(' ')}`,
    ...(media.connection ? [`c=${addressText(media.connection)}`] : []),
    ...(media.bandwidthAs === undefined ? [] : [`b=AS:${media.bandwidthAs}`]),
    ...(media.bandwidthTias === undefined ? [] : [`b=TIAS:${media.bandwidthTias}`]),
    ...attributes(media).map((attribute) => `a=${attribute}`),
  ];
}

function attributes(media: MediaDescription): string[] {
  const lines = media.extensions.map(extensionText);
  if (media.extmapAllowMixed === true) lines.push('extmap-allow-mixed');
  lines.push(...(media.cryptos ?? []).map(formatCrypto));
  // A data channel has no direction (RFC 8841); a rejected one is written like the others.
  if (media.kind !== 'application' || media.direction !== 'sendrecv') lines.push(media.direction);
  if (media.mid !== undefined) lines.push(`mid:${media.mid}`);
  lines.push(...media.msids.map((msid) => `msid:${msidText(msid)}`));
  if (media.rtcp) lines.push(rtcpText(media.rtcp));
  lines.push(...sctpLines(media));
  lines.push(...payloadLines(media));
  if (media.ptime !== undefined) lines.push(`ptime:${media.ptime}`);
  if (media.maxptime !== undefined) lines.push(`maxptime:${media.maxptime}`);
  if (media.rtcpMux) lines.push('rtcp-mux');
  if (media.rtcpReducedSize) lines.push('rtcp-rsize');
  if (media.bundleOnly) lines.push('bundle-only');
  lines.push(...sourceLines(media), ...transportLines(media));
  return lines;
}

function payloadLines({ payloads }: MediaDescription): string[] {
  return [
    ...payloads.map((payload) => {
      const channels = payload.channels > 1 ? `/${payload.channels}` : '';
      return `rtpmap:${payload.payloadType} ${payload.name}/${payload.clockRate}${channels}`;
    }),
    ...payloads.flatMap((payload) =>
      payload.feedback.map((value) => `rtcp-fb:${payload.payloadType} ${value}`),
    ),
    ...payloads
      .filter((payload) => payload.fmtp.size > 0)
      .map((payload) => `fmtp:${payload.payloadType} ${formatParametersText(payload.fmtp)}`),
  ];
}

function sourceLines(media: MediaDescription): string[] {
  return [
    ...media.ssrcGroups.map(({ semantics, ssrcs }) => `ssrc-group:${semantics} ${ssrcs.join(' ')}`),
    ...media.ssrcs.flatMap(({ ssrc, cname, msid }) => [
      ...(cname === undefined ? [] : [`ssrc:${ssrc} cname:${cname}`]),
      ...(msid === undefined ? [] : [`ssrc:${ssrc} msid:${msidText(msid)}`]),
    ]),
    ...media.rids.map((rid) => `rid:${rid.id} ${rid.direction}${rid.parameters ? ` ${rid.parameters}` : ''}`),
    ...(media.simulcast ? [simulcastText(media.simulcast)] : []),
  ];
}

function transportLines(media: MediaDescription): string[] {
  const lines: string[] = [];
  if (media.setup !== undefined) lines.push(`setup:${media.setup}`);
  if (media.iceUfrag !== undefined) lines.push(`ice-ufrag:${media.iceUfrag}`);
  if (media.icePwd !== undefined) lines.push(`ice-pwd:${media.icePwd}`);
  if (media.iceOptions.length > 0) lines.push(`ice-options:${media.iceOptions.join(' ')}`);
  lines.push(...media.fingerprints.map(({ algorithm, value }) => `fingerprint:${algorithm} ${value}`));
  lines.push(...media.candidates);
  if (media.endOfCandidates) lines.push('end-of-candidates');
  return lines;
}

function sctpLines({ sctp }: MediaDescription): string[] {
  if (sctp === undefined) return [];
  const lines = [sctp.legacy ? `sctpmap:${sctp.port} webrtc-datachannel 1024` : `sctp-port:${sctp.port}`];
  if (sctp.maxMessageSize !== undefined) lines.push(`max-message-size:${sctp.maxMessageSize}`);
  return lines;
}

function addressText({ family, address }: NetworkAddress): string {
  return `IN IP${family} ${address}`;
}

function rtcpText({ port, address }: NonNullable<MediaDescription['rtcp']>): string {
  return address === undefined ? `rtcp:${port}` : `rtcp:${port} ${addressText(address)}`;
}

function extensionText({ id, uri, direction }: HeaderExtension): string {
  return `extmap:${id}${direction === undefined ? '' : `/${direction}`} ${uri}`;
}

function msidText({ stream, track }: Msid): string {
  return track === undefined ? stream : `${stream} ${track}`;
}

function simulcastText({ send, receive }: Simulcast): string {
  const list = (streams: readonly (readonly SimulcastStream[])[]): string =>
    streams
      .map((alternatives) => alternatives.map(({ rid, paused }) => (paused ? `~${rid}` : rid)).join(','))
      .join(';');
  const parts = [...(send ? [`send ${list(send)}`] : []), ...(receive ? [`recv ${list(receive)}`] : [])];
  return `simulcast:${parts.join(' ')}`;
}
