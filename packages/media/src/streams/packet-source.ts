import type { ReceiveStream } from './receive-stream.js';

/**
 * Packets as a receiver's outgoing stream takes them: a received stream as it is, or one of which layers are left out and
 * whose packets are numbered anew. Numbers are extended sequence numbers as int32.
 */
export interface PacketSource {
  /** The received stream that the packets come from. */
  readonly stream: ReceiveStream;
  /** Of the newest packet, in this source's numbers; and the same before the packet that is being forwarded now. */
  readonly highest: number;
  readonly highestBefore: number;
  /** Picture id and TL0PICIDX of the newest picture, -1 when it has none. */
  readonly pictureId: number;
  readonly pictureIdBefore: number;
  readonly tl0PicIdx: number;
  /** Picture ids close up where pictures are left out: they have to be mapped in every packet. */
  readonly closesPictureIds: boolean;

  /** Looks up a packet by its number here; what is found stands in the fields below. @returns false when it is unknown */
  find(sequence: number): boolean;
  /** Its number in the received stream. */
  readonly original: number;
  /** It went out with its marker set. */
  readonly marked: boolean;
  /** Nothing but its number went out. */
  readonly leftOut: boolean;
  /** To be taken from its picture id. */
  readonly picturesLeftOut: number;
}
