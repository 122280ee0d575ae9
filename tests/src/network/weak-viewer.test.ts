import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { mediaArrives } from '../support/call.js';
import { waitFor } from '../support/wait.js';
import { NetworkLab } from './lab.js';
import { whyNoNamespaces } from './namespace.js';

const missing = whyNoNamespaces() ?? (isGraphEngineBuilt() ? undefined : 'no GStreamer');
const CAMERA = { width: 640, height: 360, frameRate: 15 };

describe('a viewer too weak for a source without simulcast (Chromium)', {
  skip: missing,
  timeout: 120_000,
}, () => {
  let lab: NetworkLab | undefined;

  before(async () => {
    lab = await NetworkLab.open(9);
  });
  after(async () => {
    await lab?.close();
  });

  test('gets a smaller encoding, another viewer the source as it is', async () => {
    const slow = { delay: 20, rate: 300_000, queue: 250 };
    const source = { camera: CAMERA, encodings: [{ maxBitrate: 1_200_000 }] };
    const call = await lab!.call('downlink', source, { down: slow, up: slow });
    const strong = await lab!.viewNearby(call);
    const widths = async (): Promise<string> =>
      `${await strong.videoWidth()} ${(await call.viewer.videoWidth()) < 640 ? 'small' : 640}`;
    const transcoding = () => call.source.isMediaTranscoding('VIDEO');
    await waitFor(
      'a small encoding for one, the large one for the other',
      async () => (await widths()) === '640 small' && (await transcoding()),
      40_000,
    );
    await mediaArrives(call.viewer, ['video'], 30_000);
    await strong.close();
    await call.end();
  });
});
