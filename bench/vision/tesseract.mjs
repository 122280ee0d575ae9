import { createRequire } from 'node:module';
import { join } from 'node:path';
import { encodePng } from '@rivero/vision';
import { candidate, measure, platePictures } from './pictures.mjs';

const [folder] = process.argv.slice(2);

/** It is given what the finder would have to find first: the plate, cut out, without its blue band. */
await candidate(
  async () => {
    const { createWorker, PSM } = createRequire(join(folder, 'package.json'))('tesseract.js');
    const langPath = join(folder, 'node_modules', '@tesseract.js-data', 'eng', '4.0.0_best_int');
    const value = await createWorker('eng', 1, { langPath, cacheMethod: 'none', gzip: true });
    await value.setParameters({
      tessedit_pageseg_mode: PSM.SINGLE_LINE,
      tessedit_char_whitelist: '0123456789BCDFGHJKLMNPRSTVWXYZ',
    });
    return { value: { worker: value } };
  },
  async ({ worker }) => {
    const cars = platePictures(40).map(({ picture, text, x, y, width, height }) => {
      const left = x + Math.round(width * 0.09);
      const columns = width - (left - x);
      const rgb = new Uint8Array(columns * height * 3);
      for (let row = 0, to = 0; row < height; row++) {
        for (let column = 0; column < columns; column++, to += 3) {
          rgb.fill(picture.y.data[(y + row) * 640 + left + column], to, to + 3);
        }
      }
      return { text, png: Buffer.from(encodePng(rgb, columns, height)) };
    });
    let at = 0;
    const plate = await measure(() => worker.recognize(cars[at++ % 40].png), 40);
    let read = 0;
    for (const { png, text } of cars) {
      const { data } = await worker.recognize(png);
      if (data.text.replaceAll(/\s/g, '') === text) read++;
    }
    return { plate, platesRead: `${read}/40`, plateNote: 'of plates that were cut out' };
  },
);
