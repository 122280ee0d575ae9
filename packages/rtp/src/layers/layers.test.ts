import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYTHING, layerTarget, type PacketLayers } from './packet-layers.js';
import { Vp8Layers } from './vp8-layers.js';
import { Vp9Layers } from './vp9-layers.js';

function read(layers: PacketLayers, timestamp: number, hex: string): PacketLayers {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  assert.ok(layers.parse(bytes, 0, bytes.length, timestamp, true, 0));
  return layers;
}

interface Vp9Frame {
  spatial: number;
  temporal: number;
  predicted?: boolean;
  interLayer?: boolean;
  switchingUp?: boolean;
  notReference?: boolean;
}

/** A frame of one packet in non-flexible mode. */
function vp9(frame: Vp9Frame): string {
  const first = 0xac | (frame.predicted ? 0x40 : 0) | (frame.notReference ? 1 : 0);
  const layer =
    (frame.temporal << 5) |
    (frame.switchingUp ? 0x10 : 0) |
    (frame.spatial << 1) |
    (frame.interLayer ? 1 : 0);
  return [first, 0x80, 1, layer, 7, 0xa2].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const all = (layers: PacketLayers, targets: number[]): boolean[] => targets.map((t) => layers.belongs(t));

test('VP9 with full spatial prediction: a target needs all layers below it', () => {
  const layers = new Vp9Layers();
  const targets = [layerTarget(0, 2), layerTarget(1, 0), layerTarget(2, 2), EVERYTHING];
  read(layers, 1, vp9({ spatial: 0, temporal: 0 }));
  assert.ok(layers.pictureStart);
  assert.deepEqual(all(layers, targets), [true, true, true, true]);
  read(layers, 1, vp9({ spatial: 1, temporal: 0, interLayer: true }));
  assert.equal(layers.pictureStart, false);
  assert.deepEqual(all(layers, targets), [false, true, true, true]);
  assert.deepEqual(
    targets.map((t) => layers.ends(t)),
    [false, true, false, false],
  );
  read(layers, 2, vp9({ spatial: 0, temporal: 2, predicted: true }));
  assert.deepEqual(all(layers, targets), [true, false, true, true]);
  // Down at any picture, up only at a key picture or, in time, at a switching point.
  assert.equal(layers.reach(layerTarget(2, 2), layerTarget(1, 2)), layerTarget(1, 2));
  assert.equal(layers.reach(layerTarget(1, 2), layerTarget(2, 2)), layerTarget(1, 2));
  assert.equal(layers.reach(layerTarget(1, 0), layerTarget(1, 2)), layerTarget(1, 0));
  read(layers, 3, vp9({ spatial: 0, temporal: 0, predicted: true, switchingUp: true }));
  assert.equal(layers.reach(layerTarget(1, 0), layerTarget(1, 2)), layerTarget(1, 2));
  read(layers, 4, vp9({ spatial: 0, temporal: 0 }));
  assert.equal(layers.reach(layerTarget(0, 0), layerTarget(2, 2)), layerTarget(2, 2));
});

test('VP9 with spatial prediction at key pictures only: lower layers are left out, and down needs a key picture', () => {
  const layers = new Vp9Layers();
  for (const spatial of [0, 1, 2]) read(layers, 1, vp9({ spatial, temporal: 0, interLayer: spatial > 0 }));
  assert.ok(layers.belongs(layerTarget(2, 0)));
  for (const spatial of [0, 1, 2]) {
    read(layers, 2, vp9({ spatial, temporal: 0, predicted: true, notReference: true }));
    assert.equal(layers.belongs(layerTarget(2, 0)), spatial === 2);
    assert.equal(layers.belongs(layerTarget(0, 0)), spatial === 0);
    assert.ok(layers.belongs(EVERYTHING));
  }
  read(layers, 3, vp9({ spatial: 0, temporal: 0, predicted: true, notReference: true }));
  assert.equal(layers.reach(layerTarget(2, 0), layerTarget(1, 0)), layerTarget(2, 0));
  assert.equal(layers.reach(EVERYTHING, layerTarget(1, 0)), layerTarget(1, 0), 'everything was received');
  read(layers, 4, vp9({ spatial: 0, temporal: 0 }));
  assert.equal(layers.reach(layerTarget(2, 0), layerTarget(1, 0)), layerTarget(1, 0));
});

test('VP9: a target above what is sent gets the highest layer that is', () => {
  const layers = new Vp9Layers();
  for (const spatial of [0, 1]) read(layers, 1, vp9({ spatial, temporal: 0, interLayer: spatial > 0 }));
  read(layers, 2, vp9({ spatial: 0, temporal: 0, predicted: true, notReference: true }));
  assert.equal(layers.belongs(layerTarget(2, 0)), false);
  read(layers, 2, vp9({ spatial: 1, temporal: 0, predicted: true, notReference: true }));
  assert.ok(layers.belongs(layerTarget(2, 0)));
});

test('VP8: temporal layers, up one at a time where the descriptor says that a layer begins anew', () => {
  const layers = new Vp8Layers();
  read(layers, 1, '90 e0 8123 07 00 50'); // key frame
  assert.equal(layers.reach(layerTarget(0, 0), layerTarget(0, 2)), layerTarget(0, 2));
  read(layers, 2, '90 e0 8124 07 a0 51'); // T2, Y
  assert.deepEqual(all(layers, [layerTarget(0, 1), layerTarget(0, 2), EVERYTHING]), [false, true, true]);
  assert.equal(layers.reach(layerTarget(0, 0), layerTarget(0, 2)), layerTarget(0, 0));
  assert.equal(layers.reach(layerTarget(0, 1), layerTarget(0, 2)), layerTarget(0, 2));
  read(layers, 3, '90 e0 8125 07 60 51'); // T1, Y
  assert.equal(layers.reach(layerTarget(0, 0), layerTarget(0, 2)), layerTarget(0, 1));
  assert.equal(layers.reach(EVERYTHING, layerTarget(0, 0)), layerTarget(0, 0));
  read(layers, 4, '90 e0 8126 07 40 51'); // T1
  assert.equal(layers.reach(layerTarget(0, 0), layerTarget(0, 1)), layerTarget(0, 0));
  read(layers, 4, '80 e0 8126 07 40 51');
  assert.equal(layers.pictureStart, false);
});
