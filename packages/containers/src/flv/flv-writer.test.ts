import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContainerError } from '../container.js';
import { decode, encode, interleave, MemoryOutput, probe } from '../test-support/encoded-media.js';
import { FlvWriter } from './flv-writer.js';

test('H.264 with AAC plays whole, and to its last frame when it has no end', () => {
  const video = encode('H264');
  const audio = encode('AAC');
  const output = new MemoryOutput();
  const writer = new FlvWriter(output);
  const tracks = [writer.addTrack(video.format), writer.addTrack(audio.format)];
  for (const frame of interleave(
    { track: tracks[0]!, frames: video.frames },
    { track: tracks[1]!, frames: audio.frames },
  )) {
    writer.write(frame);
  }
  assert.equal(decode(output.bytes, 'flv').videoFrames, 50);
  writer.finish();
  const file = probe(output.bytes, 'flv');
  assert.ok(Math.abs(file.duration! - 2) < 0.15, `duration ${file.duration}`);
  assert.deepEqual(file.streams.map(({ codec }) => codec).sort(), ['aac', 'h264']);
  assert.equal(decode(output.bytes, 'flv').videoFrames, 50);
});

test('what FLV does not hold is refused', () => {
  const writer = new FlvWriter(new MemoryOutput());
  assert.throws(() => writer.addTrack({ kind: 'video', codec: 'VP8', width: 2, height: 2 }), ContainerError);
});
