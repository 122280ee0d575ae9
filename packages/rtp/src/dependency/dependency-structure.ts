import type { BitReader } from './bit-reader.js';

/** How a frame relates to a decode target (AV1 RTP specification, appendix A.8.2). */
export const DecodeTargetIndication = {
  NotPresent: 0,
  /** No later frame of the target refers to it. */
  Discardable: 1,
  /** When it can be decoded, so can all later frames of the target. */
  Switch: 2,
  Required: 3,
} as const;

export const MAX_TEMPLATES = 64;
export const MAX_DECODE_TARGETS = 32;
const MAX_SPATIAL = 4;
const MAX_TEMPORAL = 8;
/** Frames that a template may refer to; what encoders use is one or two. */
const MAX_TEMPLATE_REFERENCES = 16;

/** What follows a template, in the list of their layers. */
const Next = { SameLayer: 0, TemporalLayer: 1, SpatialLayer: 2, End: 3 } as const;

/**
 * What a sender tells with a key frame of the frames that follow (template dependency structure, AV1 RTP specification
 * appendix A.8.2): the templates that frames refer to by number, and what can be decoded of the stream.
 */
export class DependencyStructure {
  /** Number of the first template, modulo 64. */
  templateOffset = 0;
  /** 1 … 32 */
  decodeTargets = 0;
  /** 0 … 32 */
  chains = 0;
  templates = 0;
  /** By template. */
  readonly spatialIds = new Uint8Array(MAX_TEMPLATES);
  readonly temporalIds = new Uint8Array(MAX_TEMPLATES);
  /** By template * 32 + decode target. */
  readonly indications = new Uint8Array(MAX_TEMPLATES * MAX_DECODE_TARGETS);
  /** By template: how many frames it refers to, and by template * 16 how far back they are. */
  readonly referenceCounts = new Uint8Array(MAX_TEMPLATES);
  readonly references = new Uint8Array(MAX_TEMPLATES * MAX_TEMPLATE_REFERENCES);
  /** By template * 32 + chain: how far back the chain's last frame is; 0 where it begins. */
  readonly chainReferences = new Uint8Array(MAX_TEMPLATES * MAX_DECODE_TARGETS);
  /** By decode target: its chain, and its highest layers. */
  readonly chainOf = new Uint8Array(MAX_DECODE_TARGETS);
  readonly targetSpatialIds = new Uint8Array(MAX_DECODE_TARGETS);
  readonly targetTemporalIds = new Uint8Array(MAX_DECODE_TARGETS);
  /** By spatial layer, pixels; empty when not told. */
  readonly widths: number[] = [];
  readonly heights: number[] = [];

  /** Bit mask of all decode targets. */
  get allTargets(): number {
    return this.decodeTargets === 32 ? 0xffffffff : 2 ** this.decodeTargets - 1;
  }

  get spatialLayers(): number {
    return this.spatialIds[this.templates - 1]! + 1;
  }

  /** @returns undefined when it is malformed */
  static read(bits: BitReader): DependencyStructure | undefined {
    const structure = new DependencyStructure();
    structure.templateOffset = bits.read(6);
    structure.decodeTargets = bits.read(5) + 1;
    if (!structure.#readLayers(bits)) return undefined;
    structure.#readIndications(bits);
    if (!structure.#readReferences(bits)) return undefined;
    structure.#readChains(bits);
    structure.#deriveTargets();
    if (bits.flag()) structure.#readResolutions(bits);
    return bits.ok ? structure : undefined;
  }

  #readLayers(bits: BitReader): boolean {
    let spatial = 0;
    let temporal = 0;
    for (;;) {
      if (!bits.ok || this.templates === MAX_TEMPLATES) return false;
      this.spatialIds[this.templates] = spatial;
      this.temporalIds[this.templates] = temporal;
      this.templates++;
      const next = bits.read(2);
      if (next === Next.End) return bits.ok;
      if (next === Next.TemporalLayer) temporal++;
      else if (next === Next.SpatialLayer) {
        spatial++;
        temporal = 0;
      }
      if (spatial >= MAX_SPATIAL || temporal >= MAX_TEMPORAL) return false;
    }
  }

  #readIndications(bits: BitReader): void {
    for (let template = 0; template < this.templates; template++) {
      for (let target = 0; target < this.decodeTargets; target++) {
        this.indications[template * MAX_DECODE_TARGETS + target] = bits.read(2);
      }
    }
  }

  #readReferences(bits: BitReader): boolean {
    for (let template = 0; template < this.templates; template++) {
      let count = 0;
      while (bits.flag()) {
        if (count === MAX_TEMPLATE_REFERENCES) return false;
        this.references[template * MAX_TEMPLATE_REFERENCES + count++] = bits.read(4) + 1;
      }
      this.referenceCounts[template] = count;
    }
    return bits.ok;
  }

  #readChains(bits: BitReader): void {
    this.chains = bits.readBelow(this.decodeTargets + 1);
    if (this.chains === 0) return;
    for (let target = 0; target < this.decodeTargets; target++)
      this.chainOf[target] = bits.readBelow(this.chains);
    for (let template = 0; template < this.templates; template++) {
      for (let chain = 0; chain < this.chains; chain++) {
        this.chainReferences[template * MAX_DECODE_TARGETS + chain] = bits.read(4);
      }
    }
  }

  #deriveTargets(): void {
    for (let target = 0; target < this.decodeTargets; target++) {
      for (let template = 0; template < this.templates; template++) {
        if (this.indications[template * MAX_DECODE_TARGETS + target] === DecodeTargetIndication.NotPresent)
          continue;
        this.targetSpatialIds[target] = Math.max(this.targetSpatialIds[target]!, this.spatialIds[template]!);
        this.targetTemporalIds[target] = Math.max(
          this.targetTemporalIds[target]!,
          this.temporalIds[template]!,
        );
      }
    }
  }

  #readResolutions(bits: BitReader): void {
    for (let layer = 0; layer < this.spatialLayers; layer++) {
      this.widths.push(bits.read(16) + 1);
      this.heights.push(bits.read(16) + 1);
    }
  }
}
