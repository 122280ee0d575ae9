import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { amr, type Encoder, OPENH264, OPUS, sound, VP8, X264, X265 } from './encoders.js';
import type { StreamCodec } from './protocol.js';

const format = (parameters: Record<string, string> = {}, clockRate = 90_000): StreamCodec => ({
  name: '',
  clockRate,
  channels: 1,
  parameters,
});

/** A property of the encoder's own element. */
function set(encoder: Encoder, name: string, bitrate: number, codec = format()): unknown {
  const step = encoder.steps(bitrate, codec).find(([factory]) => factory === encoder.factory);
  assert.ok(step, encoder.factory);
  return step[1]?.[name];
}

test('a bitrate is given in the unit of the encoder, as it begins and as it changes', () => {
  for (const [encoder, rate] of [
    [VP8, 500_000],
    [X264, 500_000],
    [X265, 500_000],
    [OPUS, 32_000],
  ] as const) {
    const { property, bitsPerUnit } = encoder.bitrate!;
    assert.equal(set(encoder, property, rate), rate / bitsPerUnit, encoder.factory);
  }
  assert.equal(set(X264, 'bitrate', 100), 1, 'x264 takes no 0');
});

test('slices fit into packets for a receiver that takes no fragments (RFC 6184, packetization-mode 0)', () => {
  const whole = format({ 'packetization-mode': '0' });
  assert.equal(set(X264, 'option-string', 1, whole), 'slice-max-size=1100');
  assert.equal(set(X264, 'option-string', 1, format({ 'packetization-mode': '1' })), undefined);
  assert.equal(OPENH264.makes?.(whole), false);
  assert.equal(OPENH264.makes?.(format()), true);
});

describe('AMR', () => {
  const narrow = amr('8000', 'amrnbenc', 8);

  test('takes the best mode that the receiver allows', () => {
    assert.equal(set(narrow, 'band-mode', 0, format({ 'mode-set': '0,2,4' })), 4);
    assert.equal(set(narrow, 'band-mode', 0), 7);
  });

  test('of modes that there are not none counts', () => {
    assert.equal(set(narrow, 'band-mode', 0, format({ 'mode-set': '3,8,99' })), 3);
    assert.equal(set(narrow, 'band-mode', 0, format({ 'mode-set': 'all,-1' })), 7);
  });
});

test('sound is resampled to the clock of its codec where that is free', () => {
  const caps = (clockRate: number) =>
    sound('clock', '1', ['speexenc'])
      .steps(0, format({}, clockRate))
      .find(([name]) => name === 'capsfilter')?.[1];
  assert.deepEqual(caps(16_000), { caps: 'audio/x-raw,rate=16000,channels=1' });
  assert.deepEqual(caps(8000), { caps: 'audio/x-raw,rate=8000,channels=1' });
});
