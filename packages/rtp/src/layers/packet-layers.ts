import type { PictureNumbers } from '../codecs/picture-numbers.js';

/**
 * Which part of a layered stream a receiver gets: all spatial layers up to one and all temporal layers up to another, as
 * far as they are needed for it. Spatial * 8 + temporal, each 0 … 7.
 */
export type LayerTarget = number;

/** Of a receiver that gets the stream as it comes. */
export const EVERYTHING: LayerTarget = -1;

export function layerTarget(spatial: number, temporal: number): LayerTarget {
  return spatial * 8 + temporal;
}

export function spatialOf(target: LayerTarget): number {
  return target < 0 ? 7 : target >> 3;
}

export function temporalOf(target: LayerTarget): number {
  return target < 0 ? 7 : target & 7;
}

/**
 * Reads which layers the packets of one stream belong to. One for each stream: it remembers what the stream's newest
 * packets told. Nothing is allocated per packet.
 */
export interface PacketLayers {
  /** Of the packet read last; 0 where the descriptor tells nothing. */
  readonly spatialId: number;
  readonly temporalId: number;
  /** It is the first packet of a picture (all spatial layers of one moment), and no newer one was read before. */
  readonly pictureStart: boolean;
  /** It is the first packet of a frame at which a receiver may change to other layers: see `reach`. */
  readonly switchingPoint: boolean;
  /** Receivers of higher spatial layers can do without it. */
  readonly skippable: boolean;
  /** Picture numbers of the packet, where its descriptor has some. */
  readonly numbers: PictureNumbers | undefined;
  /** Frame number of the packet's dependency descriptor (16 bits); -1 when it has none. */
  readonly frameNumber: number;
  /** The sender has stopped a layer, and who got it can only go on at a key frame. */
  readonly needsKeyFrame: boolean;
  /**
   * Which decode targets a receiver of a layer target gets, of a packet with which a described frame begins: how many there are
   * << 16 | mask of those. 0 for other packets, and where there are more than 16.
   */
  decodeTargetsOf(target: LayerTarget): number;
  /** Picture ids of what is left out must close up: receivers take a gap for a loss. */
  readonly closesPictureIds: boolean;

  /**
   * Reads a packet.
   * @param offset of the payload, @param start of the packet
   * @param newest no packet with a higher sequence number was read before
   * @returns false when it cannot be read: it then belongs to every target
   */
  parse(
    slab: Uint8Array,
    offset: number,
    length: number,
    timestamp: number,
    newest: boolean,
    start: number,
  ): boolean;
  /** Whether the packet read last belongs to a target. */
  belongs(target: LayerTarget): boolean;
  /** Whether the packet read last ends a picture for a target, whatever its marker says. */
  ends(target: LayerTarget): boolean;
  /**
   * How near to `to` a receiver that has got `from` until now can change with the frame that begins with the packet read
   * last: `to`, a target between, or `from` when it can not change here.
   */
  reach(from: LayerTarget, to: LayerTarget): LayerTarget;
}
