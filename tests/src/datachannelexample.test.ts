import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type BrowserPeer, TestBrowser } from './support/browser.js';
import { callServer } from './support/call.js';
import { face, plain, qrCode } from './support/drawn-pictures.js';
import { useFilterHarness } from './support/filter-harness.js';
import type { WebRtcEndpoint } from './support/kurento.js';
import { createFilter } from './support/kurento-modules.js';
import { hasGStreamer } from './support/rtp-programs.js';
import { waitFor } from './support/wait.js';

const skip = hasGStreamer() ? false : 'needs GStreamer';
const skipFaces = existsSync('/usr/share/opencv4/haarcascades')
  ? false
  : 'needs the Debian packages gstreamer1.0-opencv and opencv-data';

const isGreen = (pixel: number[]): boolean => pixel[1]! > 140 && pixel[0]! < 110 && pixel[2]! < 110;

describe('module datachannelexample, with its official client and data channels of Chromium', {
  skip,
}, () => {
  const harness = useFilterHarness();
  let browser: TestBrowser;
  before(async () => {
    browser = await TestBrowser.launch();
  });
  after(() => browser.close());

  /** A page with a data channel, which is open. */
  async function page(): Promise<{ peer: BrowserPeer; endpoint: WebRtcEndpoint }> {
    const endpoint = await harness.pipeline.create('WebRtcEndpoint', { useDataChannels: true });
    const peer = await browser.newPeer({});
    await peer.openChannel('chat');
    await callServer(peer, endpoint);
    await waitFor('the data channel', async () => (await peer.channelState()) === 'open');
    return { peer, endpoint };
  }

  test('KmsShowData shows the text of a page, and gives it back', async () => {
    const { peer, endpoint } = await page();
    const caption = await createFilter(harness.pipeline, 'KmsShowData');
    await (await harness.bench.camera(plain(20, 60, 160))).connect(caption, 'VIDEO');
    await endpoint.connect(caption, 'DATA');
    await caption.connect(endpoint, 'DATA');
    const white = (at: (x: number, y: number) => number[]): number => {
      let count = 0;
      for (let y = 200; y < 240; y++) for (let x = 0; x < 320; x++) if (Math.min(...at(x, y)) > 180) count++;
      return count;
    };
    await harness.bench.sees(caption, (at) => assert.equal(white(at), 0));
    await peer.sendText('HELLO WORLD');
    await waitFor('the text to come back', async () => (await peer.receivedTexts()).length > 0);
    assert.deepEqual(await peer.receivedTexts(), ['HELLO WORLD']);
    await harness.bench.sees(caption, (at) => {
      assert.ok(white(at) > 300, `${white(at)} white pixels`);
      assert.ok(at(160, 100)[2]! > 120, `above it: ${at(160, 100)}`);
    });
  });

  test('KmsSendData tells a page what a QR code says; the picture stays', async () => {
    const { peer, endpoint } = await page();
    const reader = await createFilter(harness.pipeline, 'KmsSendData');
    await (await harness.bench.camera(qrCode)).connect(reader, 'VIDEO');
    await reader.connect(endpoint, 'DATA');
    const texts = await waitFor('the code', async () => {
      const received = await peer.receivedTexts();
      return received.length > 1 && received;
    });
    for (const text of texts) assert.match(text, /^Code detected in time \d+, type QR-Code, symbol rivero$/);
    await harness.bench.sees(reader, (at) => {
      assert.ok(Math.max(...at(80, 40)) < 60, `a corner of the code: ${at(80, 40)}`);
      assert.ok(Math.min(...at(20, 20)) > 200, `beside it: ${at(20, 20)}`);
    });
  });

  test('KmsDetectFaces finds a face, KmsShowFaces marks it, and a page is told where it is', {
    skip: skipFaces,
  }, async () => {
    const { peer, endpoint } = await page();
    const detector = await createFilter(harness.pipeline, 'KmsDetectFaces');
    const marker = await createFilter(harness.pipeline, 'KmsShowFaces');
    await (await harness.bench.camera(face)).connect(detector, 'VIDEO');
    await detector.connect(marker);
    await detector.connect(endpoint, 'DATA');
    const place = await waitFor('the face', async () => (await peer.receivedTexts()).at(-1));
    const { faces } = JSON.parse(place) as {
      faces: { x: number; y: number; width: number; height: number }[];
    };
    assert.equal(faces.length, 1, place);
    const { x, y, width, height } = faces[0]!;
    assert.ok(x < 130 && x + width > 190 && y < 110 && y + height > 150 && width < 200, place);
    await harness.bench.sees(marker, (at) => {
      const near = (column: number): boolean =>
        [-4, -2, 0, 2, 4].some((off) => isGreen(at(column + off, 125)));
      assert.ok(near(x) && near(x + width), `the sides of the frame of ${place}`);
      assert.ok(!isGreen(at(160, 125)), `within it: ${at(160, 125)}`);
    });
    const nobody = await harness.bench.camera(plain(90, 110, 90));
    await nobody.connect(detector, 'VIDEO');
    await harness.bench.sees(marker, (at) => {
      for (let column = 0; column < 320; column++)
        assert.ok(!isGreen(at(column, 125)), `${column}: ${at(column, 125)}`);
    });
  });
});
