import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RtcpWriter } from '@rivero/rtp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import type { TestOffer } from '../test-support/session-descriptions.js';
import { vp8Continuation, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import type { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const VIDEO_SSRC = 2222;
const RTX_SSRC = 3333;
const AUDIO_SSRC = 1111;

type Stats = Record<string, Record<string, unknown>>;

describe('getStats', () => {
  const harness = sharedWorker();
  let pipeline: string;

  async function join(offer: TestOffer = {}): Promise<TestCall> {
    const made = await call(harness, pipeline, offer);
    return made;
  }

  async function presenterAndViewer(): Promise<{ presenter: TestCall; viewer: TestCall }> {
    pipeline = await harness.create('MediaPipeline', null);
    const presenter = await join({ direction: 'sendonly' });
    const viewer = await join({ direction: 'recvonly' });
    await harness.invoke(presenter.endpoint, 'connect', { sink: viewer.endpoint });
    return { presenter, viewer };
  }

  const statsOf = (object: string, mediaType?: string): Promise<Stats> =>
    harness.invoke<Stats>(object, 'getStats', mediaType === undefined ? {} : { mediaType });

  async function record(object: string, type: string, mediaType?: string): Promise<Record<string, unknown>> {
    const records = Object.values(await statsOf(object, mediaType)).filter((r) => r.type === type);
    assert.equal(records.length, 1, `records of type ${type}`);
    return records[0]!;
  }

  function sendVideo(peer: TestPeer, sequence: number, payload: Uint8Array): void {
    const timestamp = sequence * 3000;
    peer.sendRtp({ payloadType: 96, marker: true, sequence, timestamp, ssrc: VIDEO_SSRC, payload });
  }

  function sendRtx(peer: TestPeer, sequence: number, original: number, payload: Uint8Array): void {
    peer.sendRtp({
      payloadType: 97,
      marker: true,
      sequence,
      timestamp: original * 3000,
      ssrc: RTX_SSRC,
      payload: Buffer.concat([Buffer.from([original >> 8, original & 0xff]), payload]),
    });
  }

  /** A retransmission of nothing. */
  function sendPadding(peer: TestPeer, sequence: number): void {
    const payload = new Uint8Array(0);
    peer.sendRtp({ payloadType: 97, marker: false, sequence, timestamp: 9000, ssrc: RTX_SSRC, payload });
  }

  function sendAudio(peer: TestPeer, sequence: number, size: number): void {
    peer.sendRtp({
      payloadType: 111,
      marker: false,
      sequence,
      timestamp: sequence * 960,
      ssrc: AUDIO_SSRC,
      payload: new Uint8Array(size).fill(1),
    });
  }

  /** RTCP with what `write` puts into it. */
  function rtcp(write: (writer: RtcpWriter) => void): Uint8Array {
    let bytes = new Uint8Array(0);
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) => {
      bytes = buffer.slice(0, length);
    });
    writer.begin(99, Buffer.from('test'));
    write(writer);
    writer.finish();
    return bytes;
  }

  test('before negotiation and without RTP there are no records', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    const passThrough = await harness.create('PassThrough', pipeline);
    assert.deepEqual(await statsOf(endpoint), {});
    assert.deepEqual(await statsOf(passThrough), {});
  });

  test('received packets and payload bytes are exact: losses, retransmissions, padding', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    const { peer } = presenter;
    // Browsers probe the path with it at once, sometimes before there is media.
    sendPadding(peer, 69);
    sendVideo(peer, 1, vp8Payload(true, 500));
    await waitFor('the key frame', () => viewer.peer.rtp.length === 1);
    sendVideo(peer, 2, vp8Continuation(200));
    sendVideo(peer, 4, vp8Continuation(300));
    sendVideo(peer, 6, vp8Continuation(50));
    await waitFor('the losses to be asked for', () =>
      [3, 5].every((n) => peer.rtcp.some((p) => p.type === 'NACK' && p.sequence === n)),
    );
    // One of the two comes again, then a packet that is only padding.
    sendRtx(peer, 70, 3, vp8Continuation(77));
    sendPadding(peer, 71);
    await waitFor('the resend to be forwarded', () => viewer.peer.rtp.length === 5);
    for (const size of [20, 30]) sendAudio(peer, size, size);
    await waitFor('everything', () => viewer.peer.rtp.length === 7);

    const video = await record(presenter.endpoint, 'inboundrtp', 'VIDEO');
    assert.equal(video.ssrc, String(VIDEO_SSRC));
    assert.deepEqual([video.packetsReceived, video.bytesReceived], [7, 500 + 200 + 300 + 50 + 2 + 77]);
    // What came again by another stream was lost on this one (RFC 3550).
    assert.equal(video.packetsLost, 2);
    const nacks = video.nackCount as number;
    assert.ok(nacks >= 1);
    const audio = await record(presenter.endpoint, 'inboundrtp', 'AUDIO');
    assert.deepEqual([audio.packetsReceived, audio.bytesReceived], [2, 50]);

    const sent = await record(viewer.endpoint, 'outboundrtp', 'VIDEO');
    assert.equal(sent.ssrc, String(announcedSsrcs(viewer.answer, 'video')[0]));
    assert.deepEqual([sent.packetsSent, sent.bytesSent], [5, 500 + 200 + 300 + 50 + 77]);
    const sentAudio = await record(viewer.endpoint, 'outboundrtp', 'AUDIO');
    assert.deepEqual([sentAudio.packetsSent, sentAudio.bytesSent], [2, 50]);
    assert.deepEqual(await statsOf(viewer.endpoint, 'DATA'), {});
  });

  test('a fresh stream has lost nothing', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    const fresh = await record(viewer.endpoint, 'outboundrtp', 'VIDEO');
    assert.deepEqual([fresh.packetsSent, fresh.packetsLost, fresh.roundTripTime], [0, 0, 0]);
    sendVideo(presenter.peer, 9, vp8Payload(true));
    await waitFor('the packet', () => viewer.peer.rtp.length === 1);
    const first = await record(presenter.endpoint, 'inboundrtp');
    assert.deepEqual([first.packetsReceived, first.packetsLost, first.fractionLost], [1, 0, 0]);
  });

  test('what the receiver reports: losses, round trip, feedback by packets; retransmissions count as sent', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    for (let n = 1; n <= 5; n++) sendVideo(presenter.peer, n, vp8Payload(n === 1, 100));
    await waitFor('five packets', () => viewer.peer.rtp.length === 5);
    const [ssrc] = announcedSsrcs(viewer.answer, 'video');
    const report = await waitFor('a sender report', () =>
      viewer.peer.rtcp.find((p) => p.type === 'SR' && p.ssrc === (ssrc! | 0)),
    );
    // The middle of the NTP time: the round trip is what passes from the report on until the answer.
    const middle = (((report.ntpSeconds as number) & 0xffff) << 16) | ((report.ntpFraction as number) >>> 16);
    const first = viewer.peer.rtp[0]!.sequence;
    viewer.peer.sendRtcp(
      rtcp((writer) => {
        writer.receiverReport();
        writer.reportBlock({
          ssrc: ssrc! | 0,
          fractionLost: 64,
          cumulativeLost: 2,
          extendedHighest: first + 4,
          jitter: 90,
          lastSenderReport: middle,
          delaySinceLastSenderReport: 0,
        });
        writer.nack(
          ssrc! | 0,
          [first + 1, first + 2].map((n) => n & 0xffff),
          2,
        );
        writer.pli(ssrc! | 0);
        writer.fir(ssrc! | 0, 1);
        writer.remb(700_000, [ssrc! | 0], 1);
      }),
    );
    // Twice each, as long as there are few of them.
    await waitFor('both resends', () => viewer.peer.rtp.length === 9);
    const sent = await record(viewer.endpoint, 'outboundrtp', 'VIDEO');
    assert.deepEqual([sent.packetsLost, sent.fractionLost], [2, 0.25]);
    assert.deepEqual([sent.nackCount, sent.pliCount, sent.firCount], [1, 1, 1]);
    assert.deepEqual([sent.packetsSent, sent.bytesSent], [9, 5 * 100 + 4 * 102]);
    assert.ok(Math.abs((sent.remb as number) / 700_000 - 1) < 0.01, `${sent.remb}`);
    const unfiltered = (await statsOf(viewer.endpoint))[sent.id as string]!;
    assert.equal(unfiltered.remb, sent.remb, 'not only when video is asked for');
    const rtt = sent.roundTripTime as number;
    assert.ok(rtt > 0 && rtt < 10, `${rtt} s`);
    // The sender report counts the stream itself only (RFC 3550 section 6.4.1).
    const later = await waitFor('a later report', () =>
      viewer.peer.rtcp.findLast((p) => p.type === 'SR' && p.ssrc === (ssrc! | 0) && p !== report),
    );
    assert.deepEqual([later.packets, later.octets], [5, 500]);
  });

  test('the counts stay when the peer has hung up, and others take its place', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    for (let n = 1; n <= 3; n++) sendVideo(presenter.peer, n, vp8Payload(n === 1, 100));
    await waitFor('three packets', () => viewer.peer.rtp.length === 3);
    viewer.peer.hangUp();
    await waitFor('DTLS to close', () =>
      harness.eventsOf(viewer.endpoint, 'DtlsConnectionStateChange').some(({ state }) => state === 'CLOSED'),
    );
    const next = await join({ direction: 'recvonly' });
    await harness.invoke(presenter.endpoint, 'connect', { sink: next.endpoint });
    sendVideo(presenter.peer, 4, vp8Payload(true, 100));
    await waitFor('a packet', () => next.peer.rtp.length === 1);
    const sent = await record(viewer.endpoint, 'outboundrtp', 'VIDEO');
    assert.deepEqual([sent.packetsSent, sent.bytesSent], [3, 300]);
  });

  test('latencies: switched on and off while media flows, for endpoints and elements in between', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const presenter = await join({ direction: 'sendonly' });
    const between = await harness.create('PassThrough', pipeline);
    const idle = await harness.create('PassThrough', pipeline);
    const hub = await harness.create('Dispatcher', pipeline);
    const port = await harness.create('HubPort', hub);
    const viewer = await join({ direction: 'recvonly' });
    await harness.invoke(presenter.endpoint, 'connect', { sink: between });
    await harness.invoke(between, 'connect', { sink: viewer.endpoint });
    await harness.invoke(presenter.endpoint, 'connect', { sink: port });
    let sequence = 0;
    const flow = async (): Promise<void> => {
      const before = viewer.peer.rtp.length;
      sendVideo(presenter.peer, ++sequence, vp8Payload(sequence === 1));
      sendAudio(presenter.peer, sequence, 40);
      await waitFor('a packet of each', () => viewer.peer.rtp.length === before + 2);
    };
    await flow();
    assert.deepEqual(await statsOf(between), {});

    await harness.invoke(pipeline, 'setLatencyStats', { latencyStats: true });
    for (let i = 0; i < 5; i++) await flow();
    const endpoint = await record(viewer.endpoint, 'endpoint');
    assert.equal(endpoint.id, viewer.endpoint);
    assert.equal(endpoint.__type__, 'EndpointStats');
    for (const member of ['inputLatency', 'E2ELatency']) {
      assertLatencies(endpoint[member], ['sink_audio_default', 'sink_video_default']);
    }
    for (const object of [between, port]) {
      const element = await record(object, 'element');
      assert.equal(element.__type__, 'ElementStats');
      assertLatencies(element.inputLatency, ['sink_audio_default', 'sink_video_default']);
      assert.equal('E2ELatency' in element, false);
    }
    for (const name of ['sink_audio_default', 'sink_video_default']) {
      assert.ok(averageOf(endpoint.E2ELatency, name) >= averageOf(endpoint.inputLatency, name));
    }
    const video = await record(viewer.endpoint, 'endpoint', 'VIDEO');
    assertLatencies(video.E2ELatency, ['sink_video_default']);
    assert.deepEqual(await statsOf(idle), {});

    // An endpoint that comes while measuring is on measures too.
    const late = await join({ direction: 'sendonly' });
    await harness.invoke(late.endpoint, 'connect', { sink: idle });
    sendVideo(late.peer, 1, vp8Payload(true));
    await until('the late one to be measured', async () => Object.keys(await statsOf(idle)).length === 1);
    assertLatencies((await record(idle, 'element')).inputLatency, ['sink_video_default']);

    await harness.invoke(pipeline, 'setLatencyStats', { latencyStats: false });
    assert.deepEqual(await statsOf(between), {});
    assert.deepEqual(
      Object.values(await statsOf(viewer.endpoint)).map(({ type }) => type),
      ['outboundrtp', 'outboundrtp'],
    );
  });
});

interface Latency {
  name: string;
  type: string;
  avg: number;
}

/** Measured ones: more than nothing, and no nonsense of clocks that do not fit together. */
function assertLatencies(value: unknown, names: readonly string[]): void {
  const latencies = value as Latency[];
  assert.deepEqual(latencies.map(({ name }) => name).sort(), names);
  for (const { name, type, avg } of latencies) {
    assert.equal(type, name.includes('video') ? 'VIDEO' : 'AUDIO');
    assert.ok(avg > 0 && avg < 60e9, `${name}: ${avg} ns`);
  }
}

function averageOf(value: unknown, name: string): number {
  return (value as Latency[]).find((latency) => latency.name === name)!.avg;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
