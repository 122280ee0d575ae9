import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { paintMarker, squareAt } from '@rivero/module-markerdetector/test-support';
import { paintPlate, TYPEFACES } from '@rivero/module-platedetector/test-support';
import type { Picture } from '@rivero/vision';
import { colourAt, colourDistance, fillArea, fillDisc, plain, type Rgb } from '@rivero/vision/testing';
import { draw } from './support/drawn-pictures.js';
import { useFilterHarness } from './support/filter-harness.js';
import { invokeBeyond, type RecordedEvent, recordEvents } from './support/kurento.js';
import { complexType, createFilter } from './support/kurento-modules.js';
import { hasGStreamer } from './support/rtp-programs.js';
import { waitFor } from './support/wait.js';

const skip = hasGStreamer() ? false : 'needs GStreamer';

const pixels =
  (picture: Picture) =>
  (x: number, y: number): Rgb =>
    colourAt(picture, x, y);

const near = (pixel: number[], colour: Rgb, what: string): void =>
  assert.ok(colourDistance(pixel as unknown as Rgb, colour) < 60, `${what}: ${pixel} instead of ${colour}`);

const region = { topRightCornerX: 5, topRightCornerY: 5, width: 40, height: 40 };

describe('the modules that see, with their official clients', { skip }, () => {
  const harness = useFilterHarness();

  const image = (name: string, colour: Rgb): string => {
    const path = join(harness.folder, `${name}.png`);
    draw(path, 64, 48, () => colour);
    return path;
  };
  const told = (
    events: readonly RecordedEvent[],
    type: string,
    what: Record<string, unknown>,
  ): Promise<unknown> =>
    waitFor(
      `${type} ${JSON.stringify(what)}`,
      () =>
        events.some(
          (event) =>
            event.type === type && Object.entries(what).every(([name, value]) => event.data[name] === value),
        ),
      30_000,
    );

  test('ChromaFilter puts the background wherever the learnt colour is', async () => {
    const scene = plain(320, 240, [20, 180, 60]);
    fillDisc(scene, { x: 160, y: 120 }, 60, [220, 170, 140]);
    const filter = await createFilter(harness.pipeline, 'ChromaFilter', {
      window: complexType('chroma', 'WindowParam', region),
      backgroundImage: image('sea', [30, 60, 200]),
    });
    await (await harness.bench.camera(pixels(scene))).connect(filter, 'VIDEO');
    await harness.bench.sees(filter, (at) => {
      near(at(20, 120), [30, 60, 200], 'the wall');
      near(at(300, 220), [30, 60, 200], 'the wall');
      near(at(160, 120), [220, 170, 140], 'the disc');
    });
    await filter.setBackground(`file://${image('beach', [240, 220, 40])}`);
    await harness.bench.sees(filter, (at) => near(at(20, 120), [240, 220, 40], 'the wall'));
    await assert.rejects(
      invokeBeyond(filter, 'setBackground', { uri: join(harness.folder, 'none.png') }),
      /ENOENT/,
    );
    await filter.unsetBackground();
    await harness.bench.sees(filter, (at) => near(at(20, 120), [20, 180, 60], 'the wall'));
  });

  test('PointerDetectorFilter follows the pointer into and out of windows', async () => {
    const shown = (x: number, y: number, radius = 16): ((x: number, y: number) => Rgb) => {
      const picture = plain(320, 240, [110, 110, 120]);
      fillDisc(picture, { x, y }, radius, [250, 130, 20]);
      return pixels(picture);
    };
    const window = (values: object): unknown =>
      complexType('pointerdetector', 'PointerDetectorWindowMediaParam', values);
    const filter = await createFilter(harness.pipeline, 'PointerDetectorFilter', {
      calibrationRegion: complexType('pointerdetector', 'WindowParam', region),
      windows: [window({ id: 'left', upperRightX: 60, upperRightY: 100, width: 80, height: 80 })],
    });
    const events = recordEvents(filter, ['WindowIn', 'WindowOut']);
    await filter.addWindow(
      window({
        id: 'right',
        upperRightX: 200,
        upperRightY: 100,
        width: 80,
        height: 80,
        image: image('idle', [30, 30, 200]),
        activeImage: image('active', [30, 200, 30]),
      }),
    );
    await (await harness.bench.camera(shown(25, 25, 28))).connect(filter, 'VIDEO');
    await harness.bench.sees(filter, (at) => near(at(5, 25), [255, 255, 255], 'the frame of the region'));
    await filter.trackColorFromCalibrationRegion();
    await harness.bench.sees(filter, (at) => {
      near(at(25, 25), [255, 0, 0], 'the dot of the pointer');
      near(at(260, 160), [30, 30, 200], 'the image of a window');
    });
    await (await harness.bench.camera(shown(100, 140))).connect(filter, 'VIDEO');
    await told(events, 'WindowIn', { windowId: 'left' });
    await (await harness.bench.camera(shown(240, 140))).connect(filter, 'VIDEO');
    await told(events, 'WindowIn', { windowId: 'right' });
    await harness.bench.sees(filter, (at) =>
      near(at(265, 165), [30, 200, 30], 'the active image of a window'),
    );
    await (await harness.bench.camera(shown(160, 60))).connect(filter, 'VIDEO');
    await told(events, 'WindowOut', { windowId: 'right' });
    assert.deepEqual(
      events.map(({ type, data }) => `${type} ${data.windowId}`),
      ['WindowIn left', 'WindowIn right', 'WindowOut right'],
    );
  });

  test('CrowdDetectorFilter tells who comes and where to', async () => {
    const filter = await createFilter(harness.pipeline, 'CrowdDetectorFilter', {
      rois: [
        complexType('crowddetector', 'RegionOfInterest', {
          id: 'square',
          points: [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 1],
          ].map(([x, y]) => complexType('crowddetector', 'RelativePoint', { x, y })),
          regionOfInterestConfig: complexType('crowddetector', 'RegionOfInterestConfig', {
            sendOpticalFlowEvent: true,
          }),
        }),
      ],
    });
    assert.equal(await filter.getProcessingWidth(), 320);
    const events = recordEvents(filter, [
      'CrowdDetectorOccupancy',
      'CrowdDetectorFluidity',
      'CrowdDetectorDirection',
    ]);
    const square = (offset: number | undefined): ((x: number, y: number) => Rgb) => {
      const picture = plain(320, 240, [150, 150, 145]);
      for (let at = 0; offset !== undefined && at < 12; at++) {
        const x = 30 + (at % 4) * 50 + offset;
        const y = 50 + Math.floor(at / 4) * 65;
        fillDisc(picture, { x, y }, 22, at % 2 === 0 ? [40, 40, 90] : [230, 60, 40]);
        fillArea(picture, { x: x - 10, y: y - 3, width: 20, height: 6 }, [240, 240, 240]);
      }
      return pixels(picture);
    };
    const empty = await harness.bench.camera(square(undefined));
    await empty.connect(filter, 'VIDEO');
    await harness.bench.sees(filter, (at) => near(at(160, 120), [150, 150, 145], 'the empty square'));
    assert.equal(events.length, 0);
    const walking = Array.from({ length: 24 }, (_, at) => square(at * 4));
    await (await harness.bench.film(walking)).connect(filter, 'VIDEO');
    await told(events, 'CrowdDetectorDirection', { directionAngle: 0, roiId: 'square' });
    await waitFor('people to be told', () =>
      events.some(
        ({ type, data }) =>
          type === 'CrowdDetectorOccupancy' &&
          Number(data.occupancyPercentage) > 10 &&
          Number(data.occupancyLevel) >= 1,
      ),
    );
    await waitFor('movement to be told', () =>
      events.some(({ type, data }) => type === 'CrowdDetectorFluidity' && Number(data.fluidityLevel) >= 1),
    );
    await filter.setProcessingWidth(160);
    assert.equal(await filter.getProcessingWidth(), 160);
  });

  test('PlateDetectorFilter reads plates, and leaves the picture as it is', async () => {
    const car = (text: string, typeface: string): ((x: number, y: number) => Rgb) => {
      const picture = plain(320, 240, [120, 120, 115]);
      fillArea(picture, { x: 20, y: 30, width: 280, height: 180 }, [150, 30, 30]);
      paintPlate(picture, text, typeface, 60, 120, 200);
      return pixels(picture);
    };
    const filter = await createFilter(harness.pipeline, 'PlateDetectorFilter');
    await filter.setPlateWidthPercentage(0.6);
    await assert.rejects(
      invokeBeyond(filter, 'setPlateWidthPercentage', { plateWidthPercentage: 1.5 }),
      /above 0 and up to 1, not 1.5/,
    );
    const events = recordEvents(filter, ['PlateDetected']);
    await (await harness.bench.camera(car('4821 KLM', TYPEFACES[0]!))).connect(filter, 'VIDEO');
    await told(events, 'PlateDetected', { plate: '--4821KLM' });
    await harness.bench.sees(filter, (at) => {
      near(at(40, 60), [150, 30, 30], 'the car');
      near(at(250, 125), [235, 235, 235], 'the plate');
    });
    await (await harness.bench.camera(car('GR 5678 K', TYPEFACES[1]!))).connect(filter, 'VIDEO');
    await told(events, 'PlateDetected', { plate: 'GR5678K--' });
    assert.equal(events.length, 2);
  });

  test('ArMarkerdetector counts markers and lays an image over them', async () => {
    const paper = (ids: readonly number[]): ((x: number, y: number) => Rgb) => {
      const picture = plain(320, 240, [150, 140, 120]);
      for (const [at, id] of ids.entries())
        paintMarker(picture, id, squareAt(85 + at * 150, 120, 90, 20 * at, 0.1));
      return pixels(picture);
    };
    const filter = await createFilter(harness.pipeline, 'ArMarkerdetector');
    const events = recordEvents(filter, ['MarkerCount']);
    const red = image('red', [220, 20, 20]);
    await filter.setOverlayImage(red);
    await filter.setOverlayScale(0.8);
    await filter.setShowDebugLevel(1);
    assert.deepEqual(
      [await filter.getOverlayImage(), await filter.getShowDebugLevel(), await filter.getOverlayText()],
      [red, 1, ''],
    );
    assert.ok(Math.abs((await filter.getOverlayScale()) - 0.8) < 1e-6);
    await assert.rejects(
      invokeBeyond(filter, 'setOverlayImage', { overlayImage: join(harness.folder, 'none.png') }),
      /ENOENT/,
    );
    assert.equal(await filter.getOverlayImage(), red);
    await (await harness.bench.camera(paper([7, 7]))).connect(filter, 'VIDEO');
    await told(events, 'MarkerCount', { markerId: 7, markerCount: 2 });
    await harness.bench.sees(filter, (at) => {
      near(at(85, 120), [220, 20, 20], 'the first marker');
      near(at(235, 120), [220, 20, 20], 'the second marker');
      near(at(160, 20), [150, 140, 120], 'the table');
    });
    await (await harness.bench.camera(paper([200]))).connect(filter, 'VIDEO');
    await told(events, 'MarkerCount', { markerId: 200, markerCount: 1, markerCountDiff: 1 });
    await told(events, 'MarkerCount', { markerId: 7, markerCount: 0 });
  });
});
