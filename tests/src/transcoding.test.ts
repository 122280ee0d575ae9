import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import { kurento7 } from './support/kurento.js';
import { childrenOf } from './support/process.js';
import { freePorts, hasGStreamer, RtpPrograms } from './support/rtp-programs.js';
import { waitFor } from './support/wait.js';

describe('transcoding, with Chromium at both ends', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const harness = useHarness({ server: { args: ['--media.loopback', 'always'] } });

  test('VP8 and Opus reach a viewer that takes H.264 and PCMU only; a viewer of VP8 gets it untouched', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const [source, odd, plain] = await Promise.all([
      pipeline.create('WebRtcEndpoint'),
      pipeline.create('WebRtcEndpoint'),
      pipeline.create('WebRtcEndpoint'),
    ]);
    const states: string[] = [];
    source.on('MediaTranscodingStateChanged', ({ mediaType, state }) => states.push(`${mediaType} ${state}`));
    const both = { audio: true, video: true };
    const sender = await harness.browser.newPeer({ send: both, videoCodec: 'VP8', audioCodec: 'opus' });
    await callServer(sender, source);
    const oddPeer = await harness.browser.newPeer({ receive: both, videoCodec: 'H264', audioCodec: 'PCMU' });
    await callServer(oddPeer, odd);
    const plainPeer = await harness.browser.newPeer({ receive: both, videoCodec: 'VP8', audioCodec: 'opus' });
    await callServer(plainPeer, plain);
    await source.connect(odd);
    await source.connect(plain);
    const { received } = await mediaArrives(oddPeer, ['audio', 'video'], 30_000);
    await pictureMoves(oddPeer);
    assert.equal(received.video.codec, 'H264');
    assert.equal(received.audio.codec, 'PCMU');
    const untouched = (await mediaArrives(plainPeer, ['audio', 'video'], 30_000)).received;
    assert.equal(untouched.video.codec, 'VP8');
    assert.equal(await source.isMediaTranscoding('VIDEO'), true);
    assert.match(await pipeline.getGstreamerDot(), /vp8dec/);
    await waitFor(
      'both to be told',
      () => states.includes('VIDEO TRANSCODING') && states.includes('AUDIO TRANSCODING'),
    );
    await odd.release();
    await waitFor('the end of transcoding', () => states.includes('VIDEO NOT_TRANSCODING'));
    assert.equal(await source.isMediaTranscoding('VIDEO'), false);
    await mediaArrives(plainPeer);
    await pipeline.release();
    await Promise.all([sender, oddPeer, plainPeer].map((peer) => peer.close()));
  });

  test('a format that is set for a source is what viewers get, until another one is set', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const source = await pipeline.create('WebRtcEndpoint');
    const viewer = await pipeline.create('WebRtcEndpoint');
    const video = { video: true };
    const sender = await harness.browser.newPeer({ send: video, videoCodec: 'VP8' });
    const peer = await harness.browser.newPeer({ receive: video });
    await callServer(sender, source);
    await callServer(peer, viewer);
    await source.connect(viewer);
    assert.equal((await mediaArrives(peer, ['video'], 30_000)).received.video.codec, 'VP8');
    const videoCaps = kurento7.getComplexType('VideoCaps');
    const fraction = kurento7.getComplexType('Fraction');
    for (const codec of ['H264', 'VP8']) {
      const framerate = fraction({ numerator: 10, denominator: 1 });
      await source.setVideoFormat(videoCaps({ codec, framerate }));
      await waitFor(
        `${codec} to arrive`,
        async () => (await peer.statistics()).received.video.codec === codec,
        30_000,
      );
      await mediaArrives(peer, ['video'], 30_000);
      assert.equal(await source.isMediaTranscoding('VIDEO'), true);
    }
    await pipeline.release();
    await Promise.all([sender, peer].map((each) => each.close()));
  });

  test('a GStreamerFilter takes the colours away, and a fresh graph process does so again', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const source = await pipeline.create('WebRtcEndpoint');
    const viewer = await pipeline.create('WebRtcEndpoint');
    const filter = await pipeline.create('GStreamerFilter', { command: 'videobalance saturation=0' });
    await source.connect(filter);
    await filter.connect(viewer);
    const video = { video: true };
    const sender = await harness.browser.newPeer({ send: video });
    const peer = await harness.browser.newPeer({ receive: video });
    await callServer(sender, source);
    await callServer(peer, viewer);
    const grey = async (): Promise<void> => {
      await mediaArrives(peer, ['video'], 30_000);
      const { red, green, blue } = await pictureMoves(peer, 30_000);
      assert.ok(Math.max(red, green, blue) - Math.min(red, green, blue) < 6, `${red} ${green} ${blue}`);
    };
    await grey();
    for (const graph of childrenOf(harness.server.workers[0]!)) process.kill(graph, 'SIGKILL');
    await grey();
    await pipeline.release();
    await Promise.all([sender, peer].map((each) => each.close()));
  });

  test('kill -9 of the graph process: a fresh one takes over, what is forwarded flows on', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const create = () => pipeline.create('WebRtcEndpoint');
    const [source, odd, plain] = await Promise.all([create(), create(), create()]);
    const video = { video: true };
    const sender = await harness.browser.newPeer({ send: video, videoCodec: 'VP8' });
    const oddPeer = await harness.browser.newPeer({ receive: video, videoCodec: 'H264' });
    const plainPeer = await harness.browser.newPeer({ receive: video, videoCodec: 'VP8' });
    await callServer(sender, source);
    await callServer(oddPeer, odd);
    await callServer(plainPeer, plain);
    await source.connect(odd);
    await source.connect(plain);
    await mediaArrives(oddPeer, ['video'], 30_000);
    await mediaArrives(plainPeer, ['video'], 30_000);
    const [worker] = harness.server.workers;
    const graphs = childrenOf(worker!);
    for (const graph of graphs) process.kill(graph, 'SIGKILL');
    await mediaArrives(plainPeer, ['video']);
    const { received } = await mediaArrives(oddPeer, ['video'], 30_000);
    assert.equal(received.video.codec, 'H264');
    await pictureMoves(oddPeer);
    assert.equal((await plainPeer.statistics()).received.video.packetsLost, 0);
    assert.ok(childrenOf(worker!).every((pid) => !graphs.includes(pid)));
    assert.deepEqual(harness.server.workers, [worker]);
    await pipeline.release();
    await Promise.all([sender, oddPeer, plainPeer].map((peer) => peer.close()));
  });

  test('a telephone with G.711 and a browser with Opus hear each other', {
    skip: !hasGStreamer(),
  }, async () => {
    const programs = new RtpPrograms();
    const pipeline = await harness.client.create('MediaPipeline');
    const peer = await harness.browser.newPeer({
      send: { audio: true },
      receive: { audio: true },
      audioCodec: 'opus',
    });
    try {
      // The programs that send and receive have a port each: to the server they are two telephones.
      const microphone = await pipeline.create('RtpEndpoint');
      const earpiece = await pipeline.create('RtpEndpoint');
      const browser = await pipeline.create('WebRtcEndpoint');
      await microphone.connect(browser);
      await browser.connect(earpiece);
      const describe = (at: number): string =>
        `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio ${at} RTP/AVP 0\na=rtpmap:0 PCMU/8000\n`;
      const { audio: port } = await freePorts();
      await earpiece.processOffer(describe(port));
      const answer = await microphone.processOffer(describe(9));
      const played = programs.phone(Number(/^m=audio (\d+)/m.exec(answer)![1]), port);
      await callServer(peer, browser);
      const { received, sent } = await mediaArrives(peer, ['audio'], 30_000);
      assert.deepEqual([received.audio.codec, sent.audio.codec], ['opus', 'opus']);
      await waitFor('the telephone to play a beep', () => played.sound > 800, 30_000);
      assert.equal(await browser.isMediaTranscoding('AUDIO'), true);
      assert.equal(await microphone.isMediaTranscoding('AUDIO'), true);
    } finally {
      programs.stop();
      await pipeline.release();
      await peer.close();
    }
  });
});
