import assert from 'node:assert/strict';
import { test } from 'node:test';
import { H264Layers } from './h264-layers.js';
import { layerTarget } from './packet-layers.js';

function read(layers: H264Layers, timestamp: number, hex: string, newest = true): number {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  assert.ok(layers.parse(bytes, 0, bytes.length, timestamp, newest));
  return layers.temporalId;
}

test('pictures that no other one refers to are a layer of their own', () => {
  const layers = new H264Layers();
  assert.equal(read(layers, 1, '67 42e01f'), 0, 'SPS');
  assert.ok(layers.pictureStart);
  assert.equal(read(layers, 1, '65 88'), 0, 'IDR');
  assert.equal(layers.pictureStart, false);
  assert.equal(read(layers, 2, '01 9a'), 1, 'slice');
  assert.ok(layers.pictureStart);
  assert.deepEqual([layers.belongs(layerTarget(0, 0)), layers.belongs(layerTarget(0, 1))], [false, true]);
  assert.equal(read(layers, 3, '41 9a'), 0, 'slice that others refer to');
  assert.equal(read(layers, 4, '1c 81 9a'), 1, 'fragment');
  assert.equal(read(layers, 4, '1c 41 9a'), 1, 'its end');
  assert.equal(read(layers, 5, '18 0002 01 9a 0002 01 5a'), 1, 'aggregate');
  assert.equal(read(layers, 6, '78 0002 67 42 0002 65 88'), 0);
  assert.equal(read(layers, 5, '01 9a', false), 1, 'what comes late says so itself');
  assert.equal(layers.reach(layerTarget(0, 0), layerTarget(0, 1)), layerTarget(0, 1));
});

test('nothing is left out where pictures come with packets that do not say what they belong to', () => {
  const layers = new H264Layers();
  assert.equal(read(layers, 1, '65 88'), 0);
  assert.equal(read(layers, 2, '09 f0'), 0, 'access unit delimiter');
  assert.equal(read(layers, 2, '01 9a'), 0);
  assert.equal(read(layers, 3, '01 9a'), 0);
  const aggregated = new H264Layers();
  assert.equal(read(aggregated, 1, '18 0002 09 f0 0002 01 9a'), 1, 'together in one packet');
});
