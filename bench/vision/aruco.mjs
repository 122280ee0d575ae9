import { createRequire } from 'node:module';
import { join } from 'node:path';
import { paintSquare } from '@rivero/module-markerdetector/test-support';
import { candidate, markerPicture, measure } from './pictures.mjs';

const [folder] = process.argv.slice(2);

/** ArUco's markers are others than ALVAR's: seven by seven units, the inner five by five a code. */
await candidate(
  async () => ({ value: createRequire(join(folder, 'package.json'))('js-aruco2').AR }),
  async (AR) => {
    const { codeList, tau } = new AR.Dictionary('ARUCO');
    const picture = markerPicture((to, id, corners) => {
      const code = codeList[id];
      paintSquare(to.y, corners, (row, column) => {
        const [y, x] = [Math.floor((row * 7) / 9), Math.floor((column * 7) / 9)];
        const inside = x > 0 && y > 0 && x < 6 && y < 6;
        return inside && code[(y - 1) * 5 + x - 1] === '1' ? 225 : 25;
      });
    });
    const detector = new AR.Detector({ dictionaryName: 'ARUCO' });
    const data = new Uint8ClampedArray(640 * 480 * 4);
    let found = 0;
    const marker = await measure(() => {
      for (let at = 0, to = 0; to < data.length; at++, to += 4) {
        const value = picture.y.data[at];
        data[to] = value;
        data[to + 1] = value;
        data[to + 2] = value;
        data[to + 3] = 255;
      }
      found = detector.detect({ width: 640, height: 480, data }).length;
    });
    return { marker, markerNote: `${found} of 4 squares read, tau ${tau}` };
  },
);
