import type { Yuv } from './colour.js';
import { rgbToYuv } from './colour.js';
import { clip, type Picture, type Plane, type Point, type Rectangle, type Rgba } from './picture.js';

export const WHITE = rgbToYuv(255, 255, 255);
export const RED = rgbToYuv(255, 0, 0);
export const GREEN = rgbToYuv(0, 255, 0);
export const BLUE = rgbToYuv(0, 0, 255);

/** Sets one pixel; colour differences are those of its square of four. Outside the picture nothing happens. */
export function setPixel(picture: Picture, x: number, y: number, colour: Yuv): void {
  if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) return;
  picture.y.data[y * picture.y.stride + x] = colour.y;
  picture.u.data[(y >> 1) * picture.u.stride + (x >> 1)] = colour.u;
  picture.v.data[(y >> 1) * picture.v.stride + (x >> 1)] = colour.v;
}

/** A line of `thickness` pixels between two points (Bresenham). */
export function drawLine(picture: Picture, from: Point, to: Point, colour: Yuv, thickness = 1): void {
  // Beyond this a line has nothing to do with the picture, and drawing it would take for ever.
  const limit = 4 * (picture.width + picture.height);
  let x = bounded(Math.round(from.x), limit);
  let y = bounded(Math.round(from.y), limit);
  const endX = bounded(Math.round(to.x), limit);
  const endY = bounded(Math.round(to.y), limit);
  const dx = Math.abs(endX - x);
  const dy = -Math.abs(endY - y);
  const stepX = x < endX ? 1 : -1;
  const stepY = y < endY ? 1 : -1;
  const half = (thickness - 1) >> 1;
  let error = dx + dy;
  for (;;) {
    for (let row = -half; row < thickness - half; row++) {
      for (let column = -half; column < thickness - half; column++)
        setPixel(picture, x + column, y + row, colour);
    }
    if (x === endX && y === endY) return;
    const twice = 2 * error;
    if (twice >= dy) {
      error += dy;
      x += stepX;
    }
    if (twice <= dx) {
      error += dx;
      y += stepY;
    }
  }
}

function bounded(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

/** The outline of a rectangle. */
export function drawRectangle(picture: Picture, area: Rectangle, colour: Yuv, thickness = 1): void {
  const { x, y } = area;
  const corners = [
    { x, y },
    { x: x + area.width, y },
    { x: x + area.width, y: y + area.height },
    { x, y: y + area.height },
  ];
  drawPolygon(picture, corners, colour, thickness);
}

/** All of a rectangle. Colour differences are those of squares of four: those that it touches are all its own. */
export function fillRectangle(picture: Picture, area: Rectangle, colour: Yuv): void {
  const { x, y, width, height } = clip(area, picture.width, picture.height) ?? NOTHING;
  const [half, upper] = [x >> 1, y >> 1];
  const halfWidth = ((x + width + 1) >> 1) - half;
  const halfHeight = ((y + height + 1) >> 1) - upper;
  fillPlane(picture.y, x, y, width, height, colour.y);
  fillPlane(picture.u, half, upper, halfWidth, halfHeight, colour.u);
  fillPlane(picture.v, half, upper, halfWidth, halfHeight, colour.v);
}

const NOTHING: Rectangle = { x: 0, y: 0, width: 0, height: 0 };

function fillPlane(
  { data, stride }: Plane,
  x: number,
  y: number,
  width: number,
  height: number,
  value: number,
): void {
  for (let row = y; row < y + height; row++) data.fill(value, row * stride + x, row * stride + x + width);
}

/** The outline of a polygon, closed. */
export function drawPolygon(picture: Picture, corners: readonly Point[], colour: Yuv, thickness = 1): void {
  for (const [at, corner] of corners.entries()) {
    drawLine(picture, corner, corners[(at + 1) % corners.length]!, colour, thickness);
  }
}

/** A filled circle. */
export function drawDisc(picture: Picture, middle: Point, radius: number, colour: Yuv): void {
  const middleX = Math.round(middle.x);
  const middleY = Math.round(middle.y);
  for (let row = -radius; row <= radius; row++) {
    const half = Math.floor(Math.sqrt(radius * radius - row * row));
    for (let column = -half; column <= half; column++)
      setPixel(picture, middleX + column, middleY + row, colour);
  }
}

/**
 * Lays an image over a picture, its upper left corner at `x`, `y`; what is beyond the edges is left out.
 * @param opacity 0 to 1, times the opacity of each pixel of the image
 */
export function drawImage(picture: Picture, image: Rgba, x: number, y: number, opacity = 1): void {
  const fromColumn = Math.max(0, -x);
  const toColumn = Math.min(image.width, picture.width - x);
  const toRow = Math.min(image.height, picture.height - y);
  for (let row = Math.max(0, -y); row < toRow; row++) {
    for (let column = fromColumn; column < toColumn; column++) {
      const at = 4 * (row * image.width + column);
      const share = (opacity * image.data[at + 3]!) / 255;
      if (share > 0) {
        blendPixel(
          picture,
          x + column,
          y + row,
          image.data[at]!,
          image.data[at + 1]!,
          image.data[at + 2]!,
          share,
        );
      }
    }
  }
}

/** Mixes one pixel inside the picture with a colour; `share` of the colour, 0 to 1. */
export function blendPixel(
  picture: Picture,
  x: number,
  y: number,
  r: number,
  g: number,
  b: number,
  share: number,
): void {
  const at = y * picture.y.stride + x;
  const old = picture.y.data[at]!;
  const luma = 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255;
  picture.y.data[at] = Math.round(old + (luma - old) * share);
  // One of each square of four decides its colour: the first one, or the one that the picture's edge leaves.
  if (((x & 1) | (y & 1)) !== 0) return;
  const atU = (y >> 1) * picture.u.stride + (x >> 1);
  const atV = (y >> 1) * picture.v.stride + (x >> 1);
  const u = 128 + (-37.797 * r - 74.203 * g + 112 * b) / 255;
  const v = 128 + (112 * r - 93.786 * g - 18.214 * b) / 255;
  picture.u.data[atU] = Math.round(picture.u.data[atU]! + (u - picture.u.data[atU]!) * share);
  picture.v.data[atV] = Math.round(picture.v.data[atV]! + (v - picture.v.data[atV]!) * share);
}
