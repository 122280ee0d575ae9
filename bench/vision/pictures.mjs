/** The pictures on which everything is measured, 640x480, the same for every candidate. */
import { paintMarker, squareAt } from '@rivero/module-markerdetector/test-support';
import { paintPlate, TYPEFACES } from '@rivero/module-platedetector/test-support';
import { addNoise, fillArea, fillDisc, plain, seeded } from '@rivero/vision/testing';

const WIDTH = 640;
const HEIGHT = 480;

/** An orange disc before a wall, with other things. */
export function pointerPicture() {
  const picture = plain(WIDTH, HEIGHT, [120, 120, 130]);
  fillArea(picture, { x: 500, y: 0, width: 140, height: 120 }, [40, 60, 200]);
  fillDisc(picture, { x: 320, y: 240 }, 40, [250, 130, 20]);
  addNoise(picture, 3, seeded(1));
  return picture;
}

/** Four markers on a table with other things. */
export function markerPicture(paint = paintMarker) {
  const random = seeded(2);
  const picture = plain(WIDTH, HEIGHT, [150, 140, 120]);
  for (let at = 0; at < 12; at++) {
    const shade = Math.floor(random() * 200) + 20;
    const area = { x: Math.floor(random() * 600), y: Math.floor(random() * 440), width: 50, height: 35 };
    fillArea(picture, area, [shade, shade, shade]);
  }
  for (let at = 0; at < 4; at++) {
    paint(picture, 10 + at, squareAt(140 + 360 * (at % 2), 130 + 220 * (at >> 1), 90, 20 * at, 0.1));
  }
  addNoise(picture, 4, random);
  return picture;
}

/** A crowd at two moments, three pixels apart. */
export function crowdPictures() {
  return [0, 3].map((offset) => {
    const random = seeded(3);
    const picture = plain(WIDTH, HEIGHT, [150, 150, 145]);
    for (let at = 0; at < 60; at++) {
      const x = 30 + Math.floor(random() * 560) + offset;
      const y = 30 + Math.floor(random() * 420);
      fillDisc(picture, { x, y }, 26, random() < 0.5 ? [40, 40, 90] : [230, 60, 40]);
      fillArea(picture, { x: x - 12, y: y - 4, width: 24, height: 8 }, [240, 240, 240]);
    }
    return picture;
  });
}

const CONSONANTS = 'BCDFGHJKLMNPRSTVWXYZ';

/** Cars with plates, what they say, and where the plate is. */
export function platePictures(count) {
  const random = seeded(4);
  return Array.from({ length: count }, (_, at) => {
    const picture = plain(WIDTH, HEIGHT, [120, 120, 115]);
    fillArea(picture, { x: 60, y: 80, width: 520, height: 330 }, [150, 30, 30]);
    const digits = `${Math.floor(random() * 10000)}`.padStart(4, '0');
    const letters = Array.from(
      { length: 3 },
      () => CONSONANTS[Math.floor(random() * CONSONANTS.length)],
    ).join('');
    const width = 150 + Math.round(random() * 100);
    paintPlate(picture, `${digits} ${letters}`, TYPEFACES[at % 2], 180, 260, width);
    addNoise(picture, 5, random);
    return {
      picture,
      text: `${digits}${letters}`,
      x: 180,
      y: 260,
      width,
      height: Math.round((width * 110) / 520),
    };
  });
}

/** Processor ms of one run, after a warm-up. */
export async function measure(action, times = 60) {
  for (let at = 0; at < 15; at++) await action();
  const before = process.cpuUsage();
  for (let at = 0; at < times; at++) await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}

/** Runs a candidate: how long it takes to load, what memory it holds then, and its figures. */
export async function candidate(load, run) {
  globalThis.gc?.();
  const memory = process.memoryUsage().rss;
  const begun = performance.now();
  const loaded = await load();
  const loadMs = performance.now() - begun;
  const figures = await run(loaded.value);
  globalThis.gc?.();
  const memoryMb = (process.memoryUsage().rss - memory) / 1e6;
  process.stdout.write(`${JSON.stringify({ loadMs, memoryMb, figures })}\n`);
  process.exit(0);
}
