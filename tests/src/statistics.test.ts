import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { BrowserPeer, PeerStatistics, StreamStatistics } from './support/browser.js';
import { callServer, mediaArrives } from './support/call.js';
import { useHarness } from './support/harness.js';
import type { MediaElement, MediaPipeline, WebRtcEndpoint } from './support/kurento.js';
import { pause, waitFor } from './support/wait.js';

type Stats = Record<string, Record<string, unknown>>;

/** How far apart the two sides may be; they count the same packets. */
const TOLERANCE = 0.02;
const CALL_MS = 5000;
const KINDS = ['audio', 'video'] as const;

describe('statistics of a loopback call with Chromium', () => {
  const harness = useHarness();
  let pipeline: MediaPipeline;
  let endpoint: WebRtcEndpoint;
  let between: MediaElement;
  let peer: BrowserPeer;

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    endpoint = await pipeline.create('WebRtcEndpoint');
    between = await pipeline.create('PassThrough');
    peer = await harness.browser.newPeer({
      send: { audio: true, video: true },
      receive: { audio: true, video: true },
    });
    await endpoint.connect(between);
    await between.connect(endpoint);
  });
  afterEach(async () => {
    await pipeline.release();
    await peer.close();
  });

  test('packets, bytes, losses and feedback are those of the browser, within 2 %', async () => {
    await callServer(peer, endpoint);
    await mediaArrives(peer);
    await pause(CALL_MS);
    await peer.stopSending();
    const { browser, server } = await settled();

    for (const kind of KINDS) {
      const stats = await endpoint.getStats(kind === 'audio' ? 'AUDIO' : 'VIDEO');
      const inbound = only(stats, 'inboundrtp');
      const outbound = only(stats, 'outboundrtp');
      const sent = browser.sent[kind];
      const received = browser.received[kind];
      assert.ok(sent.packets > 50, `${sent.packets} ${kind} packets`);
      close(inbound.packetsReceived, sent.packets, `${kind} packets of the browser`);
      close(inbound.bytesReceived, sent.bytes, `${kind} bytes of the browser`);
      close(outbound.packetsSent, received.packets, `${kind} packets to the browser`);
      close(outbound.bytesSent, received.bytes, `${kind} bytes to the browser`);
      assert.equal(inbound.packetsLost, 0);
      assert.equal(outbound.packetsLost, received.packetsLost);
      assert.deepEqual(feedbackOf(inbound), feedbackOf(sent), `feedback to the browser, ${kind}`);
      assert.deepEqual(feedbackOf(outbound), feedbackOf(received), `feedback of the browser, ${kind}`);
      // Seconds: in milliseconds or timestamp units they would be far more.
      for (const seconds of [inbound.jitter, outbound.roundTripTime]) {
        assert.ok(typeof seconds === 'number' && seconds >= 0 && seconds < 2, `${seconds} s`);
      }
    }
    assert.deepEqual(await between.getStats(), null);
    assert.equal(Object.values(server).length, 4);
  });

  test('latencies are measured while the pipeline is told to', async () => {
    await pipeline.setLatencyStats(true);
    await callServer(peer, endpoint);
    await mediaArrives(peer);
    const own = only(await endpoint.getStats(), 'endpoint');
    assert.equal(own.id, endpoint.id);
    for (const latencies of [own.inputLatency, own.E2ELatency]) assertMeasured(latencies);
    assertMeasured(only(await between.getStats(), 'element').inputLatency);
    await pipeline.setLatencyStats(false);
    assert.equal(await between.getStats(), null);
  });

  /** Both sides' figures once neither changes any more. */
  async function settled(): Promise<{ browser: PeerStatistics; server: Stats }> {
    let before = '';
    return waitFor('the figures to settle', async () => {
      // Chromium remembers a report for 50 ms.
      await pause(300);
      const browser = await peer.statistics();
      const server = await endpoint.getStats();
      const now = JSON.stringify([counts(browser), counted(server)]);
      const same = now === before;
      before = now;
      return same && { browser, server };
    });
  }
});

function counts({ sent, received }: PeerStatistics): number[] {
  return KINDS.flatMap((kind) => [sent[kind], received[kind]]).flatMap(({ packets, bytes }) => [
    packets,
    bytes,
  ]);
}

function counted(stats: Stats): unknown[] {
  return Object.values(stats).map(({ packetsSent, packetsReceived, packetsLost }) => [
    packetsSent,
    packetsReceived,
    packetsLost,
  ]);
}

function only(stats: Stats, type: string): Record<string, unknown> {
  const records = Object.values(stats).filter((record) => record.type === type);
  assert.equal(records.length, 1, `records of type ${type}`);
  return records[0]!;
}

function close(actual: unknown, expected: number, what: string): void {
  const difference = Math.abs(Number(actual) - expected) / expected;
  assert.ok(difference <= TOLERANCE, `${what}: ${actual} here, ${expected} there`);
}

/** Counts of feedback packets in a record of the server or of the browser. */
function feedbackOf(record: Record<string, unknown> | StreamStatistics): unknown {
  const of = (server: string, browser: string): number => {
    const values = record as Record<string, unknown>;
    return Number(values[server] ?? values[browser]);
  };
  return { nacks: of('nackCount', 'nacks'), plis: of('pliCount', 'plis'), firs: of('firCount', 'firs') };
}

function assertMeasured(value: unknown): void {
  const latencies = value as { name: string; type: string; avg: number }[];
  assert.deepEqual(latencies.map(({ name, type }) => [name, type]).sort(), [
    ['sink_audio_default', 'AUDIO'],
    ['sink_video_default', 'VIDEO'],
  ]);
  for (const { name, avg } of latencies) assert.ok(avg > 0 && avg < 60e9, `${name}: ${avg} ns`);
}
