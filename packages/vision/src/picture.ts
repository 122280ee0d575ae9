/** Samples of one byte in rows; `stride` bytes from one row to the next. */
export interface Plane {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
}

/**
 * A picture as video decoders give it: brightness of each pixel, colour differences of each square of four.
 * Limited range of ITU-R BT.601: y 16 to 235, u and v 16 to 240 around 128.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly y: Plane;
  readonly u: Plane;
  readonly v: Plane;
}

/** Red, green, blue and opacity of each pixel, without padding: four bytes a pixel. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A part of a picture in pixels; may reach beyond its edges. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function makePlane(width: number, height: number, value = 0): Plane {
  const data = new Uint8Array(width * height);
  if (value !== 0) data.fill(value);
  return { data, width, height, stride: width };
}

/** A black picture. */
export function makePicture(width: number, height: number): Picture {
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  return {
    width,
    height,
    y: makePlane(width, height, 16),
    u: makePlane(halfWidth, halfHeight, 128),
    v: makePlane(halfWidth, halfHeight, 128),
  };
}

/** The picture of a frame with three planes; nothing is copied. */
export function pictureFrom(frame: { width: number; height: number; planes: readonly Plane[] }): Picture {
  const [y, u, v] = frame.planes;
  if (y === undefined || u === undefined || v === undefined) throw new Error('a picture has three planes');
  return { width: frame.width, height: frame.height, y, u, v };
}

/** The part of a rectangle that lies in a picture, in whole pixels; undefined where nothing does. */
export function clip(area: Rectangle, width: number, height: number): Rectangle | undefined {
  const left = Math.max(0, Math.floor(area.x));
  const top = Math.max(0, Math.floor(area.y));
  const right = Math.min(width, Math.ceil(area.x + area.width));
  const bottom = Math.min(height, Math.ceil(area.y + area.height));
  return right > left && bottom > top
    ? { x: left, y: top, width: right - left, height: bottom - top }
    : undefined;
}
