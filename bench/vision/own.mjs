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
    return { blob, marker, flow, flowPoints: points, plate, platesRead: `${read.length}/40` };
  },
);
