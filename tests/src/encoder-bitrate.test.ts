import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { type KurentoClient, openClient, type RtpEndpoint } from './support/kurento.js';
import { RtpCounter, RtpFan } from './support/rtp-fan.js';
import { describeRtp, portsOf, type RtpPorts } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { pause, waitFor } from './support/wait.js';

/** Noise takes as much as an encoder is allowed to spend. */
const ENCODERS = {
  VP8: 'vp8enc deadline=1 cpu-used=8 target-bitrate=3000000 keyframe-max-dist=25 ! rtpvp8pay',
  H264: 'x264enc tune=zerolatency speed-preset=superfast key-int-max=25 bitrate=3000 sliced-threads=false ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency',
} as const;
type Codec = keyof typeof ENCODERS;

function noise(codec: Codec): (ports: RtpPorts) => string {
  return ({ video }) =>
    `videotestsrc is-live=true pattern=snow ! video/x-raw,format=I420,width=160,height=120,framerate=15/1
     ! ${ENCODERS[codec]} pt=96 mtu=1200 ! udpsink host=127.0.0.1 port=${video} sync=false`;
}

/** bit/s that come in some seconds. */
async function measured(counter: RtpCounter): Promise<number> {
  const [bytes, begun] = [counter.bytes, performance.now()];
  await pause(2000);
  return ((counter.bytes - bytes) * 8000) / (performance.now() - begun);
}

/** Until an encoder has settled. */
async function settles(counter: RtpCounter, lowest: number, highest: number): Promise<void> {
  let last = 0;
  for (let attempts = 0; attempts < 5; attempts++) {
    last = await measured(counter);
    if (last >= lowest && last <= highest) return;
  }
  assert.fail(`${Math.round(last)} bit/s, not from ${lowest} to ${highest}`);
}

describe('bounds of encoders', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  let server: TestServer;
  let client: KurentoClient;
  before(async () => {
    server = await TestServer.start({ args: ['--media.loopback', 'always'] });
    client = await openClient(server.uri);
  });
  after(async () => {
    client?.close();
    await server?.stop();
  });

  for (const [from, to] of [
    ['VP8', 'H264'],
    ['H264', 'VP8'],
  ] as const) {
    test(`${from} to ${to}: minEncoderBitrate and maxEncoderBitrate of the source bound encoderBitrate, also while it runs`, async (t) => {
      const fan = await RtpFan.start(noise(from));
      const counter = await RtpCounter.start();
      t.after(() => {
        fan.stop();
        counter.close();
      });
      const pipeline = await client.create('MediaPipeline');
      const [camera, viewer] = await Promise.all([
        pipeline.create('RtpEndpoint'),
        pipeline.create('RtpEndpoint'),
      ]);
      const bounded = camera as RtpEndpoint & Record<string, (value: number) => Promise<void>>;
      await bounded.setEncoderBitrate!(1_500_000);
      await bounded.setMaxEncoderBitrate!(300_000);
      await viewer.processOffer(describeRtp(to, { audio: 9, video: counter.port }));
      await camera.connect(viewer);
      fan.add(portsOf(await camera.processOffer(describeRtp(from))));
      await waitFor('pictures', () => counter.markers > 5);
      // Noise can not be made as small as one likes.
      await settles(counter, 120_000, 600_000);
      await bounded.setEncoderBitrate!(100_000);
      await bounded.setMaxEncoderBitrate!(2_000_000);
      await bounded.setMinEncoderBitrate!(700_000);
      await settles(counter, 620_000, 1_200_000);
      await pipeline.release();
    });
  }
});
