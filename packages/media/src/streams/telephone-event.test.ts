import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NegotiatedCodec } from '@rivero/sdp';
import { convertedDuration, eventFormat } from './telephone-event.js';

function codec(name: string, clockRate: number, payloadType: number): NegotiatedCodec {
  const feedback = { nack: false, pli: false, fir: false, remb: false, transportCc: false };
  return {
    name,
    clockRate,
    channels: 1,
    fmtp: new Map(),
    payloadType,
    receivePayloadType: payloadType,
    feedback,
  };
}

test('events go out in the clock they came in where the receiver has it', () => {
  const source = codec('telephone-event', 48000, 110);
  const opus = codec('opus', 48000, 111);
  const [slow, fast] = [codec('telephone-event', 8000, 101), codec('Telephone-Event', 48000, 100)];
  assert.equal(eventFormat(source, [opus, slow, fast]), fast);
  assert.equal(eventFormat(source, [opus, slow]), slow);
  assert.equal(eventFormat(source, [opus]), undefined);
});

test('durations are converted, and never wrap', () => {
  const payload = (duration: number) => Uint8Array.of(0xff, 5, 10, duration >> 8, duration & 0xff);
  assert.equal(convertedDuration(payload(4800), 1, 4, 48000, 8000), 800);
  assert.equal(convertedDuration(payload(800), 1, 4, 8000, 48000), 4800);
  assert.equal(convertedDuration(payload(60000), 1, 4, 8000, 48000), 0xffff);
  assert.equal(convertedDuration(payload(800), 1, 3, 8000, 48000), -1);
});
