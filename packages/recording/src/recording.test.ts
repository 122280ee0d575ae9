import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { GapsFix } from './gap-closer.js';
import { recordingProfiles } from './profile.js';
import { Recording, type RecordingInput, type RecordingListener } from './recording.js';
import type { Storage } from './storage/storage.js';

const MS = 1e6;
const VP8 = { kind: 'video', codec: 'VP8', width: 64, height: 48 } as const;
const OPUS = { kind: 'audio', codec: 'OPUS', sampleRate: 48000, channels: 2 } as const;

class MemoryStorage implements Storage {
  onError: Storage['onError'];
  bytes: Buffer = Buffer.alloc(0);
  async open(): Promise<void> {}
  async close(): Promise<void> {}
  append(bytes: Uint8Array): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }
  patch(offset: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, offset);
  }
}

class Told implements RecordingListener {
  readonly log: string[] = [];
  started(): void {
    this.log.push('started');
  }
  keyFrameWanted(input: RecordingInput): void {
    this.log.push(`key frame ${input.kind}`);
  }
  codecWanted(input: RecordingInput, codec: string): void {
    this.log.push(`${input.kind} in ${codec}`);
  }
  sourcesEnded(): void {
    this.log.push('ended');
  }
}

function recording(
  profile: string,
  gapsFix: GapsFix = 'NONE',
): { recording: Recording; storage: MemoryStorage; log: string[] } {
  const storage = new MemoryStorage();
  const told = new Told();
  return {
    recording: new Recording(recordingProfiles[profile]!, storage, told, () => 0, gapsFix),
    storage,
    log: told.log,
  };
}

const frame = (ms: number, keyFrame = true) => ({ pts: ms * MS, keyFrame, data: new Uint8Array([1, 2, 3]) });

test('begins with the first usable frame: video waits for a key frame and asks for it', () => {
  const { recording: it, storage, log } = recording('WEBM');
  const video = it.addInput('video');
  it.setFormat(video, VP8);
  it.write(video, frame(0));
  assert.equal(storage.bytes.length, 0);
  it.record();
  assert.deepEqual(log, ['key frame video']);
  it.write(video, frame(40, false));
  assert.deepEqual([video.framesWritten, video.framesDropped], [0, 1]);
  it.write(video, frame(80));
  it.write(video, frame(120, false));
  assert.deepEqual(log, ['key frame video', 'started']);
  assert.equal(video.framesWritten, 2);
  assert.ok(storage.bytes.length > 0);
});

test('what comes after a loss or a pause begins with a key frame', () => {
  const { recording: it, log } = recording('WEBM');
  const video = it.addInput('video');
  it.setFormat(video, VP8);
  it.record();
  it.write(video, frame(0));
  it.lost(video);
  it.write(video, frame(40, false));
  assert.equal(video.framesWritten, 1);
  it.write(video, frame(80));
  it.pause();
  it.write(video, frame(120));
  assert.equal(video.framesWritten, 2);
  it.record();
  it.write(video, frame(5040, false));
  it.write(video, frame(5080));
  assert.equal(video.framesWritten, 3);
  // 0 and 80 ms last 80 ms each, the pause nothing.
  assert.equal(Math.round(it.length / MS), 240);
  assert.deepEqual(log.filter((entry) => entry === 'started').length, 2);
});

test('what MP4 gathers is in the file once it is flushed', () => {
  const { recording: it, storage } = recording('MP4');
  const video = it.addInput('video');
  it.setFormat(video, { kind: 'video', codec: 'H264', width: 64, height: 48, codecData: new Uint8Array(8) });
  it.flush();
  it.record();
  const fragments = (): number => storage.bytes.toString('latin1').split('moof').length - 1;
  for (let ms = 0; ms <= 400; ms += 40) it.write(video, frame(ms));
  assert.equal(fragments(), 0);
  it.flush();
  assert.equal(fragments(), 1);
  it.flush();
  assert.equal(fragments(), 1);
  for (let ms = 440; ms <= 1600; ms += 40) it.write(video, frame(ms));
  // After a second without: nobody has to.
  assert.equal(fragments(), 2);
  it.finish();
  const { length } = storage.bytes;
  it.flush();
  assert.equal(storage.bytes.length, length);
});

test('a kind that the profile does not hold is not taken; one source of a kind, many in the split recorder', () => {
  const { recording: audioOnly } = recording('WEBM_AUDIO_ONLY');
  assert.equal(audioOnly.takes('video'), false);
  assert.equal(audioOnly.takes('audio'), true);
  audioOnly.addInput('audio');
  assert.equal(audioOnly.takes('audio'), false);
  const { recording: split } = recording('KURENTO_SPLIT_RECORDER');
  split.addInput('audio', 'a');
  assert.equal(split.takes('audio'), true);
});

test('the codec of a track stays: when the source changes, it must be transcoded', () => {
  const { recording: it, log } = recording('MKV');
  const video = it.addInput('video');
  it.setFormat(video, VP8);
  it.record();
  it.write(video, frame(0));
  assert.deepEqual(it.accepts(video), ['VP8']);
  it.setFormat(video, { kind: 'video', codec: 'H264', width: 64, height: 48, codecData: new Uint8Array(8) });
  assert.deepEqual(log.at(-1), 'video in VP8');
  it.write(video, frame(40));
  assert.equal(video.framesWritten, 1);
  it.setFormat(video, { ...VP8, width: 128 });
  it.write(video, frame(80));
  assert.equal(video.framesWritten, 2);
});

test('the end of all sources is told; nothing is written after the end', () => {
  const { recording: it, storage, log } = recording('WEBM');
  const video = it.addInput('video');
  const audio = it.addInput('audio');
  it.setFormat(video, VP8);
  it.setFormat(audio, OPUS);
  it.record();
  it.write(audio, frame(0));
  it.write(video, frame(10));
  it.end(video);
  assert.equal(log.includes('ended'), false);
  it.end(audio);
  assert.equal(log.at(-1), 'ended');
  it.finish();
  const { length } = storage.bytes;
  it.record();
  it.write(audio, frame(30));
  it.finish();
  assert.equal(storage.bytes.length, length);
});

test('a source whose clock is set back goes on behind its last frame', () => {
  const { recording: it, storage } = recording('WEBM');
  const audio = it.addInput('audio');
  it.setFormat(audio, OPUS);
  it.record();
  for (const ms of [0, 20, 40, 900, 920, 60, 80, 940]) it.write(audio, frame(ms));
  it.finish();
  assert.deepEqual(packetTimes(storage.bytes).audio, [0, 20, 40, 900, 920, 921, 922, 940]);
});

for (const [gapsFix, expected] of [
  ['NONE', { audio: [0, 20, 5040, 5060, 5080], video: [0, 40, 5040, 5080] }],
  // The picture of 5040 comes first, and is moved as far as can be known; sound and picture of 5080 are 20 ms apart from it.
  ['GENPTS', { audio: [0, 20, 40, 60, 80], video: [0, 40, 41, 80] }],
] as const) {
  test(`five seconds without sound and picture: ${gapsFix}`, () => {
    const { recording: it, storage } = recording('MKV', gapsFix);
    const audio = it.addInput('audio');
    const video = it.addInput('video');
    it.setFormat(audio, OPUS);
    it.setFormat(video, VP8);
    it.record();
    const lost = (ms: number) => ({ ...frame(ms), discontinuous: true });
    it.write(audio, frame(0));
    it.write(video, frame(0));
    it.write(audio, frame(20));
    it.write(video, frame(40));
    it.write(video, lost(5040));
    it.write(audio, lost(5040));
    it.write(audio, frame(5060));
    it.write(video, frame(5080));
    it.write(audio, frame(5080));
    it.finish();
    assert.deepEqual(packetTimes(storage.bytes), expected);
  });
}

/** Times of the packets of a file, ms, as they lie in it. */
function packetTimes(file: Uint8Array): { audio: number[]; video: number[] } {
  const path = join(tmpdir(), `rivero-recording-${process.pid}.mkv`);
  writeFileSync(path, file);
  try {
    const entries = ['-show_entries', 'packet=codec_type,pts', '-of', 'csv=p=0'];
    const { stdout } = spawnSync('ffprobe', ['-v', 'error', ...entries, path]);
    const times: { audio: number[]; video: number[] } = { audio: [], video: [] };
    for (const line of stdout.toString().trim().split(/\s+/)) {
      const [kind, pts] = line.split(',');
      times[kind as 'audio' | 'video'].push(Number(pts));
    }
    return times;
  } finally {
    rmSync(path);
  }
}
