/**
 * The one form of statistics inside the media plane. What clients, metrics or logs get is derived from it. Plain data
 * without behaviour; counts go up as long as the object lives, so that rates can be taken of them.
 */
import type { FrameStatistics } from '@rivero/graph/protocol';
import type { MediaKind } from '../routing/media.js';

/** What is known of an element at one moment. */
export interface ElementStatistics {
  id: string;
  /** Unqualified class name. */
  type: string;
  /** Milliseconds since 1970. */
  timestampMillis: number;
  /** Of the inputs into which media came; undefined while the pipeline does not measure latencies. */
  latencies: readonly InputLatency[] | undefined;
  inbound: readonly InboundStreamStatistics[];
  outbound: readonly OutboundStreamStatistics[];
  /** bit/s that may be sent to the peer by its transport-wide feedback or REMB, over all streams; 0 = not known. */
  availableOutgoingBitrate?: number;
  /** Of filters, once they work in a graph process. `kinds`: of which media these are the frames. */
  frames?: FrameStatistics & { kinds: readonly MediaKind[] };
  /** Of endpoints with data channels. */
  data: DataStatistics | undefined;
}

/** Latency of the media that enters an input. All units: microseconds since the packet reached this machine's kernel. */
export interface InputLatency {
  kind: MediaKind;
  /** Media description of the input. */
  description: string;
  /** Packets measured. */
  packets: number;
  /** Until the element gets a packet: mean of late, and sum over all packets measured. */
  inputMicros: number;
  inputMicrosTotal: number;
  /** Until the packet is handed over for sending; the mean with what it was held back for a slow path, the sum without. */
  sentMicros: number;
  sentMicrosTotal: number;
}

interface StreamStatistics {
  /** Stable over the life of the stream, unique in the world. */
  id: string;
  kind: MediaKind;
  /** 0 to 2^32 - 1 */
  ssrc: number;
  /** Feedback packets about this stream (RFC 4585, RFC 5104): sent for inbound, received for outbound streams. */
  nacks: number;
  plis: number;
  firs: number;
  /** bit/s asked for by REMB (inbound), or granted by REMB or by the estimate from feedback (outbound); 0 = never. */
  remb: number;
  /** By sequence numbers (RFC 3550 section 6.4.1); what came again by RTX was lost all the same. Duplicates count negative. */
  packetsLost: number;
  /** In the last reporting interval, 0 to 1. */
  fractionLost: number;
}

/** A received stream. Bytes are those of the payload, without headers and padding; retransmissions are counted in (W3C). */
export interface InboundStreamStatistics extends StreamStatistics {
  packets: number;
  bytes: number;
  /** Part of `packets`: came by RTX. */
  retransmittedPackets: number;
  /** Seconds (RFC 3550 appendix A.8). */
  jitterSeconds: number;
  duplicates: number;
  reordered: number;
}

/** A sent stream; packets and bytes as with received ones. Losses are what the receiver reports. */
export interface OutboundStreamStatistics extends StreamStatistics {
  packets: number;
  bytes: number;
  /** Part of `packets`: sent again for NACKs. */
  retransmittedPackets: number;
  /** Seconds; 0 while unknown. */
  roundTripSeconds: number;
}

export interface DataStatistics {
  id: string;
  /** Channels so far. */
  opened: number;
  closed: number;
  channels: readonly DataChannelStatistics[];
}

export interface DataChannelStatistics {
  /** Number of the channel (SCTP stream). */
  number: number;
  label: string;
  protocol: string;
  state: string;
  messagesSent: number;
  bytesSent: number;
  messagesReceived: number;
  bytesReceived: number;
}
