import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pause, waitFor } from '../support/wait.js';
import { NetworkLab } from './lab.js';
import { snapshot } from './measure.js';
import { whyNoNamespaces } from './namespace.js';

const LOSSY = { delay: 50, loss: 0.05 };

/** Without retransmissions, so that what is mended is mended by FEC; packets that are still missing are so at the viewer. */
const withoutNack = (offer: string): string => offer.replace(/^a=rtcp-fb:\d+ nack\r\n/gm, '');

describe('FEC among the video of Chromium (media.ulpfec)', {
  skip: whyNoNamespaces(),
  timeout: 120_000,
}, () => {
  let lab: NetworkLab | undefined;

  before(async () => {
    lab = await NetworkLab.open(3, ['--media.ulpfec', 'true']);
  });
  after(async () => {
    await lab?.close();
  });

  test('makes most of what is lost again, and a viewer sees plain video', async () => {
    const source = {
      camera: { width: 320, height: 240, frameRate: 20 },
      encodings: [{ maxBitrate: 500_000 }],
    };
    const profile = { down: LOSSY, up: LOSSY };
    const call = await lab!.call('uplink', source, profile, withoutNack);
    await waitFor(
      'pictures',
      async () => (await snapshot(lab!, 'uplink', call)).viewer.framesDecoded > 40,
      30_000,
    );
    // The sender has heard of the losses by now, and spends more on FEC.
    const begin = await snapshot(lab!, 'uplink', call);
    await pause(8000);
    const end = await snapshot(lab!, 'uplink', call);
    const lostByLink = end.link.lost / end.link.sent;
    const packets = end.viewer.videoPackets - begin.viewer.videoPackets;
    const missing = (end.viewer.videoLost - begin.viewer.videoLost) / packets;
    const detail = `${(100 * missing).toFixed(1)} % missing of ${packets}, ${(100 * lostByLink).toFixed(1)} % lost`;
    assert.ok(lostByLink > 0.02, detail);
    assert.ok(missing < (lostByLink * 2) / 3, detail);
    await call.end();
  });
});
