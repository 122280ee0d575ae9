import assert from 'node:assert/strict';
import { test } from 'node:test';
import { L1T3, L2T2, L2T2_KEY } from '../testing/dependency-modes.js';
import { type WrittenStructure, writeDescriptor } from '../testing/dependency-writer.js';
import { DependencyLayers } from './dependency-layers.js';
import { EVERYTHING, layerTarget, type PacketLayers } from './packet-layers.js';
import { Vp8Layers } from './vp8-layers.js';

const ID = 12;
const S0T0 = layerTarget(0, 0);
const S0T1 = layerTarget(0, 1);
const S1T0 = layerTarget(1, 0);
const S1T1 = layerTarget(1, 1);

/** Sends frames of one packet each. */
class Sender {
  #frame: number;
  #timestamp = 0;

  constructor(
    readonly layers: PacketLayers,
    readonly structure: WrittenStructure,
    first = 100,
  ) {
    this.#frame = first - 1;
  }

  /** The next frame, of one packet. @param template 0 is a key frame, which attaches the structure */
  frame(
    template: number,
    options: { newPicture?: boolean; activeTargets?: number; skip?: number } = {},
  ): this {
    const { newPicture = this.structure.templates[template]!.spatial === 0, skip = 0 } = options;
    this.#frame = (this.#frame + 1 + skip) & 0xffff;
    if (newPicture) this.#timestamp += 3000;
    const element = writeDescriptor(this.structure, {
      start: true,
      end: true,
      template,
      frameNumber: this.#frame,
      attached: template === 0,
      ...(options.activeTargets !== undefined && { activeTargets: options.activeTargets }),
    });
    const words = Math.ceil((element.length + 2) / 4);
    const packet = new Uint8Array(12 + 4 + words * 4 + 10);
    packet.set([0x90, 96]);
    packet.set([0x10, 0x00, words >> 8, words & 0xff, ID, element.length, ...element], 12);
    const payload = 16 + words * 4;
    // A VP8 descriptor with a picture id, for those who read it.
    packet.set([0x90, 0x80, 0x07, 0x00], payload);
    assert.ok(this.layers.parse(packet, payload, 10, this.#timestamp, true, 0));
    assert.equal(this.layers.frameNumber, this.#frame);
    return this;
  }

  belongs(...targets: number[]): boolean[] {
    return targets.map((target) => this.layers.belongs(target));
  }
}

test('one spatial layer: temporal layers are left out, and come again where they begin anew', () => {
  const sender = new Sender(new DependencyLayers(ID, undefined), L1T3);
  const { layers } = sender;
  const [t0, t1, t2] = [layerTarget(0, 0), layerTarget(0, 1), layerTarget(0, 2)];
  sender.frame(0);
  assert.ok(layers.pictureStart && layers.switchingPoint);
  assert.equal(layers.reach(t0, t2), t2, 'at a key frame');
  for (const template of [3, 2, 4]) sender.frame(template);
  assert.deepEqual(sender.belongs(t0, t1, t2, EVERYTHING), [false, false, true, true]);
  assert.equal(layers.reach(t1, t2), t1, 'it refers to a frame that was left out of it');
  sender.frame(1);
  assert.deepEqual(sender.belongs(t0, t1, t2), [true, true, true]);
  assert.equal(layers.reach(t0, t2), t2, 'the base layer is a switching point');
  assert.equal(layers.reach(t2, t0), t0, 'down');
  sender.frame(3);
  assert.equal(layers.reach(t0, t1), t0, 'not of its layer');
  sender.frame(2);
  assert.equal(layers.reach(t1, t2), t2);
  assert.equal(layers.reach(t0, t2), t2, 'it refers to the base layer only');
  assert.equal(layers.reach(t2, t1), t1);
  assert.equal(layers.skippable, false);
});

test('full prediction: down at any picture, up at key pictures', () => {
  const sender = new Sender(new DependencyLayers(ID, undefined), L2T2, 65_530);
  const { layers } = sender;
  const targets = [S0T0, S0T1, S1T0, S1T1];
  sender.frame(0);
  assert.deepEqual(sender.belongs(...targets), [true, true, true, true]);
  assert.ok(layers.ends(S0T1) && !layers.ends(S1T1) && !layers.ends(EVERYTHING));
  assert.equal(layers.reach(S0T0, S1T1), S1T1);
  sender.frame(3);
  assert.equal(layers.pictureStart, false);
  assert.equal(layers.reach(S0T0, S1T1), S0T0, 'the picture has begun without it');
  assert.deepEqual(sender.belongs(...targets), [false, false, true, true]);
  assert.ok(layers.ends(S1T1) && !layers.ends(S0T1));
  sender.frame(2);
  assert.deepEqual(sender.belongs(...targets), [false, true, false, true]);
  assert.equal(layers.reach(S1T1, S0T1), S0T1);
  assert.equal(layers.reach(S0T1, S1T1), S0T1);
  sender.frame(5).frame(1);
  assert.equal(layers.reach(S1T0, S1T1), S1T0, 'the frame of the upper layer is the switching point');
  assert.equal(layers.reach(S0T0, S0T1), S0T1);
  sender.frame(4);
  assert.equal(layers.reach(S1T0, S1T1), S1T1);
  assert.equal(layers.reach(S1T1, S0T0), S1T1, 'not in the middle of a picture');
  assert.equal(layers.skippable, false);
});

test('prediction in key pictures only: lower layers are left out, and down needs a key picture', () => {
  const sender = new Sender(new DependencyLayers(ID, undefined), L2T2_KEY);
  const { layers } = sender;
  sender.frame(0).frame(3).frame(2);
  assert.deepEqual(sender.belongs(S0T1, S1T1), [true, false]);
  assert.ok(layers.skippable);
  assert.equal(layers.reach(S1T1, S0T1), S1T1);
  assert.equal(layers.reach(EVERYTHING, S0T1), S0T1);
  sender.frame(5).frame(1).frame(4);
  assert.equal(layers.reach(S1T0, S1T1), S1T1);
  sender.frame(0);
  assert.equal(layers.reach(S1T1, S0T1), S0T1);
});

test('a layer that the sender stops: the next one is sent, or a key frame is needed for it', () => {
  const full = new Sender(new DependencyLayers(ID, undefined), L2T2);
  full.frame(0).frame(3).frame(2).frame(5);
  assert.ok(full.layers.belongs(S1T1));
  full.frame(1, { activeTargets: 0b0011 });
  assert.ok(full.layers.belongs(S1T1) && full.layers.ends(S1T1));
  assert.equal(full.layers.needsKeyFrame, false, 'all of it was received');
  full.frame(2, { skip: 1, activeTargets: 0b0011 });
  full.frame(1, { skip: 1, activeTargets: 0b1111 }).frame(3);
  assert.ok(full.layers.belongs(S1T1) && full.layers.ends(S1T1), 'it has come again');
  assert.equal(full.layers.needsKeyFrame, false);

  const keyOnly = new Sender(new DependencyLayers(ID, undefined), L2T2_KEY);
  keyOnly.frame(0).frame(3).frame(2).frame(5);
  assert.ok(keyOnly.layers.belongs(S1T1));
  keyOnly.frame(1, { activeTargets: 0b0011 });
  assert.ok(keyOnly.layers.needsKeyFrame);
  keyOnly.frame(0);
  assert.equal(keyOnly.layers.needsKeyFrame, false);
});

test('packets without a description are read as their codec allows; picture numbers always are', () => {
  const layers = new DependencyLayers(ID, new Vp8Layers());
  new Sender(layers, L1T3).frame(0);
  assert.equal(layers.numbers?.pictureId, 7);
  assert.equal(layers.closesPictureIds, true);
  const bare = Buffer.from('90e0812307a0510000', 'hex');
  assert.ok(layers.parse(bare, 0, bare.length, 9000, true, 0));
  assert.equal(layers.frameNumber, -1);
  assert.equal(layers.temporalId, 2);
  assert.deepEqual([layers.belongs(layerTarget(0, 1)), layers.belongs(layerTarget(0, 2))], [false, true]);
  assert.equal(new DependencyLayers(ID, undefined).parse(bare, 0, bare.length, 9000, true, 0), false);
});

test('decode targets that are whole in what a receiver gets', () => {
  const sender = new Sender(new DependencyLayers(ID, undefined), L2T2);
  const { layers } = sender;
  const told = (...targets: number[]): string[] =>
    targets.map((target) => layers.decodeTargetsOf(target).toString(16));
  assert.deepEqual(told(EVERYTHING), ['0'], 'nothing came yet');
  sender.frame(0);
  assert.deepEqual(told(S0T0, S0T1, S1T0, S1T1, EVERYTHING), ['40001', '40003', '40005', '4000f', '4000f']);
  // The sender stops the upper layer: who got it gets the lower one.
  sender.frame(1, { activeTargets: 0b0011 });
  assert.deepEqual(told(S0T0, S0T1, S1T0, S1T1, EVERYTHING), ['40001', '40003', '40001', '40003', '40003']);

  const alone = new Sender(new DependencyLayers(ID, undefined), L2T2_KEY).frame(0).layers;
  // Frames of the lower layer after a key frame are not for the upper one.
  assert.equal(alone.decodeTargetsOf(S1T0), 0x40004);
  assert.equal(alone.decodeTargetsOf(S1T1), 0x4000c);
  assert.equal(alone.decodeTargetsOf(EVERYTHING), 0x4000f);
});
