import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContainerError } from '../container.js';
import { decode, encode, interleave, MemoryOutput, probe } from '../test-support/encoded-media.js';
import { Mp4Writer } from './mp4-writer.js';

const opus = encode('OPUS');
const h264 = encode('H264', 4);

for (const complete of ['index', 'fragments'] as const) {
  for (const codec of ['H264', 'H265', 'VP9', 'AV1'] as const) {
    test(`${codec} with Opus plays whole (${complete})`, () => {
      const video = encode(codec);
      const output = new MemoryOutput();
      const writer = new Mp4Writer(output, { complete, date: 1e12 });
      const tracks = [writer.addTrack(video.format), writer.addTrack(opus.format)];
      for (const frame of interleave(
        { track: tracks[0]!, frames: video.frames },
        { track: tracks[1]!, frames: opus.frames },
      )) {
        writer.write(frame);
      }
      writer.finish();
      const file = probe(output.bytes, 'mp4');
      assert.ok(Math.abs(file.duration! - 2) < 0.12, `duration ${file.duration}`);
      assert.deepEqual(
        file.streams.map(({ frames }) => frames),
        [video.frames.length, opus.frames.length],
      );
      const decoded = decode(output.bytes, 'mp4');
      assert.equal(decoded.videoFrames, 50);
      assert.ok(Math.abs(decoded.audioSamples / 48000 - 2) < 0.1);
    });
  }
}

test('AAC', () => {
  const audio = encode('AAC');
  const output = new MemoryOutput();
  const writer = new Mp4Writer(output);
  const track = writer.addTrack(audio.format);
  for (const frame of audio.frames) writer.write({ ...frame, track });
  writer.finish();
  assert.equal(probe(output.bytes, 'mp4').streams[0]!.codec, 'aac');
  assert.ok(Math.abs(decode(output.bytes, 'mp4').audioSamples / audio.format.sampleRate! - 2) < 0.1);
});

test('without an end, all but the running second is there', () => {
  const output = new MemoryOutput();
  const writer = new Mp4Writer(output);
  const tracks = [writer.addTrack(h264.format), writer.addTrack(opus.format)];
  const frames = interleave(
    { track: tracks[0]!, frames: h264.frames },
    { track: tracks[1]!, frames: opus.frames },
  );
  for (const [index, frame] of frames.entries()) {
    writer.write(frame);
    const seconds = (frame.dts ?? frame.pts) / 1e9;
    if (index % 40 !== 39 || seconds < 1.1) continue;
    const file = probe(output.bytes, 'mp4');
    const kept = file.streams[0]!.frames / 25;
    assert.ok(kept > seconds - 1.1, `${kept} of ${seconds} s`);
    decode(output.bytes, 'mp4');
  }
});

test('a track that comes later, and starts at its own time', () => {
  for (const complete of ['index', 'fragments'] as const) {
    const output = new MemoryOutput();
    const writer = new Mp4Writer(output, { complete });
    const audioTrack = writer.addTrack(opus.format);
    for (const frame of opus.frames.slice(0, 60)) writer.write({ ...frame, track: audioTrack });
    const videoTrack = writer.addTrack(h264.format);
    const offset = opus.frames[60]!.pts;
    for (const frame of interleave(
      { track: audioTrack, frames: opus.frames.slice(60) },
      { track: videoTrack, frames: h264.frames, offset },
    )) {
      writer.write(frame);
    }
    writer.finish();
    const file = probe(output.bytes, 'mp4');
    assert.deepEqual(
      file.streams.map(({ frames }) => frames),
      [opus.frames.length, h264.frames.length],
    );
    const firstShown = (offset + h264.frames[0]!.pts) / 1e9;
    assert.ok(Math.abs(file.streams[1]!.start - firstShown) < 0.02, `${complete}: ${file.streams[1]!.start}`);
    assert.equal(decode(output.bytes, 'mp4').videoFrames, 100);
  }
});

test('timestamps of live audio jitter: packets that follow each other stay whole, gaps remain', () => {
  const output = new MemoryOutput();
  const writer = new Mp4Writer(output);
  const track = writer.addTrack(opus.format);
  for (const [index, frame] of opus.frames.entries()) {
    if (index >= 40 && index < 50) continue;
    const { pts, dts: _, ...rest } = frame;
    writer.write({ ...rest, track, pts: pts + ((index * 7) % 5) * 1e6 });
  }
  writer.finish();
  const file = probe(output.bytes, 'mp4');
  assert.equal(file.streams[0]!.frames, opus.frames.length - 10);
  assert.ok(Math.abs(file.duration! - 2) < 0.1, `duration ${file.duration}`);
  decode(output.bytes, 'mp4');
});

test('what MP4 does not hold is refused', () => {
  const writer = new Mp4Writer(new MemoryOutput());
  assert.throws(() => writer.addTrack({ kind: 'video', codec: 'VP8', width: 2, height: 2 }), ContainerError);
  assert.throws(() => writer.addTrack({ kind: 'video', codec: 'H264', width: 2, height: 2 }), ContainerError);
});
