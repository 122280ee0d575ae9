import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type WrittenDescriptor,
  type WrittenStructure,
  type WrittenTemplate,
  writeDescriptor,
} from '../testing/dependency-writer.js';
import { guardView } from '../testing/guard-view.js';
import { DependencyDescriptorReader } from './dependency-descriptor.js';

const OFFSET = 5;

function parse(reader: DependencyDescriptorReader, bytes: Uint8Array): boolean {
  return reader.parse(guardView(bytes, OFFSET), OFFSET, bytes.length);
}

/** Of Chromium with AV1, L3T3: a key frame of three layers and the frames after it. */
const L3T3 = [
  'c1017280081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac1282503157f974000ca864330e222222eca8655304224230eca877530077004200ef008601df010d',
  '86017340fc',
  '46017340fc',
  'c3017540fc',
  '88017640fc',
  '48017640fc',
  'c2017840fc',
];

test('what Chromium sends: structure, layers, active decode targets', () => {
  const reader = new DependencyDescriptorReader();
  const frames = L3T3.map((hex) => {
    assert.ok(parse(reader, Buffer.from(hex, 'hex')), hex);
    return {
      frame: reader.frameNumber,
      start: reader.startOfFrame,
      end: reader.endOfFrame,
      layer: [reader.spatialId, reader.temporalId],
    };
  });
  const { structure } = reader;
  assert.ok(structure !== undefined);
  assert.equal(structure.decodeTargets, 9);
  assert.equal(structure.chains, 3);
  assert.deepEqual(structure.widths, [120, 240, 480]);
  assert.deepEqual(structure.heights, [67, 135, 270]);
  assert.deepEqual([...structure.targetSpatialIds.subarray(0, 9)], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  assert.deepEqual([...structure.targetTemporalIds.subarray(0, 9)], [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  assert.deepEqual([...structure.chainOf.subarray(0, 9)], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  assert.deepEqual(
    frames.map(({ frame }) => frame),
    [0x172, 0x173, 0x173, 0x175, 0x176, 0x176, 0x178],
  );
  assert.deepEqual(
    frames.map(({ layer }) => layer.join()),
    ['0,0', '1,0', '1,0', '0,2', '1,2', '1,2', '0,1'],
  );
  assert.equal(reader.activeTargets, 0b111111, 'the upper layer is switched off');
  assert.deepEqual([...reader.indications.subarray(0, 9)], [0, 1, 2, 0, 3, 3, 0, 3, 3]);
  assert.deepEqual([...reader.references.subarray(0, reader.referenceCount)], [6]);
  assert.deepEqual([...reader.chainReferences.subarray(0, 3)], [6, 5, 4]);
  assert.deepEqual(frames[0], { frame: 0x172, start: true, end: true, layer: [0, 0] });
  assert.deepEqual(frames[2], { frame: 0x173, start: false, end: true, layer: [1, 0] });
});

test('frames of a structure that is not known are told apart by their number only', () => {
  const reader = new DependencyDescriptorReader();
  assert.equal(parse(reader, Buffer.from('860173', 'hex')), false);
  assert.equal(reader.frameNumber, 0x173);
  assert.equal(parse(reader, Buffer.from('8601', 'hex')), false);
  assert.equal(reader.frameNumber, -1);
});

test('a structure that comes late does not displace a newer one, however long ago that was', () => {
  const reader = new DependencyDescriptorReader();
  const key = Buffer.from(L3T3[0]!, 'hex');
  const at = (frame: number): Uint8Array => {
    const bytes = Uint8Array.from(key);
    bytes.set([(frame >> 8) & 0xff, frame & 0xff], 1);
    return bytes;
  };
  assert.ok(parse(reader, at(1000)));
  const { structure } = reader;
  assert.ok(parse(reader, at(900)));
  assert.equal(reader.structureAttached, false);
  assert.equal(reader.structure, structure);
  // A frame every 1,000 numbers, past half of the numbers there are.
  for (let frame = 1000; frame < 60_000; frame += 1000) {
    assert.ok(parse(reader, Uint8Array.from([0xc6, frame >> 8, frame & 0xff])));
  }
  assert.ok(parse(reader, at(60_001)));
  assert.ok(reader.structureAttached);
});

const structures: fc.Arbitrary<WrittenStructure> = fc
  .record({
    templateOffset: fc.nat(63),
    decodeTargets: fc.integer({ min: 1, max: 32 }),
    layers: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 63 }),
    chained: fc.boolean(),
    seed: fc.nat(),
    resolutions: fc.boolean(),
  })
  .map(({ templateOffset, decodeTargets, layers, chained, seed, resolutions }) => {
    let state = seed;
    const random = (limit: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state >>> 8) % limit;
    };
    const chains = chained ? 1 + random(decodeTargets) : 0;
    const templates: WrittenTemplate[] = [];
    let spatial = 0;
    let temporal = 0;
    for (const step of [0, ...layers]) {
      if (step === 1 && temporal < 7) temporal++;
      else if (step === 2 && spatial < 3) {
        spatial++;
        temporal = 0;
      }
      templates.push({
        spatial,
        temporal,
        indications: Array.from({ length: decodeTargets }, () => random(4)),
        references: Array.from({ length: random(4) }, () => 1 + random(16)),
        chains: Array.from({ length: chains }, () => random(16)),
      });
    }
    return {
      templateOffset,
      decodeTargets,
      chains,
      chainOf: chains === 0 ? [] : Array.from({ length: decodeTargets }, () => random(chains)),
      templates,
      resolutions: resolutions
        ? Array.from({ length: spatial + 1 }, (): [number, number] => [
            1 + random(65_536),
            1 + random(65_536),
          ])
        : [],
    };
  });

function framesOf(structure: WrittenStructure): fc.Arbitrary<WrittenDescriptor[]> {
  const { decodeTargets, chains, templates } = structure;
  const listOf = (length: number, max: number): fc.Arbitrary<number[]> =>
    fc.array(fc.nat(max), { minLength: length, maxLength: length });
  return fc.array(
    fc.record(
      {
        start: fc.boolean(),
        end: fc.boolean(),
        template: fc.nat(templates.length - 1),
        frameNumber: fc.nat(0xffff),
        attached: fc.constant(false),
        activeTargets: fc.nat(2 ** Math.min(decodeTargets, 31) - 1),
        indications: listOf(decodeTargets, 3),
        references: fc.array(fc.integer({ min: 1, max: 4096 }), { maxLength: 32 }),
        chains: listOf(chains, 255),
      },
      { requiredKeys: ['start', 'end', 'template', 'frameNumber', 'attached'] },
    ),
    { minLength: 1, maxLength: 6 },
  );
}

test('whatever is written is read', () => {
  const cases = structures.chain((structure) => fc.tuple(fc.constant(structure), framesOf(structure)));
  fc.assert(
    fc.property(cases, ([written, frames]) => {
      const reader = new DependencyDescriptorReader();
      let active = 0;
      for (const [index, rest] of frames.entries()) {
        const frame = { ...rest, attached: index === 0 };
        const template = written.templates[frame.template]!;
        assert.ok(parse(reader, writeDescriptor(written, frame)));
        const structure = reader.structure!;
        if (index === 0) active = structure.allTargets;
        active = frame.activeTargets ?? active;
        assert.deepEqual(
          {
            start: reader.startOfFrame,
            end: reader.endOfFrame,
            frameNumber: reader.frameNumber,
            spatial: reader.spatialId,
            temporal: reader.temporalId,
            indications: [...reader.indications.subarray(0, written.decodeTargets)],
            references: [...reader.references.subarray(0, reader.referenceCount)],
            chains: [...reader.chainReferences.subarray(0, structure.chains)],
            active: reader.activeTargets,
          },
          {
            start: frame.start,
            end: frame.end,
            frameNumber: frame.frameNumber,
            spatial: template.spatial,
            temporal: template.temporal,
            indications: frame.indications ?? template.indications,
            references: frame.references ?? template.references,
            chains: frame.chains ?? template.chains,
            active,
          },
        );
        assert.deepEqual([...structure.chainOf.subarray(0, written.chainOf.length)], written.chainOf);
        assert.deepEqual(
          structure.widths.map((width, layer) => [width, structure.heights[layer]]),
          written.resolutions,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('what is cut off or made up is refused or read within its bytes, and never throws', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 90 }),
      fc.nat(L3T3.length - 1),
      fc.nat(94),
      (noise, which, cut) => {
        const reader = new DependencyDescriptorReader();
        parse(reader, Buffer.from(L3T3[0]!, 'hex'));
        const { structure } = reader;
        parse(reader, Buffer.from(L3T3[which]!, 'hex').subarray(0, cut));
        parse(reader, noise);
        assert.ok(reader.structure !== undefined && structure !== undefined);
        assert.ok(reader.structure.templates >= 1 && reader.structure.templates <= 64);
        assert.ok(reader.referenceCount <= 32);
      },
    ),
    { numRuns: 500 },
  );
});
