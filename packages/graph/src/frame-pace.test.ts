import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { hasElement, isGraphEngineBuilt } from '@rivero/graph-engine';
import { FramePace } from './frame-pace.js';
import { GraphProcess } from './test-support/graph-process.js';
import { waitFor } from './test-support/wait-for.js';

test('half as many frames as the encoder reckons with may have twice the bits', () => {
  const pace = new FramePace(30);
  assert.equal(pace.factor, 1);
  assert.equal(pace.update(3, 1000), false);
  assert.equal(pace.update(10, 1500), false, 'too early');
  assert.equal(pace.update(18, 2000), true);
  assert.equal(pace.factor, 2);
  assert.equal(pace.update(78, 3000), true);
  assert.equal(pace.factor, 0.5);
});

test('a little more or less is the same, a silence too', () => {
  const pace = new FramePace(30);
  pace.update(0, 0);
  assert.equal(pace.update(28, 1000), false);
  assert.equal(pace.update(28, 2000), false);
  assert.equal(pace.update(60, 3000), false);
  assert.equal(pace.factor, 1);
});

test('very slow and very fast streams are bounded', () => {
  const pace = new FramePace(30);
  pace.update(0, 0);
  pace.update(1, 10_000);
  assert.equal(pace.factor, 6);
  pace.update(10_001, 11_000);
  assert.equal(pace.factor, 0.25);
});

test('more frames than expected are told before the interval is over', () => {
  const pace = new FramePace(30);
  pace.update(0, 0);
  assert.equal(pace.update(5, 1000), true);
  assert.equal(pace.factor, 6);
  assert.equal(pace.update(12, 1240), false);
  assert.equal(pace.update(15, 1334), true);
  assert.ok(Math.abs(pace.factor - 1) < 0.01, `${pace.factor}`);
});

test('x264 comes to its bitrate at ten frames a second', {
  skip: (!isGraphEngineBuilt() || !hasElement('x264enc')) && 'no x264enc',
}, async () => {
  const WANTED = 400_000;
  const graph = await GraphProcess.start();
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const format = { name: 'VP8', clockRate: 90_000, channels: 0, parameters: {} };
  const input = { input: 'in', kind: 'video', codec: format, payloadType: 96 } as const;
  const { rtpPort } = await graph.request('createInput', input);
  await graph.request('createOutput', {
    output: 'out',
    stream: 'in',
    encode: { codec: { ...format, name: 'H264' }, bitrate: WANTED },
    port: socket.address().port,
    payloadType: 96,
    ssrc: 7,
    mtu: 1200,
  });
  await graph.request('startOutput', { output: 'out' });
  /** bit/s of the last ten pictures, by their timestamps. */
  let bitrate = 0;
  const sizes: { at: number; bytes: number }[] = [];
  let bytes = 0;
  socket.on('message', (packet) => {
    bytes += packet.length - 12;
    if ((packet[1]! & 0x80) === 0) return;
    sizes.push({ at: packet.readUInt32BE(4), bytes });
    bytes = 0;
    if (sizes.length <= 10) return;
    const last = sizes.slice(-11);
    const seconds = ((last[10]!.at - last[0]!.at) >>> 0) / 90_000;
    bitrate = (last.slice(1).reduce((sum, each) => sum + each.bytes, 0) * 8) / seconds;
  });
  const chain = `videotestsrc is-live=true pattern=snow ! video/x-raw,format=I420,width=320,height=240,framerate=10/1
    ! vp8enc deadline=1 cpu-used=8 target-bitrate=2000000 ! rtpvp8pay pt=96 mtu=1200 ! udpsink host=127.0.0.1 port=${rtpPort} sync=false`;
  const source = spawn('gst-launch-1.0', ['-q', ...chain.trim().split(/\s+/)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await waitFor('the bitrate', () => bitrate > WANTED * 0.8 && bitrate < WANTED * 1.25, 20_000);
  } finally {
    source.kill('SIGKILL');
    socket.close();
    await graph.close();
  }
});
