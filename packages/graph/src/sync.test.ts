import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { StreamCodec } from './protocol.js';
import { GraphProcess } from './test-support/graph-process.js';
import { MediaPeer } from './test-support/media-peer.js';
import { monotonicMs, senderReport } from './test-support/sender-report.js';
import { waitFor } from './test-support/wait-for.js';

const VP8: StreamCodec = { name: 'VP8', clockRate: 90000, channels: 1, parameters: {} };
/** How long before its arrival the sender reports say that a picture was taken, ms: no multiple of a frame's 66.7. */
const EARLIER_MS = 30;

test('what comes out has the time at which the sender reports say that it was captured', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, async (t) => {
  const graph = await GraphProcess.start();
  const peer = new MediaPeer();
  const relay = createSocket('udp4');
  const sink = createSocket('udp4');
  t.after(async () => {
    await peer.close();
    relay.close();
    sink.close();
    assert.equal(await graph.close(), 0);
  });
  for (const socket of [relay, sink]) {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
  }
  await peer.start();
  const ports = await graph.request('createInput', {
    input: 'in',
    kind: 'video',
    codec: VP8,
    payloadType: 96,
  });
  let first: { timestamp: number; capturedMs: number } | undefined;
  relay.on('message', (packet) => {
    const timestamp = packet.readUInt32BE(4);
    const ssrc = packet.readUInt32BE(8);
    first ??= { timestamp, capturedMs: monotonicMs() - EARLIER_MS };
    const captured = first.capturedMs + (timestamp - first.timestamp) / 90;
    relay.send(packet, ports.rtpPort, '127.0.0.1');
    relay.send(senderReport(ssrc, captured, timestamp), ports.rtcpPort, '127.0.0.1');
  });
  const output = { output: 'out', stream: 'in', encode: { codec: VP8 }, ssrc: 7, mtu: 1200, payloadType: 96 };
  const { timestampOrigin } = await graph.request('createOutput', { ...output, port: sink.address().port });
  /** How far the pictures of late are from the nearest capture time, ms. */
  const distances: number[] = [];
  sink.on('message', (packet) => {
    if (!(packet[1]! & 0x80) || first === undefined) return;
    const at = timestampOrigin / 1e6 + packet.readUInt32BE(4) / 90;
    const frame = 1000 / 15;
    const frames = (at - first.capturedMs) / frame;
    distances.push(Math.abs(frames - Math.round(frames)) * frame);
    if (distances.length > 10) distances.shift();
  });
  await graph.request('startOutput', { output: 'out' });
  await peer.sendVideo(relay.address().port);
  await waitFor(
    'ten pictures at their capture times',
    () => {
      return distances.length === 10 && distances.every((distance) => distance < 5);
    },
    15_000,
  );
});
