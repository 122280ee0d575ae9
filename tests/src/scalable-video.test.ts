import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { FreezeWatch } from './support/freeze-watch.js';
import { useHarness } from './support/harness.js';
import { invokeBeyond, type MediaPipeline, type WebRtcEndpoint } from './support/kurento.js';
import { RawPage } from './support/raw-page.js';
import { waitFor } from './support/wait.js';

type Limited = WebRtcEndpoint & { setMaxVideoSendBandwidth(kbps: number): Promise<void> };

describe('scalable video (SVC) of Chromium', () => {
  const harness = useHarness();
  let pipeline: MediaPipeline;
  const pages: RawPage[] = [];

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
  });
  afterEach(async () => {
    await pipeline.release();
    for (const page of pages.splice(0)) await page.close();
  });

  async function open(): Promise<RawPage> {
    const page = await RawPage.open(harness);
    pages.push(page);
    return page;
  }

  /** A camera that sends two encodings, and a screen. @param without lines that are left out of the screen's offer */
  async function simulcastCall(without: RegExp) {
    const presenter = await pipeline.create('WebRtcEndpoint');
    const camera = await open();
    await camera.sendPicture({
      width: 640,
      height: 360,
      colour: '#804020',
      codec: 'VP8',
      encodings: [
        { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 100_000 },
        { rid: 'f', maxBitrate: 900_000 },
      ],
    });
    await camera.call(presenter);
    const viewer = (await pipeline.create('WebRtcEndpoint')) as Limited;
    await presenter.connect(viewer);
    const screen = await open();
    await screen.receiveVideo();
    await screen.call(viewer, without);
    return { presenter, camera, viewer, screen };
  }

  for (const [codec, scalabilityMode] of [
    ['VP9', 'L3T3_KEY'],
    ['VP9', 'L3T3'],
  ] as const) {
    test(`${codec} ${scalabilityMode}: a viewer gets the size that its bandwidth allows, and changes without errors`, async (t) => {
      const presenter = (await pipeline.create('WebRtcEndpoint')) as Limited;
      const camera = await open();
      await camera.sendPicture({
        width: 960,
        height: 540,
        colour: '#208040',
        codec,
        encodings: [{ scalabilityMode, maxBitrate: 1_500_000 } as RTCRtpEncodingParameters],
      });
      await camera.call(presenter);
      const viewer = (await pipeline.create('WebRtcEndpoint')) as Limited;
      await presenter.connect(viewer);
      const screen = await open();
      await screen.receiveVideo();
      // Without an estimate the application's bound decides alone.
      await screen.call(viewer, /goog-remb|transport-cc/);
      const width = async (): Promise<number> => (await screen.figures()).frameWidth;
      // A sender on a busy machine may make its picture smaller.
      const largest = async (): Promise<number> => (await camera.figures()).active['']!.frameWidth;
      const decodes = async (what: string, condition: () => Promise<boolean>): Promise<void> => {
        await waitFor(what, condition, 30_000);
        const before = (await screen.figures()).framesDecoded;
        await waitFor('it to go on', async () => (await screen.figures()).framesDecoded > before + 20);
      };
      await decodes(
        'the whole picture',
        async () => (await width()) >= 640 && (await width()) === (await largest()),
      );
      assert.equal((await camera.figures()).codec, codec);
      assert.equal((await camera.figures()).scalabilityMode, scalabilityMode);
      const started = await screen.figures();
      const freezes = await FreezeWatch.start(camera, screen);
      await viewer.setMaxVideoSendBandwidth(50);
      await decodes('a small picture', async () => (await width()) < 320);
      await viewer.setMaxVideoSendBandwidth(0);
      await decodes('the whole picture', async () => (await width()) === (await largest()));
      const figures = await screen.figures();
      assert.equal(figures.packetsLost, 0, 'what is left out does not look lost');
      assert.ok(figures.pliCount - started.pliCount <= 2, 'the decoder asked for no key frames');
      await freezes.assertNone(t);
    });
  }

  /** The screen answers an offer of the server, which has the dependency descriptor: pages do not offer it to receive. */
  for (const [codec, scalabilityMode, spatialLayers] of [
    ['AV1', 'L3T3', 3],
    ['AV1', 'L3T3_KEY', 3],
    ['AV1', 'L1T3', 1],
    ['VP9', 'L3T3_KEY', 3],
    ['H264', 'L1T3', 1],
  ] as const) {
    test(`${codec} ${scalabilityMode} with dependency descriptors: layers that the application allows, without errors`, async (t) => {
      const presenter = await pipeline.create('WebRtcEndpoint');
      const camera = await open();
      if (!(await camera.encodes(codec))) return t.skip(`this browser does not encode ${codec}`);
      await camera.sendPicture({
        width: 960,
        height: 540,
        colour: '#602080',
        codec,
        encodings: [{ scalabilityMode, maxBitrate: 1_500_000 } as RTCRtpEncodingParameters],
      });
      await camera.call(presenter);
      const viewer = await pipeline.create('WebRtcEndpoint');
      await presenter.connect(viewer);
      const screen = await open();
      assert.match(await screen.answer(viewer), /dependency-descriptor/);
      const width = async (): Promise<number> => (await screen.figures()).frameWidth;
      const sent = async (): Promise<{ frameWidth: number; framesPerSecond: number }> =>
        (await camera.figures()).active['']!;
      const bound = (maxSpatialLayer: number, maxTemporalLayer: number): Promise<unknown> =>
        Promise.all([
          invokeBeyond(viewer, 'setMaxSpatialLayer', { maxSpatialLayer }),
          invokeBeyond(viewer, 'setMaxTemporalLayer', { maxTemporalLayer }),
        ]);
      const decodes = async (what: string, condition: () => Promise<boolean>): Promise<void> => {
        await waitFor(what, condition, 20_000);
        const before = (await screen.figures()).framesDecoded;
        await waitFor('it to go on', async () => (await screen.figures()).framesDecoded > before + 8);
      };
      /** Frames that are decoded of those that are sent, over a second. */
      const part = async (): Promise<number> => {
        const [received, camera0] = [(await screen.figures()).framesDecoded, await camera.sourceFrames()];
        await waitFor('frames', async () => (await camera.sourceFrames()) - camera0 >= 24);
        return (
          ((await screen.figures()).framesDecoded - received) / ((await camera.sourceFrames()) - camera0)
        );
      };
      await decodes('the whole picture', async () => (await width()) > 0);
      assert.equal((await camera.figures()).scalabilityMode, scalabilityMode);
      const whole = (await sent()).frameWidth;
      const started = await screen.figures();
      const freezes = await FreezeWatch.start(camera, screen);
      await bound(-1, 0);
      await decodes('a quarter of the frames', async () => (await part()) < 0.4);
      await bound(-1, -1);
      await decodes('all frames', async () => (await part()) > 0.8);
      if (spatialLayers > 1) {
        await bound(0, -1);
        await decodes('the smallest picture', async () => (await width()) <= whole / 4);
        await bound(1, -1);
        await decodes('half the picture', async () => (await width()) === whole / 2);
        await bound(-1, -1);
        await decodes('the whole picture', async () => (await width()) === (await sent()).frameWidth);
      }
      const figures = await screen.figures();
      assert.equal(figures.packetsLost, 0, 'what is left out does not look lost');
      assert.ok(figures.pliCount - started.pliCount <= 1, 'the decoder asked for no key frames');
      await freezes.assertNone(t);
    });
  }

  test('AV1 L3T3: a screen without the extension gets the lowest spatial layer, which it can decode', async () => {
    const presenter = await pipeline.create('WebRtcEndpoint');
    const camera = await open();
    await camera.sendPicture({
      width: 960,
      height: 540,
      colour: '#602080',
      codec: 'AV1',
      encodings: [{ scalabilityMode: 'L3T3', maxBitrate: 1_500_000 } as RTCRtpEncodingParameters],
    });
    await camera.call(presenter);
    const viewer = await pipeline.create('WebRtcEndpoint');
    await presenter.connect(viewer);
    const screen = await open();
    await screen.receiveVideo();
    await screen.call(viewer);
    await waitFor('pictures', async () => (await screen.figures()).framesDecoded > 20, 20_000);
    assert.equal((await screen.figures()).frameWidth, 240);
  });

  test('a screen that only sends REMB gets the large picture long before its estimate would allow it', async () => {
    const { viewer, screen } = await simulcastCall(/transport-cc|transport-wide/);
    const estimate = async (): Promise<number> => {
      const stats = Object.values(await viewer.getStats()) as { type: string; remb?: number }[];
      return Math.max(0, ...stats.map(({ type, remb = 0 }) => (type === 'outboundrtp' ? remb : 0)));
    };
    await waitFor('the large picture', async () => (await screen.figures()).frameWidth >= 320, 40_000);
    assert.ok((await estimate()) < 500_000, 'the estimate has only begun to grow');
    const before = (await screen.figures()).framesDecoded;
    await waitFor('it to stay', async () => (await screen.figures()).framesDecoded > before + 60);
    assert.ok((await screen.figures()).frameWidth >= 320);
  });

  test('encodings that nobody wants are not sent, and come back when somebody does', async (t) => {
    const { presenter, camera, viewer, screen } = await simulcastCall(/goog-remb|transport-cc/);
    const large = async (): Promise<number> => (await camera.figures()).active.f?.bytesSent ?? 0;
    const grows = async (): Promise<boolean> => {
      const before = await large();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return (await large()) - before > 5000;
    };
    const shows = (width: number) => async () => (await screen.figures()).frameWidth >= width;
    await waitFor('the large picture', shows(320), 30_000);
    const freezes = await FreezeWatch.start(camera, screen);
    // Below the fewest pictures of the large encoding, too.
    await viewer.setMaxVideoSendBandwidth(80);
    await waitFor('only the small one to be sent', async () => !(await grows()), 30_000);
    assert.equal((await screen.figures()).frameWidth, 160);
    await viewer.setMaxVideoSendBandwidth(0);
    await waitFor('the large picture again', shows(320), 40_000);
    await freezes.assertNone(t);
    await presenter.disconnect(viewer);
    await waitFor('only the small one to be sent to nobody', async () => !(await grows()), 30_000);
  });
});
