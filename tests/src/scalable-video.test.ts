import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { useHarness } from './support/harness.js';
import type { MediaPipeline, WebRtcEndpoint } from './support/kurento.js';
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

  for (const [codec, scalabilityMode] of [['VP9', 'L3T3_KEY']] as const) {
    test(`${codec} ${scalabilityMode}: a viewer gets the size that its bandwidth allows, and changes without errors`, async () => {
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
      await viewer.setMaxVideoSendBandwidth(50);
      await decodes('a small picture', async () => (await width()) < 320);
      await viewer.setMaxVideoSendBandwidth(0);
      await decodes('the whole picture', async () => (await width()) === (await largest()));
      const figures = await screen.figures();
      assert.equal(figures.packetsLost, 0, 'what is left out does not look lost');
      assert.ok(figures.pliCount - started.pliCount <= 2, 'the decoder asked for no key frames');
    });
  }

  test('encodings that nobody wants are not sent, and come back when somebody does', async () => {
    const presenter = (await pipeline.create('WebRtcEndpoint')) as Limited;
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
    await screen.call(viewer, /goog-remb|transport-cc/);
    const large = async (): Promise<number> => (await camera.figures()).active.f?.bytesSent ?? 0;
    const grows = async (): Promise<boolean> => {
      const before = await large();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return (await large()) - before > 5000;
    };
    const shows = (width: number) => async () => (await screen.figures()).frameWidth >= width;
    await waitFor('the large picture', shows(320), 30_000);
    // Below the fewest pictures of the large encoding, too.
    await viewer.setMaxVideoSendBandwidth(80);
    await waitFor('only the small one to be sent', async () => !(await grows()), 30_000);
    assert.equal((await screen.figures()).frameWidth, 160);
    await viewer.setMaxVideoSendBandwidth(0);
    await waitFor('the large picture again', shows(320), 40_000);
    await presenter.disconnect(viewer);
    await waitFor('only the small one to be sent to nobody', async () => !(await grows()), 30_000);
  });
});
