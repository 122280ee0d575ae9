import type { Features } from '../wire/init.js';

/** What both ends know when an association is set up; carried in the state cookie until then. */
export interface Agreement {
  localTag: number;
  peerTag: number;
  /** First TSN of each side. */
  localTsn: number;
  peerTsn: number;
  /** a_rwnd of the peer at the beginning, in bytes. */
  peerWindow: number;
  outboundStreams: number;
  inboundStreams: number;
  /** Of the peer. */
  features: Features;
}
