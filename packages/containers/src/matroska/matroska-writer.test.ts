import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContainerCodec, ContainerError } from '../container.js';
import { decode, encode, interleave, MemoryOutput, probe } from '../test-support/encoded-media.js';
import { MatroskaWriter } from './matroska-writer.js';

const opus = encode('OPUS');
const FFMPEG_NAMES: Partial<Record<ContainerCodec, string>> = {
  H265: 'hevc',
  PCMU: 'pcm_mulaw',
};

for (const codec of ['VP8', 'VP9', 'AV1', 'H264', 'H265'] as const) {
  test(`${codec} with Opus plays whole, with the right duration`, () => {
    const video = encode(codec);
    const output = new MemoryOutput();
    const writer = new MatroskaWriter(output, {
      docType: codec.startsWith('H') ? 'matroska' : 'webm',
      date: 1e12,
    });
    const tracks = [writer.addTrack(video.format), writer.addTrack(opus.format)];
    const frames = interleave(
      { track: tracks[0]!, frames: video.frames },
      { track: tracks[1]!, frames: opus.frames },
    );
    for (const frame of frames) writer.write(frame);
    writer.finish();
    writer.finish();
    const file = probe(output.bytes, 'mkv');
    assert.ok(Math.abs(file.duration! - 2) < 0.1, `duration ${file.duration}`);
    assert.deepEqual(
      file.streams.map(({ codec: name, frames: count }) => [name, count]),
      [
        [FFMPEG_NAMES[codec] ?? codec.toLowerCase(), video.frames.length],
        ['opus', opus.frames.length],
      ],
    );
    const decoded = decode(output.bytes, 'mkv');
    assert.equal(decoded.videoFrames, 50);
    assert.ok(Math.abs(decoded.audioSamples / 48000 - 2) < 0.05);
  });
}

test('audio formats other than Opus', () => {
  for (const codec of ['AAC', 'PCMU'] as const) {
    const audio = encode(codec);
    const output = new MemoryOutput();
    const writer = new MatroskaWriter(output, { docType: 'matroska' });
    const track = writer.addTrack(audio.format);
    for (const frame of audio.frames) writer.write({ ...frame, track });
    writer.finish();
    assert.equal(probe(output.bytes, 'mkv').streams[0]!.codec, FFMPEG_NAMES[codec] ?? codec.toLowerCase());
    assert.ok(Math.abs(decode(output.bytes, 'mkv').audioSamples / audio.format.sampleRate! - 2) < 0.1);
  }
});

test('a file that ends anywhere plays to its last frame', () => {
  const video = encode('VP8');
  const output = new MemoryOutput();
  const writer = new MatroskaWriter(output, { docType: 'webm' });
  const tracks = [writer.addTrack(video.format), writer.addTrack(opus.format)];
  const frames = interleave(
    { track: tracks[0]!, frames: video.frames },
    { track: tracks[1]!, frames: opus.frames },
  );
  const written = [0, 0];
  for (const [index, frame] of frames.entries()) {
    writer.write(frame);
    written[frame.track]!++;
    if (index % 37 !== 36) continue;
    const file = probe(output.bytes, 'webm');
    assert.deepEqual(
      file.streams.map((stream) => stream.frames),
      written,
    );
    decode(output.bytes, 'webm');
  }
});

test('a track that comes later is written into the header', () => {
  const video = encode('VP8');
  const output = new MemoryOutput();
  const writer = new MatroskaWriter(output, { docType: 'webm' });
  const audioTrack = writer.addTrack(opus.format);
  for (const frame of opus.frames.slice(0, 30)) writer.write({ ...frame, track: audioTrack });
  const videoTrack = writer.addTrack(video.format);
  const offset = opus.frames[30]!.pts;
  for (const frame of interleave(
    { track: audioTrack, frames: opus.frames.slice(30) },
    { track: videoTrack, frames: video.frames, offset },
  )) {
    writer.write(frame);
  }
  writer.finish();
  const file = probe(output.bytes, 'webm');
  assert.deepEqual(
    file.streams.map(({ frames }) => frames),
    [opus.frames.length, video.frames.length],
  );
  assert.ok(
    Math.abs(file.streams[1]!.start - offset / 1e9) < 0.002,
    `video starts at ${file.streams[1]!.start}`,
  );
  assert.equal(decode(output.bytes, 'webm').videoFrames, 50);
});

test('how long the first frame of a later track lasts is not known: it does not lengthen the file', () => {
  const video = encode('VP8');
  const output = new MemoryOutput();
  const writer = new MatroskaWriter(output, { docType: 'webm' });
  const audioTrack = writer.addTrack(opus.format);
  for (const frame of opus.frames) writer.write({ ...frame, track: audioTrack });
  const { pts } = opus.frames.at(-1)!;
  const { keyFrame, data } = video.frames[0]!;
  writer.write({ track: writer.addTrack(video.format), pts, keyFrame, data });
  writer.finish();
  const { duration } = probe(output.bytes, 'webm');
  assert.ok(Math.abs(duration! - pts / 1e9) < 0.1, `duration ${duration}, the last frame at ${pts / 1e9}`);
});

test('a player can seek: the index points to clusters with key frames', () => {
  const video = encode('VP8', 4);
  const output = new MemoryOutput();
  const writer = new MatroskaWriter(output, { docType: 'webm' });
  const track = writer.addTrack(video.format);
  for (const frame of video.frames) writer.write({ ...frame, track });
  writer.finish();
  const cluster = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
  const cues = Buffer.from(output.bytes).lastIndexOf(Buffer.from([0x1c, 0x53, 0xbb, 0x6b]));
  assert.ok(cues > 0);
  let clusters = 0;
  for (let at = Buffer.from(output.bytes).indexOf(cluster); at >= 0 && at < cues; clusters++) {
    at = Buffer.from(output.bytes).indexOf(cluster, at + 1);
  }
  assert.equal(clusters, video.frames.filter(({ keyFrame }) => keyFrame).length);
});

test('what WebM does not hold is refused', () => {
  const writer = new MatroskaWriter(new MemoryOutput(), { docType: 'webm' });
  assert.throws(() => writer.addTrack({ kind: 'video', codec: 'H264', width: 2, height: 2 }), ContainerError);
  const matroska = new MatroskaWriter(new MemoryOutput(), { docType: 'matroska' });
  assert.throws(
    () => matroska.addTrack({ kind: 'video', codec: 'H264', width: 2, height: 2 }),
    ContainerError,
  );
  assert.throws(
    () => matroska.write({ track: 0, pts: 0, keyFrame: true, data: new Uint8Array(1) }),
    ContainerError,
  );
});

test('without a frame nothing is written', () => {
  const output = new MemoryOutput();
  const writer = new MatroskaWriter(output, { docType: 'webm' });
  writer.addTrack(opus.format);
  writer.finish();
  writer.write({ track: 0, pts: 0, keyFrame: true, data: new Uint8Array(1) });
  assert.equal(output.bytes.length, 0);
});
