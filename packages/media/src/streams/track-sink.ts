import type { ViewerLimits } from '@rivero/rtp';
import type { NegotiatedCodec } from '@rivero/sdp';
import type { MediaSink } from '../routing/media.js';
import type { ReceiveStream } from './receive-stream.js';
import type { ReceiveTrack } from './receive-track.js';

/** What the sink side of forwarding looks like to a track. */
export interface TrackSink extends MediaSink {
  /** Consumer of the packet engine through which this track's packets go. */
  readonly consumer: number;
  /** Bounds on what is asked for on this receiver's behalf. */
  readonly limits: ViewerLimits;
  /** bit/s that it could make use of though its origin sends less: it is to be known when its path carries as much; 0 = none. */
  readonly usefulBitrate: number;
  /** Sends an event that came between the media (RFC 4733), if the receiver takes such. */
  sendAccompanying(
    codec: NegotiatedCodec,
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
  ): void;
  /** Whether it gets audio with redundancy as it comes (RFC 2198); else the primary block alone. */
  readonly takesRedundancy: boolean;
  /** Whether it gets dependency descriptors: without them no receiver can put the spatial layers of AV1 together. */
  readonly takesDescriptors: boolean;
  /** What is sent next is redundant audio, or no longer. */
  markRedundant(on: boolean): void;
  /** Another stream or codec comes from now on: the mapping must start anew. */
  originRestarted(): void;
  /** Other layers of the same stream come from the present packet on, which has not been forwarded yet. */
  continueElsewhere(): void;
  /** A key frame of a track at which it was expected begins: it changes over. */
  arriveAt(track: ReceiveTrack): void;
  /** It has nothing to go on from: it waits for a key frame, or gets nothing. */
  readonly waits: boolean;
}
