import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { useHarness } from './support/harness.js';
import {
  type Hub,
  type HubPort,
  invokeBeyond,
  type MediaElement,
  type MediaPipeline,
} from './support/kurento.js';
import { lastPicture, tonesAtEnd } from './support/media-file.js';
import { describeRtp, hasGStreamer, portsOf, RtpPrograms } from './support/rtp-programs.js';
import { waitFor } from './support/wait.js';

const skip = hasGStreamer()
  ? false
  : 'needs the Debian packages gstreamer1.0-tools, gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad';

const folder = mkdtempSync(join(tmpdir(), 'rivero-mixing-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What each source sends: a picture of one colour, and a tone. */
const SOURCES = [
  { pattern: 'red', frequency: 400 },
  { pattern: 'green', frequency: 900 },
  { pattern: 'blue', frequency: 1700 },
];
const TONES = SOURCES.map(({ frequency }) => frequency);

describe('mixing hubs', { skip }, () => {
  const harness = useHarness({ server: { args: ['--media.loopback', 'always'] } });
  let pipeline: MediaPipeline;
  let programs: RtpPrograms;
  let files = 0;

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    programs = new RtpPrograms();
  });
  afterEach(async () => {
    programs.stop();
    await pipeline.release();
  });

  async function source(index: number): Promise<MediaElement> {
    const camera = await pipeline.create('RtpEndpoint');
    const answer = await camera.processOffer(describeRtp('VP8'));
    programs.send('VP8', portsOf(answer), SOURCES[index]!);
    return camera;
  }

  /** A port of a hub, with a source that has begun to send where an index is given. */
  async function port(hub: Hub, index?: number): Promise<HubPort> {
    const made = await hub.createHubPort();
    if (index === undefined) return made;
    await (await source(index)).connect(made);
    await waitFor(
      `source ${index} to flow`,
      async () => (await made.isMediaFlowingIn('VIDEO')) && (await made.isMediaFlowingIn('AUDIO')),
    );
    return made;
  }

  /** Records what comes out of elements for some seconds after `settled`; gives the files. */
  async function record(elements: MediaElement[], mediaProfile: string, seconds: number): Promise<string[]> {
    const recorders = await Promise.all(
      elements.map(async (element) => {
        const path = join(folder, `${++files}.webm`);
        const recorder = await pipeline.create('RecorderEndpoint', { uri: `file://${path}`, mediaProfile });
        await element.connect(recorder);
        await recorder.record();
        return { recorder, path };
      }),
    );
    for (const { recorder } of recorders) {
      await waitFor('the recording to begin', async () => (await recorder.getState()) === 'START');
    }
    const begun = Date.now();
    await waitFor('some seconds to be recorded', () => Date.now() - begun > seconds * 1000);
    for (const { recorder } of recorders) await recorder.stopAndWait();
    return recorders.map(({ path }) => path);
  }

  /** Records until what was recorded is as it should be: pictures and sound take their time on a busy machine. */
  async function recordUntil(elements: MediaElement[], check: (...paths: string[]) => void): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const paths = await record(elements, 'WEBM', 2 * attempt);
      try {
        check(...paths);
        return;
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  function assertColour(given: number[], expected: 'red' | 'green' | 'blue' | 'black', where: string): void {
    const [red, green, blue] = given.map((value) => value > 110) as [boolean, boolean, boolean];
    const found =
      red && !green && !blue
        ? 'red'
        : green && !red && !blue
          ? 'green'
          : blue && !red && !green
            ? 'blue'
            : '';
    const dark = given.every((value) => value < 60) ? 'black' : found;
    assert.equal(dark, expected, `${where}: ${given}`);
  }

  function assertTones(path: string, heard: boolean[]): void {
    const amplitudes = tonesAtEnd(path, TONES);
    assert.deepEqual(
      amplitudes.map((amplitude) => amplitude > 0.05),
      heard,
      `${amplitudes}`,
    );
  }

  test('Composite: Kurento’s grid, and the sound of all others', async () => {
    const composite = await pipeline.create('Composite', { width: 640, height: 480, framerate: 15 });
    const ports = [await port(composite, 0), await port(composite, 1), await port(composite, 2)];
    const viewer = await port(composite);
    await recordUntil([viewer, ports[0]!], (all, first) => {
      const picture = lastPicture(all!);
      assert.deepEqual([picture.width, picture.height], [640, 480]);
      assertColour(picture.at(160, 120), 'red', 'upper left');
      assertColour(picture.at(480, 120), 'green', 'upper right');
      assertColour(picture.at(160, 360), 'blue', 'lower left');
      assertColour(picture.at(480, 360), 'black', 'lower right');
      assertTones(all!, [true, true, true]);
      assertTones(first!, [false, true, true]);
    });
  });

  test('Composite: a port that goes makes room, one that comes gets it; layouts', async () => {
    const composite = await pipeline.create('Composite', { width: 640, height: 480 });
    const gone = await port(composite, 0);
    await port(composite, 1);
    const viewer = await port(composite);
    await gone.release();
    await recordUntil([viewer], (path) => assertColour(lastPicture(path!).at(20, 20), 'green', 'alone'));
    const late = await port(composite, 2);
    await recordUntil([viewer], (path) => {
      assertColour(lastPicture(path!).at(160, 240), 'green', 'left');
      assertColour(lastPicture(path!).at(480, 240), 'blue', 'right');
    });
    await invokeBeyond(composite, 'setLayout', { layout: 'SPEAKER', main: late.id });
    await recordUntil([viewer], (path) => {
      assertColour(lastPicture(path!).at(320, 180), 'blue', 'main');
      assertColour(lastPicture(path!).at(320, 420), 'green', 'strip');
    });
  });

  test('Composite: sizes that are none are refused', async () => {
    for (const params of [{ width: 10 }, { height: 10_000 }, { framerate: 1000 }])
      await assert.rejects(pipeline.create('Composite', params), { code: 40107 });
  });

  test('Composite: labels on pictures, changed while it runs, gone with their ports', async () => {
    const composite = await pipeline.create('Composite', { width: 640, height: 480 });
    const labelled = await port(composite, 0);
    await port(composite, 1);
    const viewer = await port(composite);
    const set = (more: Record<string, unknown>): Promise<unknown> =>
      invokeBeyond(composite, 'setLabel', {
        port: labelled.id,
        text: '███ <&>',
        size: 40,
        color: '#0000FF',
        background: '#00FF00',
        ...more,
      });
    // The red picture lies at x 0 to 320, y 120 to 360.
    await set({});
    await recordUntil([viewer], (path) => {
      const picture = lastPicture(path!);
      assertColour(picture.at(26, 316), 'green', 'background');
      assertColour(picture.at(60, 316), 'blue', 'letters');
      assertColour(picture.at(160, 200), 'red', 'picture');
      assertColour(picture.at(340, 316), 'green', 'the other picture');
    });
    await set({ position: 'TOP_RIGHT', background: '#000000', text: 'Zoë 名 █████████████████████' });
    await recordUntil([viewer], (path) => {
      const picture = lastPicture(path!);
      assertColour(picture.at(26, 316), 'red', 'where it was');
      assertColour(picture.at(298, 160), 'black', 'background');
    });
    for (const wrong of [{ color: 'red' }, { size: 3 }, { opacity: 2 }, { text: 'x'.repeat(201) }])
      await assert.rejects(set(wrong), { code: 40107 });
    await set({ text: '' });
    await recordUntil([viewer], (path) => assertColour(lastPicture(path!).at(298, 160), 'red', 'taken away'));
    await set({});
    await labelled.release();
    await recordUntil([viewer], (path) => {
      const picture = lastPicture(path!);
      assertColour(picture.at(40, 440), 'green', 'the other picture, where there was a label');
      assertColour(picture.at(60, 440), 'green', 'the other picture, where there were letters');
    });
  });

  test('AlphaBlending: pictures placed on that of the master', async () => {
    const blending = await pipeline.create('AlphaBlending');
    const master = await port(blending, 0);
    const inset = await port(blending, 1);
    const viewer = await port(blending);
    await blending.setMaster(master, 1);
    await blending.setPortProperties(0.5, 0, 2, 0.5, 0.5, inset);
    await recordUntil([viewer], (path) => {
      const picture = lastPicture(path!);
      assert.deepEqual([picture.width, picture.height], [160, 120]);
      assertColour(picture.at(40, 30), 'red', 'upper left');
      assertColour(picture.at(120, 30), 'green', 'upper right');
      assertColour(picture.at(120, 90), 'red', 'lower right');
      assertTones(path!, [true, true, false]);
    });
  });

  test('Mixer: the sound that a port chooses, mixed; its picture as it is', async () => {
    const mixer = await pipeline.create('Mixer');
    const ports = [await port(mixer, 0), await port(mixer, 1), await port(mixer, 2)];
    const viewer = await port(mixer);
    await mixer.connect('AUDIO', ports[0]!, viewer);
    await mixer.connect('AUDIO', ports[2]!, viewer);
    await mixer.connect('VIDEO', ports[1]!, viewer);
    await recordUntil([viewer], (path) => {
      assertTones(path!, [true, false, true]);
      assertColour(lastPicture(path!).at(80, 60), 'green', 'picture');
    });
    assert.equal(await ports[1]!.isMediaTranscoding('VIDEO'), false);
    await mixer.disconnect('AUDIO', ports[0]!, viewer);
    await recordUntil([viewer], (path) => assertTones(path!, [false, false, true]));
  });
});
