import type { ReceiveStream } from '../streams/receive-stream.js';
import type { RtpSession } from '../streams/rtp-session.js';
import type { SendTrack } from '../streams/send-track.js';
import { stableId } from './stable-id.js';
import type { InboundStreamStatistics, OutboundStreamStatistics } from './statistics.js';

/** The received streams of a session. */
export function inboundStatistics(rtp: RtpSession): InboundStreamStatistics[] {
  return [...rtp.streams.values()].map((stream) => inbound(rtp, stream));
}

/** The sent streams of a session. */
export function outboundStatistics(rtp: RtpSession): OutboundStreamStatistics[] {
  return rtp.sendTracks.map(outbound);
}

function inbound(rtp: RtpSession, stream: ReceiveStream): InboundStreamStatistics {
  const { statistics, track } = stream;
  return {
    id: stableId(stream),
    kind: track.kind,
    ssrc: stream.ssrc >>> 0,
    nacks: stream.nacksSent,
    plis: stream.plisSent,
    firs: stream.firsSent,
    remb: track.kind === 'video' ? rtp.remb.lastSent : 0,
    packetsLost: statistics.lost,
    fractionLost: statistics.report.fractionLost / 256,
    packets: statistics.packets + stream.rtxPackets,
    bytes: statistics.octets + stream.rtxOctets,
    retransmittedPackets: stream.rtxPackets,
    jitterSeconds: statistics.jitterMs / 1000,
    duplicates: statistics.duplicates,
    reordered: statistics.reordered,
  };
}

function outbound(track: SendTrack): OutboundStreamStatistics {
  const { statistics } = track;
  return {
    id: stableId(track),
    kind: track.kind,
    ssrc: track.ssrc >>> 0,
    nacks: statistics.nacks,
    plis: statistics.plis,
    firs: statistics.firs,
    remb: track.kind === 'video' ? track.remb : 0,
    packetsLost: statistics.cumulativeLost,
    fractionLost: statistics.fractionLost / 256,
    packets: track.packetsSent + track.rtxPacketsSent,
    bytes: track.octetsSent + track.rtxOctetsSent,
    retransmittedPackets: statistics.resentPackets,
    roundTripSeconds: Math.max(0, statistics.rttMs) / 1000,
  };
}
