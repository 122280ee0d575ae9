import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { RawClient } from './conformance/raw-client.js';
import type { Json } from './conformance/transcript.js';
import { draw, ean13, face, plain } from './support/drawn-pictures.js';
import { FilterBench } from './support/filter-bench.js';
import { useHarness } from './support/harness.js';
import { invokeBeyond, type MediaElement, type MediaPipeline, recordEvents } from './support/kurento.js';
import { describeRtp, freePorts, hasGStreamer, portsOf, RtpPrograms } from './support/rtp-programs.js';
import { waitFor } from './support/wait.js';

const skip = hasGStreamer()
  ? false
  : 'needs the Debian packages gstreamer1.0-tools, gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad';
const skipFaces = existsSync('/usr/share/opencv4/haarcascades')
  ? false
  : 'needs the Debian packages gstreamer1.0-opencv and opencv-data';

const folder = mkdtempSync(join(tmpdir(), 'rivero-filters-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => join(folder, name);

describe('filters', { skip }, () => {
  const harness = useHarness({ server: { args: ['--media.loopback', 'always'] } });
  let pipeline: MediaPipeline;
  let programs: RtpPrograms;
  let bench: FilterBench;

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    programs = new RtpPrograms();
    bench = new FilterBench(pipeline, programs, folder);
  });
  afterEach(async () => {
    programs.stop();
    await pipeline.release();
  });

  const camera: FilterBench['camera'] = (at) => bench.camera(at);
  const sees: FilterBench['sees'] = (element, check) => bench.sees(element, check);

  const isGreen = (pixel: number[]): boolean => pixel[1]! > 150 && pixel[0]! < 110 && pixel[2]! < 110;

  test('ZBarFilter tells a code once, and another one when it comes', async () => {
    const filter = await pipeline.create('ZBarFilter');
    const events = recordEvents(filter, ['CodeFound', 'Error']);
    const first = await camera(ean13('4006381333931'));
    await first.connect(filter, 'VIDEO');
    await waitFor('a code', () => events.length > 0, 30_000);
    const second = await camera(ean13('5901234123457'));
    await second.connect(filter, 'VIDEO');
    await waitFor('the other code', () => events.length > 1, 30_000);
    assert.deepEqual(
      events.map(({ type, data }) => [type, data.codeType, data.value]),
      [
        ['CodeFound', 'EAN-13', '4006381333931'],
        ['CodeFound', 'EAN-13', '5901234123457'],
      ],
    );
  });

  test('GStreamerFilter works on sound, named or found out; pictures go by', async () => {
    const source = await pipeline.create('RtpEndpoint');
    programs.send('VP8', portsOf(await source.processOffer(describeRtp('VP8'))));
    for (const filterType of ['AUDIO', 'AUTODETECT'] as const) {
      const filter = await pipeline.create('GStreamerFilter', { command: 'volume volume=0.5', filterType });
      const listener = await pipeline.create('RtpEndpoint');
      const ports = await freePorts();
      await listener.processOffer(describeRtp('VP8', ports));
      await source.connect(filter);
      await filter.connect(listener);
      const played = await programs.play('VP8', ports);
      await waitFor('sound and pictures', () => played.sound > 48_000 && played.frames > 5, 30_000);
      await invokeBeyond(filter, 'setElementProperty', { propertyName: 'mute', propertyValue: 'true' });
      await waitFor('silence while pictures go on', async () => {
        const { sound, frames } = { ...played };
        await waitFor('more pictures', () => played.frames > frames + 10, 30_000);
        return played.sound === sound;
      });
      await filter.release();
    }
  });

  test('ImageOverlayFilter: images come, keep their proportions, and go, while media flows', async () => {
    const filter = await pipeline.create('ImageOverlayFilter');
    await (await camera(plain(200, 20, 20))).connect(filter, 'VIDEO');
    draw(file('green.png'), 40, 20, plain(0, 220, 0));
    // The official JavaScript client sends the id alone in place of all parameters.
    const raw = await RawClient.open(harness.server.uri);
    const call = async (operation: string, operationParams: Json): Promise<void> => {
      const { error } = await raw.call('invoke', { object: filter.id, operation, operationParams });
      assert.equal(error, undefined);
    };
    const place = (x: number, y: number, width: number, height: number): Json => ({
      offsetXPercent: x,
      offsetYPercent: y,
      widthPercent: width,
      heightPercent: height,
    });
    const stretched = { keepAspectRatio: false, center: false };
    await call('addImage', { id: 'missing', uri: file('nothing.png'), ...place(0, 0, 1, 1), ...stretched });
    const uri = `file://${file('green.png')}`;
    await call('addImage', { id: 'stretched', uri, ...place(0, 0, 0.25, 0.25), ...stretched });
    const fitted = { keepAspectRatio: true, center: true };
    await call('addImage', {
      id: 'fitted',
      uri: file('green.png'),
      ...place(0.5, 0.5, 0.25, 0.5),
      ...fitted,
    });
    await sees(filter, (at) => {
      assert.ok(isGreen(at(40, 30)), `stretched: ${at(40, 30)}`);
      assert.ok(!isGreen(at(100, 30)), `beside it: ${at(100, 30)}`);
      assert.ok(isGreen(at(200, 180)), `fitted: ${at(200, 180)}`);
      // 80 x 40 in a box of 80 x 120.
      assert.ok(!isGreen(at(200, 130)) && !isGreen(at(200, 230)), `above and below it`);
    });
    await call('removeImage', { id: 'stretched' });
    await sees(filter, (at) => {
      assert.ok(!isGreen(at(40, 30)), `removed: ${at(40, 30)}`);
      assert.ok(isGreen(at(200, 180)), `fitted: ${at(200, 180)}`);
    });
    raw.close();
  });

  test('FaceOverlayFilter: an image on a face, and none where there is no face', {
    skip: skipFaces,
  }, async () => {
    draw(file('hat.png'), 40, 40, plain(0, 220, 0));
    const faces = await pipeline.create('FaceOverlayFilter');
    await faces.setOverlayedImage(`file://${file('hat.png')}`, 0, 0, 1, 1);
    const person = await camera(face);
    await person.connect(faces, 'VIDEO');
    await sees(faces, (at) => {
      assert.ok(isGreen(at(160, 125)), `on the face: ${at(160, 125)}`);
      assert.ok(!isGreen(at(20, 20)), `beside it: ${at(20, 20)}`);
    });
    await faces.unsetOverlayedImage();
    await sees(faces, (at) => assert.ok(!isGreen(at(160, 125)), `the face: ${at(160, 125)}`));
    const nobody = await camera(plain(90, 110, 90));
    await faces.setOverlayedImage(`file://${file('hat.png')}`, 0, 0, 1, 1);
    await nobody.connect(faces, 'VIDEO');
    await sees(faces, (at) => assert.ok(!isGreen(at(160, 125)), `nobody: ${at(160, 125)}`));
  });

  test('GStreamerFilter: turned while it plays', async () => {
    const filter = (await invokeCreate('GStreamerFilter', {
      command: 'videoflip method=none',
      filterType: 'VIDEO',
    })) as MediaElement;
    const left = await camera((x) => (x < 160 ? [0, 220, 0] : [200, 20, 20]));
    await left.connect(filter, 'VIDEO');
    await sees(filter, (at) => assert.ok(isGreen(at(60, 120)) && !isGreen(at(260, 120))));
    await invokeBeyond(filter, 'setElementProperty', {
      propertyName: 'method',
      propertyValue: 'horizontal-flip',
    });
    await sees(filter, (at) => assert.ok(!isGreen(at(60, 120)) && isGreen(at(260, 120))));
  });

  function invokeCreate(type: string, params: Record<string, unknown>): Promise<unknown> {
    return (pipeline.create as (type: string, params: Record<string, unknown>) => Promise<unknown>)(
      type,
      params,
    );
  }
});
