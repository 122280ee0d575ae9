import type { PictureNumbers } from '../codecs/picture-numbers.js';
import { DependencyDescriptorReader } from '../dependency/dependency-descriptor.js';
import {
  DecodeTargetIndication,
  type DependencyStructure,
  MAX_DECODE_TARGETS,
} from '../dependency/dependency-structure.js';
import { elementLength, elementOffset, findExtension } from '../header-extension.js';
import { EVERYTHING, type LayerTarget, type PacketLayers, spatialOf, temporalOf } from './packet-layers.js';

/** Frames that are remembered, by their number. A power of two. */
const FRAMES = 256;
/** Decode targets of which receivers are told: no scalability mode of the W3C has more than nine. */
const MAX_TOLD_TARGETS = 16;

/**
 * Layers of a stream whose sender describes each frame in a header extension (dependency descriptor, AV1 RTP specification
 * appendix A), whatever the codec. Packets without it are read as the codec's own descriptor allows.
 */
export class DependencyLayers implements PacketLayers {
  spatialId = 0;
  temporalId = 0;
  pictureStart = false;
  switchingPoint = false;
  skippable = false;
  frameNumber = -1;
  needsKeyFrame = false;
  readonly #reader = new DependencyDescriptorReader();
  readonly #extension: number;
  readonly #inner: PacketLayers | undefined;
  /** The packet read last was described. */
  #described = false;
  #timestamp = 0;
  #frame = -1;
  /** The present picture came with a new structure: it is a key picture. */
  #keyPicture = false;
  /** By decode target: bit mask of those that have got every frame of it since the key picture. */
  readonly #containing = new Uint32Array(32);
  /** By frame number: for which decode targets it was. */
  readonly #presence = new Uint32Array(FRAMES);
  /** Decode targets for which the present frame is. */
  #present = 0;
  /** By layer target: the decode target that serves it; -1 when not looked up yet. */
  readonly #serving = new Int8Array(64).fill(-1);
  /** By layer target + 1: mask of the decode targets that are whole in it; -1 when not looked up yet. */
  readonly #whole = new Int32Array(65).fill(-1);
  #active = 0;

  /** @param extension id of the extension as the sender uses it @param inner reads what the codec's own descriptor tells */
  constructor(extension: number, inner: PacketLayers | undefined) {
    this.#extension = extension;
    this.#inner = inner;
  }

  get numbers(): PictureNumbers | undefined {
    return this.#inner?.numbers;
  }

  get closesPictureIds(): boolean {
    return this.#inner?.closesPictureIds ?? false;
  }

  parse(
    slab: Uint8Array,
    offset: number,
    length: number,
    timestamp: number,
    newest: boolean,
    start: number,
  ): boolean {
    const reader = this.#reader;
    const inner = this.#inner;
    const innerReadable = inner?.parse(slab, offset, length, timestamp, newest, start) ?? false;
    const found = findExtension(slab, start, offset - start, this.#extension);
    this.#described = found >= 0;
    if (found < 0) {
      this.frameNumber = -1;
      if (!innerReadable || inner === undefined) return false;
      this.spatialId = inner.spatialId;
      this.temporalId = inner.temporalId;
      this.skippable = inner.skippable;
      this.pictureStart = inner.pictureStart;
      this.switchingPoint = inner.switchingPoint;
      return true;
    }
    const readable = reader.parse(slab, start + elementOffset(found), elementLength(found));
    this.frameNumber = reader.frameNumber;
    this.pictureStart = false;
    this.switchingPoint = false;
    if (!readable) return false;
    this.spatialId = reader.spatialId;
    this.temporalId = reader.temporalId;
    this.#present = this.#presentTargets();
    this.skippable = this.#isSkippable();
    if (reader.activeTargets !== this.#active || reader.structureAttached) this.#changeActive();
    if (newest && reader.frameNumber !== this.#frame) this.#beginFrame(timestamp);
    return true;
  }

  #presentTargets(): number {
    const { indications, structure } = this.#reader;
    let present = 0;
    for (let target = 0; target < structure!.decodeTargets; target++) {
      if (indications[target] !== DecodeTargetIndication.NotPresent) present |= 1 << target;
    }
    return present >>> 0;
  }

  /** No decode target with higher spatial layers has it. */
  #isSkippable(): boolean {
    const { structure, spatialId, activeTargets } = this.#reader;
    let higher = 0;
    for (let target = 0; target < structure!.decodeTargets; target++) {
      if (structure!.targetSpatialIds[target]! > spatialId) higher |= 1 << target;
    }
    return (higher & activeTargets) !== 0 && (higher & this.#present) === 0;
  }

  #beginFrame(timestamp: number): void {
    const reader = this.#reader;
    const first = this.#frame < 0 || timestamp !== this.#timestamp;
    this.#frame = reader.frameNumber;
    this.#timestamp = timestamp;
    if (first) this.#keyPicture = false;
    if (reader.structureAttached) {
      this.#keyPicture = true;
      this.needsKeyFrame = false;
      this.#containing.fill(0xffffffff);
      // Frames before it are of no use to anybody.
      this.#presence.fill(0);
    }
    this.pictureStart = first && reader.startOfFrame;
    this.switchingPoint = reader.startOfFrame;
    this.#presence[reader.frameNumber & (FRAMES - 1)] = this.#present;
    for (let target = 0; target < reader.structure!.decodeTargets; target++) {
      if ((this.#present & (1 << target)) !== 0) this.#containing[target]! &= this.#present;
    }
  }

  /**
   * Where the sender leaves out the layer that somebody gets, the next one takes its place, if all of it was sent on. One that
   * comes again can be decoded with what was sent in between: its sender sees to that.
   */
  #changeActive(): void {
    const { structure, activeTargets, structureAttached } = this.#reader;
    if (!structureAttached) {
      for (let target = 0; target < 64; target++) {
        const before = this.#serving[target]!;
        if (before < 0) continue;
        const now = this.#servingOf(target);
        const lower = structure!.targetSpatialIds[now]! < structure!.targetSpatialIds[before]!;
        if (lower && (this.#containing[now]! & (1 << before)) === 0) this.needsKeyFrame = true;
      }
    }
    this.#serving.fill(-1);
    this.#whole.fill(-1);
    this.#active = activeTargets;
  }

  decodeTargetsOf(target: LayerTarget): number {
    const { startOfFrame, structure } = this.#reader;
    if (!this.#described || !startOfFrame || structure === undefined) return 0;
    if (structure.decodeTargets > MAX_TOLD_TARGETS) return 0;
    let whole = this.#whole[target + 1]!;
    if (whole < 0) {
      whole = target === EVERYTHING ? this.#active & 0xffff : this.#wholeIn(structure, this.#serve(target));
      this.#whole[target + 1] = whole;
    }
    return (structure.decodeTargets << 16) | whole;
  }

  /** The active decode targets that need no frame which `serving` does not. */
  #wholeIn(structure: DependencyStructure, serving: number): number {
    const { indications, templates, decodeTargets } = structure;
    let whole = this.#active & 0xffff;
    for (let row = 0; row < templates * MAX_DECODE_TARGETS; row += MAX_DECODE_TARGETS) {
      if (indications[row + serving] !== DecodeTargetIndication.NotPresent) continue;
      for (let target = 0; target < decodeTargets; target++) {
        if (indications[row + target] !== DecodeTargetIndication.NotPresent) whole &= ~(1 << target);
      }
    }
    return whole;
  }

  /** The highest decode target within a layer target that the sender sends. */
  #servingOf(target: LayerTarget): number {
    const { structure, activeTargets } = this.#reader;
    let best = -1;
    let highest = -1;
    let lowest = 0;
    for (let index = 0; index < structure!.decodeTargets; index++) {
      const layer = structure!.targetSpatialIds[index]! * 8 + structure!.targetTemporalIds[index]!;
      if (layer < structure!.targetSpatialIds[lowest]! * 8 + structure!.targetTemporalIds[lowest]!)
        lowest = index;
      if ((activeTargets & (1 << index)) === 0) continue;
      if (layer >> 3 > spatialOf(target) || (layer & 7) > temporalOf(target) || layer < highest) continue;
      best = index;
      highest = layer;
    }
    return best < 0 ? lowest : best;
  }

  /** The decode target that serves a layer target. */
  #serve(target: LayerTarget): number {
    const known = this.#serving[target]!;
    if (known >= 0) return known;
    const index = this.#servingOf(target);
    this.#serving[target] = index;
    return index;
  }

  belongs(target: LayerTarget): boolean {
    if (!this.#described) return this.#inner?.belongs(target) ?? true;
    return target === EVERYTHING || (this.#present & (1 << this.#serve(target))) !== 0;
  }

  ends(target: LayerTarget): boolean {
    if (!this.#described) return this.#inner?.ends(target) ?? false;
    if (target === EVERYTHING) return false;
    const { structure, endOfFrame, spatialId } = this.#reader;
    return endOfFrame && spatialId === structure!.targetSpatialIds[this.#serve(target)]!;
  }

  reach(from: LayerTarget, to: LayerTarget): LayerTarget {
    if (!this.#described) return this.#inner?.reach(from, to) ?? from;
    if (this.#keyPicture || from === EVERYTHING) return this.pictureStart ? to : from;
    // All there is, now and later: only who has got everything there can be goes on with it.
    const wanted = this.#serve(to === EVERYTHING ? 63 : to);
    const present = this.#serve(from);
    if (this.pictureStart && (this.#containing[wanted]! & (1 << present)) !== 0) return to;
    const { indications } = this.#reader;
    if (indications[wanted] !== DecodeTargetIndication.Switch) return from;
    const { structure } = this.#reader;
    // Within one spatial layer only: what ends a picture must not have gone out already.
    if (structure!.targetSpatialIds[wanted] !== structure!.targetSpatialIds[present]) return from;
    return this.#decodable(wanted, present) ? to : from;
  }

  /** Whether who has got the frames of `present` can decode the present frame, and the chain of `wanted` is whole there. */
  #decodable(wanted: number, present: number): boolean {
    const { structure, frameNumber, references, referenceCount, chainReferences } = this.#reader;
    const bit = 1 << present;
    for (let i = 0; i < referenceCount; i++) {
      const reference = references[i]!;
      if (reference >= FRAMES) return false;
      if ((this.#presence[(frameNumber - reference) & (FRAMES - 1)]! & bit) === 0) return false;
    }
    if (structure!.chains === 0) return true;
    const back = chainReferences[structure!.chainOf[wanted]!]!;
    return back === 0 || (this.#presence[(frameNumber - back) & (FRAMES - 1)]! & bit) !== 0;
  }
}
