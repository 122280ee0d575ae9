import { createRequire } from 'node:module';
import { join } from 'node:path';
import { candidate, crowdPictures, markerPicture, measure, pointerPicture } from './pictures.mjs';

const [folder, name] = process.argv.slice(2);

await candidate(
  async () => {
    const loaded = createRequire(join(folder, 'package.json'))(name);
    const value = loaded.cv ?? loaded;
    // The module has a `then` that never ends: it must not be awaited.
    if (!value.Mat) await new Promise((resolve) => (value.onRuntimeInitialized = () => resolve()));
    return { value };
  },
  async (cv) => {
    const i420 = ({ y, u, v }) => {
      const mat = new cv.Mat(720, 640, cv.CV_8UC1);
      mat.data.set(y.data, 0);
      mat.data.set(u.data, 640 * 480);
      mat.data.set(v.data, 640 * 600);
      return mat;
    };
    const grey = ({ y }) => cv.matFromArray(480, 640, cv.CV_8UC1, y.data);
    const source = pointerPicture();
    const [bgr, hsv, mask, labels, stats, centroids] = Array.from({ length: 6 }, () => new cv.Mat());
    const kernel1 = cv.Mat.ones(21, 21, cv.CV_8U);
    const kernel2 = cv.Mat.ones(11, 11, cv.CV_8U);
    const low = new cv.Mat(480, 640, cv.CV_8UC3, [9, 200, 30, 0]);
    const high = new cv.Mat(480, 640, cv.CV_8UC3, [20, 255, 255, 0]);
    const blob = await measure(() => {
      const picture = i420(source);
      cv.cvtColor(picture, bgr, cv.COLOR_YUV2BGR_I420);
      cv.cvtColor(bgr, hsv, cv.COLOR_BGR2HSV);
      cv.inRange(hsv, low, high, mask);
      cv.morphologyEx(mask, mask, cv.MORPH_CLOSE, kernel1);
      cv.morphologyEx(mask, mask, cv.MORPH_OPEN, kernel2);
      if (cv.connectedComponentsWithStats(mask, labels, stats, centroids) !== 2)
        throw new Error('no pointer');
      picture.delete();
    });
    const marked = markerPicture();
    const binary = new cv.Mat();
    let quads = 0;
    const marker = await measure(() => {
      const picture = grey(marked);
      cv.adaptiveThreshold(picture, binary, 255, cv.ADAPTIVE_THRESH_MEAN_C, cv.THRESH_BINARY_INV, 41, 7);
      const contours = new cv.MatVector();
      const hierarchy = new cv.Mat();
      cv.findContours(binary, contours, hierarchy, cv.RETR_LIST, cv.CHAIN_APPROX_NONE);
      quads = 0;
      for (let at = 0; at < contours.size(); at++) {
        const contour = contours.get(at);
        if (contour.rows > 56) {
          const corners = new cv.Mat();
          cv.approxPolyDP(contour, corners, 0.03 * contour.rows, true);
          if (corners.rows === 4 && cv.isContourConvex(corners)) quads++;
          corners.delete();
        }
        contour.delete();
      }
      for (const mat of [picture, contours, hierarchy]) mat.delete();
    });
    const [first, second] = crowdPictures().map((picture) => {
      const large = grey(picture);
      const small = new cv.Mat();
      cv.resize(large, small, new cv.Size(320, 240), 0, 0, cv.INTER_AREA);
      large.delete();
      return small;
    });
    let points = 0;
    const flow = await measure(() => {
      const [features, none, next, status, error] = Array.from({ length: 5 }, () => new cv.Mat());
      cv.goodFeaturesToTrack(first, features, 400, 0.01, 5, none);
      const criteria = new cv.TermCriteria(3, 12, 0.03);
      cv.calcOpticalFlowPyrLK(first, second, features, next, status, error, new cv.Size(9, 9), 2, criteria);
      points = status.data.reduce((sum, found) => sum + found, 0);
      for (const mat of [features, none, next, status, error]) mat.delete();
    }, 20);
    return { blob, marker, markerNote: `${quads} quadrilaterals, not read`, flow, flowPoints: points };
  },
);
