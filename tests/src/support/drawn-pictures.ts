import { spawnSync } from 'node:child_process';

type Pixel = readonly [red: number, green: number, blue: number];

/** Draws a picture pixel by pixel into a PNG file. */
export function draw(path: string, width: number, height: number, at: (x: number, y: number) => Pixel): void {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set(at(x, y), (y * width + x) * 3);
  }
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-i', '-'];
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...raw, '-frames:v', '1', path], {
    input: pixels,
  });
  if (status !== 0) throw new Error(`ffmpeg: ${stderr}`);
}

export const plain =
  (...pixel: Pixel) =>
  (): Pixel =>
    pixel;

const LEFT = [
  '0001101',
  '0011001',
  '0010011',
  '0111101',
  '0100011',
  '0110001',
  '0101111',
  '0111011',
  '0110111',
  '0001011',
];
const PARITY = [
  'LLLLLL',
  'LLGLGG',
  'LLGGLG',
  'LLGGGL',
  'LGLLGG',
  'LGGLLG',
  'LGGGLL',
  'LGLGLG',
  'LGLGGL',
  'LGGLGL',
];

/** The bars of an EAN-13 code (ISO/IEC 15420), on white, in the middle of 320 x 240. */
export function ean13(digits: string): (x: number, y: number) => Pixel {
  const inverted = (code: string): string => code.replaceAll(/./g, (bit) => (bit === '0' ? '1' : '0'));
  const mirrored = (code: string): string => [...code].reverse().join('');
  const [first, ...rest] = [...digits].map(Number) as [number, ...number[]];
  const left = rest.slice(0, 6).map((digit, index) => {
    const code = LEFT[digit]!;
    return PARITY[first]![index] === 'L' ? code : mirrored(inverted(code));
  });
  const right = rest.slice(6).map((digit) => inverted(LEFT[digit]!));
  const modules = `101${left.join('')}01010${right.join('')}101`;
  return (x, y) => {
    const index = Math.floor((x - 65) / 2);
    const dark = y > 60 && y < 180 && modules[index] === '1' && x >= 65;
    return dark ? [0, 0, 0] : [255, 255, 255];
  };
}

/** A QR code (ISO/IEC 18004, version 1-M) that says `rivero`. */
const QR = [
  '111111100000001111111',
  '100000100111001000001',
  '101110101010001011101',
  '101110101111001011101',
  '101110101111101011101',
  '100000101100101000001',
  '111111101010101111111',
  '000000001011100000000',
  '101111100100101111100',
  '110000011110100100001',
  '011111100001010011110',
  '000111010110000111101',
  '011000111111010011000',
  '000000001001111101111',
  '111111100000101100010',
  '100000101101111011101',
  '101110101000100010010',
  '101110101100100111100',
  '101110101111010001100',
  '100000100110000111100',
  '111111101101010101010',
];

/** A QR code on white, in the middle of 320 x 240, that says `rivero`. */
export function qrCode(x: number, y: number): Pixel {
  const dark = QR[Math.floor((y - 36) / 8)]?.[Math.floor((x - 76) / 8)] === '1';
  return dark ? [0, 0, 0] : [255, 255, 255];
}

const CENTRE = { x: 160, y: 125 };

/** How far a point is from the middle of an ellipse, squared: below 1 inside. */
function inEllipse(x: number, y: number, dx: number, dy: number, rx: number, ry: number): number {
  return ((x - CENTRE.x - dx) / rx) ** 2 + ((y - CENTRE.y - dy) / ry) ** 2;
}

/** A face of 320 x 240 with the light and dark places by which faces are found: brows, eyes, nose, mouth, cheeks. */
export function face(x: number, y: number): Pixel {
  const head = inEllipse(x, y, 0, 0, 62, 82);
  const hair = inEllipse(x, y, 0, -14, 72, 90) < 1 && y < CENTRE.y - 30;
  if (head >= 1 && !hair) return [90, 110, 90];
  let value = 35;
  if (head < 1) {
    value = y < CENTRE.y - 52 ? 40 : 185 - 35 * head;
    for (const side of [-1, 1]) {
      const socket = inEllipse(x, y, side * 26, -18, 20, 11);
      if (socket < 1) value -= 70 * (1 - socket);
      if (inEllipse(x, y, side * 26, -17, 8, 5) < 1) value = 30;
      if (Math.abs(x - CENTRE.x - side * 26) < 20 && Math.abs(y - CENTRE.y + 33) < 4) value = 55;
      if (inEllipse(x, y, side * 9, 18, 6, 4) < 1) value -= 60;
      const cheek = inEllipse(x, y, side * 34, 14, 16, 14);
      if (cheek < 1) value += 20 * (1 - cheek);
    }
    if (Math.abs(x - CENTRE.x) < 7 && y > CENTRE.y - 25 && y < CENTRE.y + 15) value += 25;
    const mouth = inEllipse(x, y, 0, 42, 26, 7);
    if (mouth < 1) value -= 75 * (1 - mouth / 2);
    if (y > CENTRE.y + 62) value -= 25;
  }
  const grey = Math.max(0, Math.min(255, value));
  return [Math.round(grey), Math.round(grey * 0.85), Math.round(grey * 0.75)];
}
