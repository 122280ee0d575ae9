import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ntpFraction, ntpSeconds } from './ntp.js';
import { SourceClock } from './source-clock.js';

const EPOCH = 1_700_000_000_000;

test('audio and video stay as far apart as their source says, however late its reports came', () => {
  const clock = new SourceClock();
  const report = (epochMs: number): [number, number] => [ntpSeconds(epochMs), ntpFraction(epochMs)];
  // both report the moment EPOCH+40; audio's report needs 10 ms, video's 35 ms
  clock.onSenderReport(...report(EPOCH + 40), 1010);
  clock.onSenderReport(...report(EPOCH + 40), 1035);
  const audio = clock.timestampAt(3000, 48000, ...report(EPOCH + 40), 0);
  const video = clock.timestampAt(3000, 90000, ...report(EPOCH + 40), 0);
  assert.ok(Math.abs(audio / 48000 - video / 90000) < 0.0001);
  assert.ok(Math.abs(audio / 48 - 1990) < 3);
});

test('slews small differences and takes leaps over', () => {
  const clock = new SourceClock();
  assert.equal(clock.known, false);
  clock.onSenderReport(ntpSeconds(EPOCH), ntpFraction(EPOCH), 0);
  clock.onSenderReport(ntpSeconds(EPOCH), ntpFraction(EPOCH), 160);
  assert.equal(clock.timestampAt(1010, 1000, ntpSeconds(EPOCH), ntpFraction(EPOCH), 0), 1000);
  const at = (ms: number): [number, number] => [ntpSeconds(EPOCH + ms), ntpFraction(EPOCH + ms)];
  // A clock that was set back, and stays so.
  clock.onSenderReport(...at(0), 50_000);
  clock.onSenderReport(...at(6000), 56_000);
  assert.equal(clock.timestampAt(57_000, 1000, ...at(6000), 0), 1000);
  // Set forward: nothing comes before it was sent.
  clock.onSenderReport(...at(60_000), 57_000);
  assert.equal(clock.timestampAt(58_000, 1000, ...at(60_000), 0), 1000);
  assert.equal(clock.known, true);
});

test('reports that were held back do not move it', () => {
  const clock = new SourceClock();
  const at = (ms: number): [number, number] => [ntpSeconds(EPOCH + ms), ntpFraction(EPOCH + ms)];
  clock.onSenderReport(...at(0), 1000);
  for (const sent of [1000, 2000, 3000]) clock.onSenderReport(...at(sent), 9000);
  clock.onSenderReport(...at(8000), 9000);
  assert.equal(clock.timestampAt(9000, 1000, ...at(8000), 8000), 8000);
});
