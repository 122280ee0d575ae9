import { plainImage } from '@rivero/vision/testing';
import { ChromaKey } from '../../modules/chroma/dist/chroma-key.js';
import { CrowdWatch } from '../../modules/crowddetector/dist/crowd.js';
import {
  candidate,
  crowdPictures,
  markerPicture,
  measure,
  platePictures,
  pointerPicture,
} from './pictures.mjs';

await candidate(
  async () => {
    const [vision, markers, plates] = await Promise.all([
      import('@rivero/vision'),
      import('../../modules/markerdetector/dist/marker-detector.js'),
      import('../../modules/platedetector/dist/plate-finder.js'),
    ]);
    return { value: { vision, markers, plates } };
  },
  async ({ vision, markers, plates }) => {
    const picture = pointerPicture();
    const mask = new vision.BitMask(640, 480);
    const components = new vision.Components();
    const orange = { hueFrom: 9, hueTo: 20, saturationFrom: 200, saturationTo: 255, valueFrom: 30 };
    const colours = new vision.ColourMask(orange);
    const blob = await measure(() => {
      colours.find(picture, mask);
      mask.close(10);
      mask.open(5);
      if (components.find(mask).length !== 1) throw new Error('the pointer was not found');
    });
    const marked = markerPicture();
    const detector = new markers.MarkerDetector();
    const marker = await measure(() => {
      if (detector.detect(marked.y).length !== 4) throw new Error('markers were not found');
    });
    const [before, after] = crowdPictures().map(({ y }) => {
      const pyramid = new vision.Pyramid(320, 240);
      pyramid.fill(y);
      return pyramid;
    });
    const whole = { x: 0, y: 0, width: 320, height: 240 };
    let points = 0;
    const flow = await measure(() => {
      points = vision.follow(before, after, vision.featuresIn(before.levels[0], whole)).length / 4;
    }, 20);
    const cars = platePictures(40);
    const finder = new plates.PlateFinder();
    let at = 0;
    const plate = await measure(() => finder.find(cars[at++ % 40].picture.y));
    const read = cars.filter(({ picture: { y }, text }) =>
      finder.find(y).some((found) => found.text === `--${text}`),
    );
    const key = new ChromaKey({ x: 5, y: 5, width: 30, height: 30 });
    while (key.learning) key.process(pointerPicture());
    key.background = plainImage(64, 48, [0, 0, 0]);
    const chroma = await measure(() => key.process(picture));
    const crowd = await measureCrowd(undefined);
    const directions = await measureCrowd({ toEvent: 3, toReset: 3, offset: 0 });
    const note = `chroma ${chroma.toFixed(1)}, crowd ${crowd.toFixed(1)}, with directions ${directions.toFixed(1)}`;
    return { blob, marker, note, flow, flowPoints: points, plate, platesRead: `${read.length}/40` };
  },
);

/** The whole of the crowd detector: one region, analysed at 320 pixels, drawn into the picture. */
async function measureCrowd(direction) {
  const levels = { min: 10, med: 35, max: 65, pictures: 5 };
  const points = [0, 1, 3, 2].map((at) => ({ x: at & 1, y: at >> 1 }));
  const watch = new CrowdWatch([{ id: 'all', points, occupancy: levels, fluidity: levels, direction }]);
  const pictures = crowdPictures();
  let at = 0;
  return await measure(() => {
    const picture = pictures[at++ % 2];
    watch.look(picture);
    watch.draw(picture);
  });
}
