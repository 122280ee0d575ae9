/** A colour as a picture stores it (see Picture). */
export interface Yuv {
  readonly y: number;
  readonly u: number;
  readonly v: number;
}

/** Hue 0 to 179 (two degrees each, a circle), saturation and value 0 to 255: OpenCV's 8-bit HSV, and so Kurento's. */
export interface Hsv {
  readonly h: number;
  readonly s: number;
  readonly v: number;
}

/** ITU-R BT.601 with limited range. @param r @param g @param b 0 to 255 */
export function rgbToYuv(r: number, g: number, b: number): Yuv {
  return {
    y: clampByte(16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255),
    u: clampByte(128 + (-37.797 * r - 74.203 * g + 112 * b) / 255),
    v: clampByte(128 + (112 * r - 93.786 * g - 18.214 * b) / 255),
  };
}

/** Red, green and blue in one number, 0xRRGGBB: nothing is allocated. */
export function yuvToRgb(y: number, u: number, v: number): number {
  const scaled = 1.164383 * (y - 16);
  const r = clampByte(scaled + 1.596027 * (v - 128));
  const g = clampByte(scaled - 0.391762 * (u - 128) - 0.812968 * (v - 128));
  const b = clampByte(scaled + 2.017232 * (u - 128));
  return (r << 16) | (g << 8) | b;
}

/** Hue, saturation and value in one number, 0xHHSSVV, of one as yuvToRgb gives it. */
export function rgbToHsv(rgb: number): number {
  const r = rgb >> 16;
  const g = (rgb >> 8) & 0xff;
  const b = rgb & 0xff;
  const value = Math.max(r, g, b);
  const span = value - Math.min(r, g, b);
  if (span === 0) return value;
  const saturation = Math.round((255 * span) / value);
  let hue: number;
  if (value === r) hue = (30 * (g - b)) / span;
  else if (value === g) hue = 60 + (30 * (b - r)) / span;
  else hue = 120 + (30 * (r - g)) / span;
  return ((((Math.round(hue) + 180) % 180) << 16) | (saturation << 8) | value) >>> 0;
}

function clampByte(value: number): number {
  const rounded = Math.round(value);
  return Math.max(0, Math.min(255, rounded));
}
