import { BitReader } from './bit-reader.js';
import { DependencyStructure, MAX_DECODE_TARGETS, MAX_TEMPLATES } from './dependency-structure.js';

/** Frames that one frame may refer to; more are malformed here. */
const MAX_REFERENCES = 32;
const TEMPLATE_REFERENCES = 16;
/** Frames since a key frame that counts as so far back at most. */
const MAX_AGE = 0x4000;

/** Length of the fields that every descriptor has, bytes. */
export const MANDATORY_LENGTH = 3;

/** Frame number of a dependency descriptor that is known to have its mandatory fields. */
export function frameNumberOf(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 1]! << 8) | bytes[offset + 2]!;
}

/** Whether a frame begins with the packet of such a descriptor. */
export function startsFrame(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset]! & 0x80) !== 0;
}

/**
 * Reads dependency descriptors of one stream (AV1 RTP specification, appendix A): to which layers a frame belongs, for which
 * decode targets it is needed, and what it refers to. After `parse` has returned true the fields describe the frame. Only
 * structures, which come with key frames, are allocated.
 */
export class DependencyDescriptorReader {
  startOfFrame = false;
  endOfFrame = false;
  /** 16 bits; valid even where `parse` returned false for lack of the structure. */
  frameNumber = -1;
  spatialId = 0;
  temporalId = 0;
  /** By decode target: DecodeTargetIndication. */
  readonly indications = new Uint8Array(MAX_DECODE_TARGETS);
  referenceCount = 0;
  /** How many frames back those are that it refers to: 1 … 4096. */
  readonly references = new Uint16Array(MAX_REFERENCES);
  /** By chain: how many frames back its last one is; 0 where it begins. */
  readonly chainReferences = new Uint8Array(MAX_DECODE_TARGETS);
  /** A new structure has come with this packet. */
  structureAttached = false;
  /** The packet told which decode targets the sender sends. */
  activeTargetsTold = false;
  /** Bit mask as it was told last. */
  activeTargets = 0;
  /** That of the newest key frame. */
  structure: DependencyStructure | undefined;
  #structureFrame = -1;
  readonly #bits = new BitReader();

  /**
   * @param offset of the extension's data
   * @returns false when they are no descriptor, or one to which the structure is not known
   */
  parse(bytes: Uint8Array, offset: number, length: number): boolean {
    this.structureAttached = false;
    this.activeTargetsTold = false;
    this.frameNumber = -1;
    if (length < MANDATORY_LENGTH) return false;
    const first = bytes[offset]!;
    this.startOfFrame = (first & 0x80) !== 0;
    this.endOfFrame = (first & 0x40) !== 0;
    this.frameNumber = frameNumberOf(bytes, offset);
    const bits = this.#bits;
    bits.reset(bytes, offset + MANDATORY_LENGTH, length - MANDATORY_LENGTH);
    const extended = length > MANDATORY_LENGTH;
    const hasStructure = extended && bits.flag();
    const hasActiveTargets = extended && bits.flag();
    const customIndications = extended && bits.flag();
    const customReferences = extended && bits.flag();
    const customChains = extended && bits.flag();
    let { structure } = this;
    if (hasStructure) {
      structure = DependencyStructure.read(bits);
      if (structure === undefined) return false;
    }
    if (structure === undefined) return false;
    const active = hasActiveTargets ? bits.read(structure.decodeTargets) : -1;
    const template = ((first & 0x3f) + MAX_TEMPLATES - structure.templateOffset) % MAX_TEMPLATES;
    if (template >= structure.templates) return false;
    this.#readDefinition(structure, template, customIndications, customReferences, customChains);
    if (!bits.ok) return false;
    this.#age();
    if (hasStructure) this.#take(structure);
    if (active >= 0 && structure === this.structure) this.activeTargets = active;
    this.activeTargetsTold = hasStructure || active >= 0;
    return true;
  }

  /** One that comes late belongs to frames before the newest key frame. */
  #take(structure: DependencyStructure): void {
    if (this.#structureFrame >= 0 && ((this.frameNumber - this.#structureFrame) & 0xffff) >= 0x8000) return;
    this.structure = structure;
    this.#structureFrame = this.frameNumber;
    this.activeTargets = structure.allTargets;
    this.structureAttached = true;
  }

  /** Numbers wrap: what the newest key frame is compared with must not be half a round ahead of it. */
  #age(): void {
    if (this.#structureFrame < 0) return;
    const age = (this.frameNumber - this.#structureFrame) & 0xffff;
    if (age > MAX_AGE && age < 0x8000) this.#structureFrame = (this.frameNumber - MAX_AGE) & 0xffff;
  }

  #readDefinition(
    structure: DependencyStructure,
    template: number,
    customIndications: boolean,
    customReferences: boolean,
    customChains: boolean,
  ): void {
    const bits = this.#bits;
    this.spatialId = structure.spatialIds[template]!;
    this.temporalId = structure.temporalIds[template]!;
    const row = template * MAX_DECODE_TARGETS;
    for (let target = 0; target < structure.decodeTargets; target++) {
      this.indications[target] = customIndications ? bits.read(2) : structure.indications[row + target]!;
    }
    if (customReferences) this.#readReferences();
    else {
      this.referenceCount = structure.referenceCounts[template]!;
      for (let i = 0; i < this.referenceCount; i++) {
        this.references[i] = structure.references[template * TEMPLATE_REFERENCES + i]!;
      }
    }
    for (let chain = 0; chain < structure.chains; chain++) {
      this.chainReferences[chain] = customChains ? bits.read(8) : structure.chainReferences[row + chain]!;
    }
  }

  #readReferences(): void {
    const bits = this.#bits;
    this.referenceCount = 0;
    for (let size = bits.read(2); size > 0; size = bits.read(2)) {
      const reference = bits.read(size * 4) + 1;
      if (this.referenceCount === MAX_REFERENCES) {
        bits.ok = false;
        return;
      }
      this.references[this.referenceCount++] = reference;
    }
  }
}
