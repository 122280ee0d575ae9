/** Writes dependency descriptors (AV1 RTP specification, appendix A), to test what reads them. */

export interface WrittenTemplate {
  spatial: number;
  temporal: number;
  /** By decode target. */
  indications: number[];
  references: number[];
  /** By chain. */
  chains: number[];
}

export interface WrittenStructure {
  templateOffset: number;
  decodeTargets: number;
  /** Chain of each decode target; empty without chains. */
  chainOf: number[];
  chains: number;
  /** In the order of their layers. */
  templates: WrittenTemplate[];
  /** Width and height by spatial layer; empty when not told. */
  resolutions: [number, number][];
}

export interface WrittenDescriptor {
  start: boolean;
  end: boolean;
  /** Index into the templates. */
  template: number;
  frameNumber: number;
  attached: boolean;
  activeTargets?: number;
  indications?: number[];
  references?: number[];
  chains?: number[];
}

class BitWriter {
  #bits: number[] = [];

  write(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) this.#bits.push(Math.floor(value / 2 ** i) & 1);
  }

  writeBelow(value: number, limit: number): void {
    let width = 0;
    for (let rest = limit; rest > 0; rest = Math.floor(rest / 2)) width++;
    const short = 2 ** width - limit;
    if (value < short) this.write(value, width - 1);
    else this.write(value + short, width);
  }

  finish(): Uint8Array {
    while (this.#bits.length % 8 !== 0) this.#bits.push(0);
    const bytes = new Uint8Array(this.#bits.length / 8);
    for (const [at, bit] of this.#bits.entries()) bytes[at >> 3]! |= bit << (7 - (at & 7));
    return bytes;
  }
}

export function writeDescriptor(structure: WrittenStructure, frame: WrittenDescriptor): Uint8Array {
  const bits = new BitWriter();
  bits.write(frame.start ? 1 : 0, 1);
  bits.write(frame.end ? 1 : 0, 1);
  bits.write((structure.templateOffset + frame.template) % 64, 6);
  bits.write(frame.frameNumber, 16);
  const custom = [frame.indications, frame.references, frame.chains];
  const extended = [frame.attached, frame.activeTargets !== undefined, ...custom.map((c) => c !== undefined)];
  if (!extended.includes(true)) return bits.finish();
  for (const flag of extended) bits.write(flag ? 1 : 0, 1);
  if (frame.attached) writeStructure(bits, structure);
  if (frame.activeTargets !== undefined) bits.write(frame.activeTargets, structure.decodeTargets);
  for (const indication of frame.indications ?? []) bits.write(indication, 2);
  if (frame.references !== undefined) {
    for (const reference of frame.references) {
      const size = reference <= 16 ? 1 : reference <= 256 ? 2 : 3;
      bits.write(size, 2);
      bits.write(reference - 1, size * 4);
    }
    bits.write(0, 2);
  }
  for (const chain of frame.chains ?? []) bits.write(chain, 8);
  return bits.finish();
}

function writeStructure(bits: BitWriter, structure: WrittenStructure): void {
  const { templates, decodeTargets, chains } = structure;
  bits.write(structure.templateOffset, 6);
  bits.write(decodeTargets - 1, 5);
  for (const [index, { spatial, temporal }] of templates.entries()) {
    const next = templates[index + 1];
    if (next === undefined) bits.write(3, 2);
    else if (next.spatial > spatial) bits.write(2, 2);
    else bits.write(next.temporal > temporal ? 1 : 0, 2);
  }
  for (const { indications } of templates) for (const indication of indications) bits.write(indication, 2);
  for (const { references } of templates) {
    for (const reference of references) bits.write(0x10 | (reference - 1), 5);
    bits.write(0, 1);
  }
  bits.writeBelow(chains, decodeTargets + 1);
  if (chains > 0) {
    for (const chain of structure.chainOf) bits.writeBelow(chain, chains);
    for (const template of templates) for (const chain of template.chains) bits.write(chain, 4);
  }
  bits.write(structure.resolutions.length > 0 ? 1 : 0, 1);
  for (const [width, height] of structure.resolutions) {
    bits.write(width - 1, 16);
    bits.write(height - 1, 16);
  }
}
