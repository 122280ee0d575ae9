import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rtpPacket } from './test-support/av1-units.js';
import { Through } from './test-support/through.js';

const TONE_HZ = 500;
const FRAMES = 50;
const sound = (rate: number) => `audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=${rate}`;
const rtp = (rate: number) =>
  `application/x-rtp,media=(string)audio,clock-rate=(int)${rate},encoding-name=(string)SPEEX,payload=(int)96`;

/** 20 ms of a tone that goes on from frame to frame. */
function toneFrame(rate: number, frame: number): Uint8Array {
  const length = rate / 50;
  const samples = Int16Array.from({ length }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * TONE_HZ * (frame * length + i)) / rate)),
  );
  return new Uint8Array(samples.buffer);
}

/** The share of the power that is at the tone (Goertzel). */
function shareOfTone(samples: Int16Array, rate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * TONE_HZ) / rate);
  let [before, last, power] = [0, 0, 0];
  for (const sample of samples) {
    [before, last] = [last, sample + coefficient * last - before];
    power += sample * sample;
  }
  const tone = last * last + before * before - coefficient * last * before;
  return power === 0 ? 0 : (2 * tone) / (samples.length * power);
}

for (const rate of [8000, 16_000, 32_000]) {
  test(`Speex of ${rate} Hz out of packets is decoded, without the headers that files have`, async (context) => {
    const through = await Through.make(
      context,
      sound(rate),
      'speexenc ! riverospeexpay pt=96 ! riverospeexdepay ! speexdec',
    );
    for (let frame = 0; frame < FRAMES; frame++) through.push(toneFrame(rate, frame));
    await through.end();
    const bytes = Buffer.concat(through.out.map((each) => each.bytes));
    const samples = new Int16Array(Uint8Array.from(bytes).buffer);
    assert.ok(samples.length > (0.8 * FRAMES * rate) / 50, `${samples.length} samples`);
    assert.ok(shareOfTone(samples.subarray(samples.length / 4), rate) > 0.8);
  });
}

test('whatever comes in packets goes out as it is', async (context) => {
  const packets = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 80 }), 200);
  const depay = await Through.make(context, rtp(8000), 'riverospeexdepay');
  for (const [i, bytes] of packets.entries()) depay.push(rtpPacket(i, i * 160, false, bytes));
  await depay.end();
  assert.deepEqual(
    depay.out.map(({ bytes }) => [...bytes]),
    packets.map((bytes) => [...bytes]),
  );
});

test('headers of a file are no packets, and frames are without them', async (context) => {
  const encoded = await Through.make(
    context,
    sound(8000),
    'speexenc ! riverospeexpay pt=96 ! riverospeexdepay',
  );
  for (let frame = 0; frame < FRAMES; frame++) encoded.push(toneFrame(8000, frame));
  await encoded.end();
  assert.ok(
    encoded.out.length >= FRAMES && encoded.out.length <= FRAMES + 1,
    `${encoded.out.length} packets`,
  );
  assert.ok(encoded.out.every(({ bytes }) => !Buffer.from(bytes).toString('latin1').startsWith('Speex')));

  const frames = encoded.out.slice(10).map(({ bytes }) => bytes);
  const late = await Through.make(
    context,
    'audio/x-speex,rate=8000,channels=1',
    'riverospeexpay pt=96 ! riverospeexdepay',
  );
  for (const frame of frames) late.push(frame);
  await late.end();
  assert.deepEqual(
    late.out.map(({ bytes }) => [...bytes]),
    frames.map((frame) => [...frame]),
  );
});
