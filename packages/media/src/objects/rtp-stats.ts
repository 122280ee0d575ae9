import { randomUUID } from 'node:crypto';
import type { MediaKind } from '../routing/media.js';
import type { ReceiveStream } from '../streams/receive-stream.js';
import type { RtpSession } from '../streams/rtp-session.js';
import type { SendTrack } from '../streams/send-track.js';
import { type MediaType, mediaTypeOf } from './media-element.js';

/** Stable ids of stream records, as W3C statistics have them. */
const ids = new WeakMap<object, string>();

function idOf(subject: object): string {
  let id = ids.get(subject);
  if (id === undefined) {
    id = randomUUID();
    ids.set(subject, id);
  }
  return id;
}

/** A session's streams as Kurento's statistics records. */
export function rtpStats(rtp: RtpSession, mediaType: MediaType | undefined): Record<string, unknown> {
  const records: Record<string, unknown> = {};
  const wanted = (kind: MediaKind): boolean => mediaType === undefined || mediaTypeOf(kind) === mediaType;
  for (const track of rtp.receiveTracks) {
    if (!wanted(track.kind)) continue;
    for (const stream of rtp.streams.values()) {
      if (stream.track !== track) continue;
      records[idOf(stream)] = inbound(rtp, stream, track.kind);
    }
  }
  for (const track of rtp.sendTracks) {
    if (wanted(track.kind)) records[idOf(track)] = outbound(track);
  }
  return records;
}

function common(subject: object, ssrc: number) {
  return {
    id: idOf(subject),
    timestampMillis: Date.now(),
    ssrc: String(ssrc >>> 0),
    associateStatsId: '',
    isRemote: false,
    mediaTrackId: '',
    transportId: '',
    codecId: '',
    sliCount: 0,
  };
}

function inbound(rtp: RtpSession, stream: ReceiveStream, kind: MediaKind) {
  const { statistics } = stream;
  return {
    __type__: 'RTCInboundRTPStreamStats',
    ...common(stream, stream.ssrc),
    type: 'inboundrtp',
    firCount: stream.firsSent,
    pliCount: stream.plisSent,
    nackCount: stream.nacksSent,
    remb: kind === 'video' ? rtp.remb.lastSent : 0,
    packetsLost: statistics.lost,
    fractionLost: statistics.report.fractionLost / 256,
    packetsReceived: statistics.packets,
    bytesReceived: statistics.octets,
    jitter: statistics.jitterMs / 1000,
  };
}

function outbound(track: SendTrack) {
  const { statistics } = track;
  return {
    __type__: 'RTCOutboundRTPStreamStats',
    ...common(track, track.ssrc),
    type: 'outboundrtp',
    firCount: statistics.firs,
    pliCount: statistics.plis,
    nackCount: statistics.nacks,
    remb: track.kind === 'video' ? track.remb : 0,
    packetsLost: statistics.cumulativeLost,
    fractionLost: statistics.fractionLost / 256,
    packetsSent: track.packetsSent,
    bytesSent: track.octetsSent,
    targetBitrate: 0,
    roundTripTime: Math.max(0, statistics.rttMs) / 1000,
  };
}
