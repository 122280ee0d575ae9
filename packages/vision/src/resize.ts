import type { Picture, Plane, Rgba } from './picture.js';
import { makePicture } from './picture.js';

/** A reduced copy of a plane: each pixel the mean of those that it stands for. @param to of the size that is wanted */
export function reducePlane(from: Plane, to: Plane): void {
  const scaleX = from.width / to.width;
  const scaleY = from.height / to.height;
  for (let row = 0; row < to.height; row++) {
    const top = Math.floor(row * scaleY);
    const bottom = Math.max(top + 1, Math.floor((row + 1) * scaleY));
    for (let column = 0; column < to.width; column++) {
      const left = Math.floor(column * scaleX);
      const right = Math.max(left + 1, Math.floor((column + 1) * scaleX));
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let x = left, at = y * from.stride + left; x < right; x++) sum += from.data[at++]!;
      }
      to.data[row * to.stride + column] = (sum / ((bottom - top) * (right - left)) + 0.5) | 0;
    }
  }
}

/** A part of a plane at another size (bilinear). */
export function resizePart(
  from: Plane,
  left: number,
  top: number,
  width: number,
  height: number,
  to: Plane,
): void {
  for (let row = 0; row < to.height; row++) {
    const y = top + ((row + 0.5) * height) / to.height - 0.5;
    for (let column = 0; column < to.width; column++) {
      const x = left + ((column + 0.5) * width) / to.width - 0.5;
      to.data[row * to.stride + column] = Math.round(sampleAt(from, x, y));
    }
  }
}

/** The value between pixels (bilinear); at the edges that of the nearest pixel. */
export function sampleAt(plane: Plane, x: number, y: number): number {
  const column = Math.max(0, Math.min(plane.width - 1, x));
  const row = Math.max(0, Math.min(plane.height - 1, y));
  const left = Math.floor(column);
  const top = Math.floor(row);
  const right = Math.min(plane.width - 1, left + 1);
  const bottom = Math.min(plane.height - 1, top + 1);
  const fractionX = column - left;
  const fractionY = row - top;
  const { data, stride } = plane;
  const upper = data[top * stride + left]! * (1 - fractionX) + data[top * stride + right]! * fractionX;
  const lower = data[bottom * stride + left]! * (1 - fractionX) + data[bottom * stride + right]! * fractionX;
  return upper * (1 - fractionY) + lower * fractionY;
}

/** An image at another size, stretched (bilinear; where it is reduced, from the mean of what a pixel stands for). */
export function resizeRgba(image: Rgba, width: number, height: number): Rgba {
  if (image.width === width && image.height === height) return image;
  const data = new Uint8Array(width * height * 4);
  const scaleX = image.width / width;
  const scaleY = image.height / height;
  const samplesX = Math.max(1, Math.ceil(scaleX));
  const samplesY = Math.max(1, Math.ceil(scaleY));
  const at = new Float64Array(4);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      at.fill(0);
      for (let sy = 0; sy < samplesY; sy++) {
        const y = (row + (sy + 0.5) / samplesY) * scaleY - 0.5;
        for (let sx = 0; sx < samplesX; sx++) {
          addSample(image, (column + (sx + 0.5) / samplesX) * scaleX - 0.5, y, at);
        }
      }
      const out = 4 * (row * width + column);
      const opacity = at[3]!;
      for (let channel = 0; channel < 3; channel++) {
        data[out + channel] = opacity > 0 ? Math.round(at[channel]! / opacity) : 0;
      }
      data[out + 3] = Math.round(opacity / (samplesX * samplesY));
    }
  }
  return { width, height, data };
}

/** Adds a bilinear sample; colours count by their opacity, so that what is transparent does not shine through. */
function addSample(image: Rgba, x: number, y: number, sum: Float64Array): void {
  const left = Math.max(0, Math.min(image.width - 1, Math.floor(x)));
  const top = Math.max(0, Math.min(image.height - 1, Math.floor(y)));
  const right = Math.min(image.width - 1, left + 1);
  const bottom = Math.min(image.height - 1, top + 1);
  const fractionX = Math.max(0, Math.min(1, x - left));
  const fractionY = Math.max(0, Math.min(1, y - top));
  addPixel(image, left, top, (1 - fractionX) * (1 - fractionY), sum);
  addPixel(image, right, top, fractionX * (1 - fractionY), sum);
  addPixel(image, left, bottom, (1 - fractionX) * fractionY, sum);
  addPixel(image, right, bottom, fractionX * fractionY, sum);
}

function addPixel(image: Rgba, x: number, y: number, weight: number, sum: Float64Array): void {
  if (weight === 0) return;
  const at = 4 * (y * image.width + x);
  const opacity = image.data[at + 3]! * weight;
  sum[0]! += image.data[at]! * opacity;
  sum[1]! += image.data[at + 1]! * opacity;
  sum[2]! += image.data[at + 2]! * opacity;
  sum[3]! += opacity;
}

/** An image as a picture of another size, stretched; what is transparent is black. */
export function pictureOf(image: Rgba, width: number, height: number): Picture {
  const scaled = resizeRgba(image, width, height);
  const picture = makePicture(width, height);
  const { y, u, v } = picture;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = 4 * (row * width + column);
      const share = scaled.data[at + 3]! / 255;
      const r = scaled.data[at]! * share;
      const g = scaled.data[at + 1]! * share;
      const b = scaled.data[at + 2]! * share;
      y.data[row * y.stride + column] = Math.round(16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255);
      if (((row | column) & 1) !== 0) continue;
      const colour = (row >> 1) * u.stride + (column >> 1);
      u.data[colour] = Math.round(128 + (-37.797 * r - 74.203 * g + 112 * b) / 255);
      v.data[colour] = Math.round(128 + (112 * r - 93.786 * g - 18.214 * b) / 255);
    }
  }
  return picture;
}
