import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EncodingSettings } from './encoding-settings.js';

test('all sinks share one object of wishes until something is set', () => {
  const rates: Record<string, number> = { encoderBitrate: 0, minEncoderBitrate: 0, maxEncoderBitrate: 1e6 };
  const settings = new EncodingSettings({ property: (name) => rates[name] });
  const before = settings.wishes('video');
  assert.equal(settings.wishes('video'), before);
  assert.deepEqual(before.bitrate, { initial: 0, minimum: 0, maximum: 1e6 });
  rates.encoderBitrate = 300_000;
  settings.changed();
  assert.equal(settings.wishes('video').bitrate.initial, 300_000);
  assert.equal(settings.wishes('audio').bitrate.initial, 0);
});

test('formats that can be sent are asked for, RAW and impossible rates are not', () => {
  const settings = new EncodingSettings({ property: () => 0 });
  settings.setVideoFormat({ codec: 'H264', framerate: { numerator: 30, denominator: 2 } });
  settings.setAudioFormat({ codec: 'PCMU', bitrate: 64_000 });
  assert.equal(settings.wishes('video').codec, 'H264');
  assert.equal(settings.wishes('video').maxFramerate, 15);
  assert.equal(settings.wishes('audio').codec, 'PCMU');
  assert.equal(settings.wishes('audio').bitrate.initial, 64_000);
  settings.setVideoFormat({ codec: 'RAW', framerate: { numerator: 30, denominator: 0 } });
  settings.setAudioFormat({ codec: 'RAW', bitrate: -1 });
  assert.equal(settings.wishes('video').codec, undefined);
  assert.equal(settings.wishes('video').maxFramerate, undefined);
  assert.equal(settings.wishes('audio').codec, undefined);
  assert.equal(settings.wishes('audio').bitrate.initial, 0);
});
