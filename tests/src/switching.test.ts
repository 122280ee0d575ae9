import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { useHarness } from './support/harness.js';
import type { MediaPipeline, WebRtcEndpoint } from './support/kurento.js';
import { RawPage } from './support/raw-page.js';
import { waitFor } from './support/wait.js';

interface Port {
  id: string;
  connect(sink: unknown): Promise<void>;
}

interface Hub {
  id: string;
  connect(...args: unknown[]): Promise<void>;
  setSource(port: unknown): Promise<void>;
  release(): Promise<void>;
}

describe('a viewer whose source is switched while it watches', () => {
  const harness = useHarness();
  let pipeline: MediaPipeline;
  const pages: RawPage[] = [];
  const sources: WebRtcEndpoint[] = [];
  let viewer: WebRtcEndpoint;
  let screen: RawPage;

  before(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    for (const [colour, width, height] of [
      ['#e02020', 640, 480],
      ['#2020e0', 480, 270],
    ] as const) {
      const page = await RawPage.open(harness);
      pages.push(page);
      await page.sendPicture({ width, height, colour, codec: 'VP8', encodings: [{ maxBitrate: 500_000 }] });
      const source = await pipeline.create('WebRtcEndpoint');
      await page.call(source);
      sources.push(source);
    }
    viewer = await pipeline.create('WebRtcEndpoint');
    screen = await RawPage.open(harness);
    pages.push(screen);
    await screen.receiveVideo();
    await screen.call(viewer);
  });
  after(async () => {
    await pipeline.release();
    for (const page of pages.splice(0)) await page.close();
  });

  const shows = async (source: number): Promise<boolean> => {
    const [red, , blue] = await screen.colour();
    return source === 0 ? red > 150 && blue < 100 : blue > 150 && red < 100;
  };

  /** Switches back and forth. @param select makes a source the viewer's */
  async function switchSources(select: (source: number) => Promise<unknown>): Promise<void> {
    await select(0);
    await waitFor('the first source', () => shows(0));
    for (const source of [1, 0, 1]) {
      const before = await screen.figures();
      await select(source);
      await waitFor('the other source', () => shows(source));
      const { framesDecoded } = await screen.figures();
      await waitFor('it to go on', async () => (await screen.figures()).framesDecoded > framesDecoded + 10);
      const now = await screen.figures();
      // A sender may begin with a smaller picture: the shape tells which one it is.
      const shape = now.frameWidth / now.frameHeight;
      assert.ok(
        Math.abs(shape - (source === 0 ? 4 / 3 : 16 / 9)) < 0.05,
        `${now.frameWidth} x ${now.frameHeight}`,
      );
      assert.ok(now.keyFramesDecoded > before.keyFramesDecoded, 'it begins with a key frame');
      assert.equal(now.packetsLost, 0);
      assert.equal(now.pliCount, before.pliCount, 'the decoder never asks for another one');
    }
  }

  test('plain connect', () => switchSources((source) => sources[source]!.connect(viewer)));

  for (const hub of ['Dispatcher', 'DispatcherOneToMany', 'Mixer'] as const) {
    test(hub, async () => {
      const create = pipeline.create.bind(pipeline) as (type: string, params?: object) => Promise<unknown>;
      const made = (await create(hub)) as Hub;
      const ports: Port[] = [];
      for (const source of [...sources, undefined]) {
        const port = (await create('HubPort', { hub: made })) as Port;
        if (source === undefined) await port.connect(viewer);
        else await source.connect(port as never);
        ports.push(port);
      }
      const output = ports[2]!;
      await switchSources((source) => {
        if (hub === 'Dispatcher') return made.connect(ports[source]!.id, output.id);
        if (hub === 'DispatcherOneToMany') return made.setSource(ports[source]!.id);
        return made.connect('VIDEO', ports[source]!.id, output.id);
      });
      await made.release();
    });
  }
});
