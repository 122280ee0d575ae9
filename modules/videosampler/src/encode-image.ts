import { encodeJpeg, encodePng, makePicture, type Picture, resizePart, yuvToRgb } from '@rivero/vision';

export type ImageEncoding = 'PNG' | 'JPEG' | 'BMP' | 'PBM' | 'PPM';

/** Quality of JPEG, 1 to 100: that of GStreamer's encoder. */
const JPEG_QUALITY = 85;

/** The size of a sample: both sides as asked for, or one of them with the picture's shape, or those of the picture. */
export function sampleSize(
  picture: { width: number; height: number },
  width: number,
  height: number,
): { width: number; height: number } {
  if (width > 0 && height > 0) return { width, height };
  if (height > 0)
    return { width: Math.max(1, Math.round((picture.width * height) / picture.height)), height };
  if (width > 0) return { width, height: Math.max(1, Math.round((picture.height * width) / picture.width)) };
  return { width: picture.width, height: picture.height };
}

/** A picture as a file of an image. */
export function encodeImage(
  picture: Picture,
  size: { width: number; height: number },
  encoding: ImageEncoding,
): Uint8Array {
  const { width, height } = size;
  const rgb = rgbOf(scaled(picture, width, height));
  switch (encoding) {
    case 'PNG':
      return encodePng(rgb, width, height);
    case 'JPEG':
      return encodeJpeg(rgb, width, height, JPEG_QUALITY);
    case 'BMP':
      return encodeBmp(rgb, width, height);
    case 'PBM':
      return encodePbm(rgb, width, height);
    case 'PPM':
      return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), rgb]);
  }
}

function scaled(picture: Picture, width: number, height: number): Picture {
  if (picture.width === width && picture.height === height) return picture;
  const to = makePicture(width, height);
  resizePart(picture.y, 0, 0, picture.width, picture.height, to.y);
  resizePart(picture.u, 0, 0, picture.u.width, picture.u.height, to.u);
  resizePart(picture.v, 0, 0, picture.v.width, picture.v.height, to.v);
  return to;
}

function rgbOf({ width, height, y, u, v }: Picture): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0, out = 0; row < height; row++) {
    for (let column = 0; column < width; column++, out += 3) {
      const half = column >> 1;
      const colour = yuvToRgb(
        y.data[row * y.stride + column]!,
        u.data[(row >> 1) * u.stride + half]!,
        v.data[(row >> 1) * v.stride + half]!,
      );
      rgb[out] = colour >> 16;
      rgb[out + 1] = (colour >> 8) & 0xff;
      rgb[out + 2] = colour & 0xff;
    }
  }
  return rgb;
}

/** Windows bitmap: BITMAPFILEHEADER, BITMAPINFOHEADER, rows of blue, green and red from the lowest up, padded to four bytes. */
function encodeBmp(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const pitch = (width * 3 + 3) & ~3;
  const bytes = Buffer.alloc(54 + pitch * height);
  bytes.write('BM', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  bytes.writeUInt32LE(pitch * height, 34);
  for (let row = 0; row < height; row++) {
    let to = 54 + (height - 1 - row) * pitch;
    for (let from = row * width * 3; from < (row + 1) * width * 3; from += 3, to += 3) {
      bytes[to] = rgb[from + 2]!;
      bytes[to + 1] = rgb[from + 1]!;
      bytes[to + 2] = rgb[from]!;
    }
  }
  return bytes;
}

/** Portable bitmap (P4): a bit a pixel, 1 for black, rows of whole bytes. */
function encodePbm(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const pitch = (width + 7) >> 3;
  const bits = new Uint8Array(pitch * height);
  for (let row = 0, from = 0; row < height; row++) {
    for (let column = 0; column < width; column++, from += 3) {
      const brightness = 0.299 * rgb[from]! + 0.587 * rgb[from + 1]! + 0.114 * rgb[from + 2]!;
      if (brightness < 128) bits[row * pitch + (column >> 3)]! |= 0x80 >> (column & 7);
    }
  }
  return Buffer.concat([Buffer.from(`P4\n${width} ${height}\n`), bits]);
}
