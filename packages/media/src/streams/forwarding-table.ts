/** What a consumer does with the packets of its source. */
export const ForwardingState = {
  /** Nothing is sent. */
  Off: 0,
  Forwarding: 1,
  /** Waits for a packet at which it can start: any for audio, the first of a key frame for video. */
  Waiting: 2,
  /** Like Forwarding, with picture numbers of the payload or frame numbers mapped as well. */
  Patching: 3,
  /** Has changed to other layers of its source: goes on with the next packet of them. */
  Ready: 4,
} as const;

/**
 * The numbers that map a source's packets to each consumer's, as a table of columns: a broadcast touches one entry of
 * four arrays per viewer and packet instead of an object each, and nothing is allocated.
 *
 * Indexed by the packet engine's consumer number. All arithmetic is on wrapping int32.
 */
export class ForwardingTable {
  readonly state: Uint8Array;
  /** Outgoing minus incoming extended sequence number. */
  readonly sequenceOffset: Int32Array;
  /** Outgoing minus incoming RTP timestamp. */
  readonly timestampOffset: Int32Array;
  /** First incoming extended sequence number that belongs to the present mapping; older packets came before a switch. */
  readonly firstSequence: Int32Array;
  /** Outgoing minus incoming picture id (15 bits) and TL0PICIDX (8 bits) of VP8 and VP9, in state Patching. */
  readonly pictureIdOffset: Int32Array;
  readonly tl0Offset: Int32Array;
  /** Outgoing minus incoming frame number (16 bits) of the dependency descriptor, in state Patching. */
  readonly frameOffset: Int32Array;
  /** Decode targets of which the receiver has been told: as PacketLayers.decodeTargetsOf; 0: nothing but what the sender says. */
  readonly toldTargets: Int32Array;

  constructor(consumers: number) {
    this.state = new Uint8Array(consumers);
    this.sequenceOffset = new Int32Array(consumers);
    this.timestampOffset = new Int32Array(consumers);
    this.firstSequence = new Int32Array(consumers);
    this.pictureIdOffset = new Int32Array(consumers);
    this.tl0Offset = new Int32Array(consumers);
    this.frameOffset = new Int32Array(consumers);
    this.toldTargets = new Int32Array(consumers);
  }

  reset(consumer: number): void {
    this.state[consumer] = ForwardingState.Off;
    this.sequenceOffset[consumer] = 0;
    this.timestampOffset[consumer] = 0;
    this.firstSequence[consumer] = 0;
    this.pictureIdOffset[consumer] = 0;
    this.tl0Offset[consumer] = 0;
    this.frameOffset[consumer] = 0;
    this.toldTargets[consumer] = 0;
  }
}
