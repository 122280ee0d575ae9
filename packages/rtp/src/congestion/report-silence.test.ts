import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { TransportFeedbackReader } from '../transport-feedback-reader.js';
import { TransportFeedbackRecorder } from '../transport-feedback-recorder.js';
import { ReportSilence } from './report-silence.js';
import { SentPackets } from './sent-packets.js';

describe('silence of a receiver', () => {
  let sent: SentPackets;
  let silence: ReportSilence;
  let recorder: TransportFeedbackRecorder;
  let next: number;
  let now: number;

  beforeEach(() => {
    sent = new SentPackets(new Uint32Array(SentPackets.words(1024)), 0, 1024);
    silence = new ReportSilence();
    recorder = new TransportFeedbackRecorder();
    next = 65_500;
    now = 1000;
  });

  function send(packets: number, everyMs: number): void {
    for (let i = 0; i < packets; i++) {
      now += everyMs;
      sent.put(next, (now * 1000) >>> 0, 1000);
      recorder.onPacket(next, (now * 1000) | 0);
      next = (next + 1) & 0xffff;
    }
  }

  /** @param lost on its way */
  function report(lost = false): number {
    const buffer = new Uint8Array(1200);
    const length = recorder.take(buffer);
    if (lost) return 0;
    const reader = new TransportFeedbackReader();
    assert.ok(reader.parse(buffer, 0, length));
    const ms = silence.onFeedback(reader, sent, now);
    for (let i = 0; i < reader.count; i++) sent.remove((reader.baseSequence + i) & 0xffff);
    return ms;
  }

  test('regular feedback is none', () => {
    for (let i = 0; i < 50; i++) {
      send(10, 5);
      assert.ok(report() <= 50);
    }
  });

  test('feedback that was lost, or was not sent, is', () => {
    send(10, 5);
    report();
    for (let i = 0; i < 20; i++) {
      send(10, 5);
      report(true);
    }
    send(10, 5);
    assert.ok(Math.abs(report() - 1045) < 2);
    send(200, 5);
    assert.ok(Math.abs(report() - 995) < 2);
  });

  test('a source that sends a packet now and then makes none', () => {
    for (let i = 0; i < 30; i++) {
      send(1, 1500);
      assert.equal(report(), 0);
    }
    send(1, 15_000);
    assert.equal(report(), 0);
  });

  test('an outage of any length is', () => {
    send(10, 5);
    report();
    const reader = recorder;
    recorder = new TransportFeedbackRecorder();
    send(2000, 15);
    recorder = reader;
    send(10, 5);
    recorder = new TransportFeedbackRecorder();
    send(10, 5);
    assert.equal(report(), Number.POSITIVE_INFINITY);
    send(10, 5);
    assert.ok(report() <= 50, 'once');
  });
});
