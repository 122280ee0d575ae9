import { rgbToYuv, yuvToRgb } from '../colour.js';
import { drawDisc, setPixel } from '../draw.js';
import {
  clip,
  makePicture,
  type Picture,
  type Plane,
  type Point,
  type Rectangle,
  type Rgba,
} from '../picture.js';

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** A picture of one colour. */
export function plain(width: number, height: number, colour: Rgb): Picture {
  const picture = makePicture(width, height);
  fillArea(picture, { x: 0, y: 0, width, height }, colour);
  return picture;
}

export function copyPicture(picture: Picture): Picture {
  const copy = (plane: Plane): Plane => ({ ...plane, data: plane.data.slice() });
  return { ...picture, y: copy(picture.y), u: copy(picture.u), v: copy(picture.v) };
}

export function fillArea(picture: Picture, area: Rectangle, colour: Rgb): void {
  const part = clip(area, picture.width, picture.height);
  if (part === undefined) return;
  const yuv = rgbToYuv(...colour);
  for (let y = part.y; y < part.y + part.height; y++) {
    for (let x = part.x; x < part.x + part.width; x++) setPixel(picture, x, y, yuv);
  }
}

export function fillDisc(picture: Picture, middle: Point, radius: number, colour: Rgb): void {
  drawDisc(picture, middle, radius, rgbToYuv(...colour));
}

/** Changes every brightness and colour difference by up to `amplitude` either way, as encoders and sensors do. */
export function addNoise(picture: Picture, amplitude: number, random: () => number): void {
  for (const plane of [picture.y, picture.u, picture.v]) {
    for (let at = 0; at < plane.data.length; at++) {
      const value = plane.data[at]! + Math.round((2 * random() - 1) * amplitude);
      plane.data[at] = Math.max(0, Math.min(255, value));
    }
  }
}

/** Means of neighbouring pixels of a plane, `times` over: out of focus. */
export function blur(plane: Plane, times = 1): void {
  for (let time = 0; time < times; time++) {
    const from = plane.data.slice();
    for (let y = 1; y < plane.height - 1; y++) {
      for (let x = 1; x < plane.width - 1; x++) {
        let sum = 0;
        for (let row = -1; row <= 1; row++) {
          for (let column = -1; column <= 1; column++) sum += from[(y + row) * plane.stride + x + column]!;
        }
        plane.data[y * plane.stride + x] = Math.round(sum / 9);
      }
    }
  }
}

/** The colour of a pixel. */
export function colourAt(picture: Picture, x: number, y: number): Rgb {
  const at = (y >> 1) * picture.u.stride + (x >> 1);
  const rgb = yuvToRgb(picture.y.data[y * picture.y.stride + x]!, picture.u.data[at]!, picture.v.data[at]!);
  return [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];
}

/** The largest difference of two colours in red, green or blue. */
export function colourDistance(a: Rgb, b: Rgb): number {
  return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]), Math.abs(a[2] - b[2]));
}

/** An image of one colour. */
export function plainImage(width: number, height: number, colour: Rgb, opacity = 255): Rgba {
  const data = new Uint8Array(width * height * 4);
  for (let at = 0; at < data.length; at += 4) data.set([...colour, opacity], at);
  return { width, height, data };
}
