import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { openClient, recordEvents } from './support/kurento.js';
import { probeFile } from './support/media-file.js';
import { RtpFan, smallMedia } from './support/rtp-fan.js';
import { describeRtp, portsOf } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

/** How long nothing comes, ms. */
const OUTAGE_MS = 2000;

describe('RecorderEndpoint: gaps', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  for (const [codec, profile] of [
    ['VP8', 'WEBM'],
    ['H264', 'MP4'],
  ] as const) {
    test(`${profile}: GENPTS takes the time of lost packets out of the recording`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'rivero-recorder-gaps-'));
      const path = join(folder, 'recording');
      const args = ['--media.loopback', 'always', '--media.recorderGapsFix', 'GENPTS'];
      const server = await TestServer.start({ args });
      const client = await openClient(server.uri);
      const fan = await RtpFan.start(smallMedia(codec));
      const grows = (bytes: number): Promise<unknown> => {
        const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
        return waitFor(
          'the file to grow',
          () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > size + bytes,
          30_000,
        );
      };
      try {
        const pipeline = await client.create('MediaPipeline');
        const endpoint = await pipeline.create('RtpEndpoint');
        fan.add(portsOf(await endpoint.processOffer(describeRtp(codec))));
        const recorder = await pipeline.create('RecorderEndpoint', {
          uri: `file://${path}`,
          mediaProfile: profile,
        });
        const told = recordEvents(recorder, ['Recording']);
        await endpoint.connect(recorder);
        await recorder.record();
        await waitFor('the recording to begin', () => told.length > 0, 30_000);
        await grows(40_000);
        fan.loss = 1;
        const lostAt = performance.now();
        await waitFor('the outage to pass', () => performance.now() - lostAt > OUTAGE_MS);
        fan.loss = 0;
        const lost = (performance.now() - lostAt) / 1000;
        await grows(60_000);
        const elapsed = (performance.now() - told[0]!.at) / 1000;
        await recorder.stopAndWait();
        const { streams, largestGap, duration } = probeFile(path);
        assert.ok(largestGap < lost - 0.5, `${largestGap} s without a packet, ${lost} s lost`);
        assert.ok(duration < elapsed - lost + 1, `${duration} s recorded in ${elapsed} s, ${lost} s lost`);
        const ends = streams.map(({ end }) => end);
        assert.ok(Math.max(...ends) - Math.min(...ends) < 0.5, `ends at ${ends} s`);
      } finally {
        fan.stop();
        client.close();
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
