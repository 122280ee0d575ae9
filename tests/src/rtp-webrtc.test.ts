import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import { describeRtp, freePorts, hasGStreamer, portsOf, RtpPrograms } from './support/rtp-programs.js';
import { waitFor } from './support/wait.js';

const skip = hasGStreamer()
  ? false
  : 'needs the Debian packages gstreamer1.0-tools, gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad';

describe('plain RTP to Chromium and back, without transcoding', { skip }, () => {
  // The programs stay on the loopback interface.
  const harness = useHarness({ server: { args: ['--media.loopback', 'always'] } });

  for (const codec of ['VP8', 'H264'] as const) {
    test(`${codec} and Opus`, async () => {
      const programs = new RtpPrograms();
      const pipeline = await harness.client.create('MediaPipeline');
      const peer = await harness.browser.newPeer({
        send: { audio: true, video: true },
        receive: { audio: true, video: true },
        videoCodec: codec,
      });
      try {
        const camera = await pipeline.create('RtpEndpoint');
        const player = await pipeline.create('RtpEndpoint');
        const browser = await pipeline.create('WebRtcEndpoint');
        await camera.connect(browser);
        await browser.connect(player);

        const playerPorts = await freePorts();
        const played = await programs.play(codec, playerPorts);
        await player.processOffer(describeRtp(codec, playerPorts));
        programs.send(codec, portsOf(await camera.processOffer(describeRtp(codec))));
        await callServer(peer, browser);

        const { received, sent } = await mediaArrives(peer, ['audio', 'video'], 30_000);
        await pictureMoves(peer);
        assert.deepEqual([received.video.codec, sent.video.codec], [codec, codec]);
        assert.equal(received.audio.codec, 'opus');
        await waitFor('ten decoded pictures', () => played.frames >= 10, 30_000);
        await waitFor('half a second of sound', () => played.sound >= 48_000);
        for (const kind of ['AUDIO', 'VIDEO'] as const) {
          assert.equal(await browser.isMediaTranscoding(kind), false);
        }
      } finally {
        programs.stop();
        await pipeline.release();
        await peer.close();
      }
    });
  }
});
