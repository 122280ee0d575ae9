import {
  blendPixel,
  homographyOf,
  type Picture,
  type Point,
  project,
  type Rgba,
  renderText,
  resizeRgba,
} from '@rivero/vision';

/** Pixels of a dot of the text's font; the overlay is reduced to the marker's size anyway. */
const DOT = 6;
const INK = [0, 64, 0, 255] as const;
const PAPER = [255, 255, 255, 64] as const;
/** The longest side of an overlay, in pixels: more than this no marker shows. */
const LARGEST = 1024;

/** A square with an image in its middle, and over it a text, as large as they fit; undefined where there is neither. */
export function makeOverlay(image: Rgba | undefined, text: string): Rgba | undefined {
  const layers: Rgba[] = [];
  if (image !== undefined) layers.push(image);
  if (text !== '') layers.push(renderText(text, DOT, INK, PAPER));
  if (layers.length === 0) return undefined;
  const side = Math.min(LARGEST, Math.max(...layers.map(({ width, height }) => Math.max(width, height))));
  const data = new Uint8Array(side * side * 4);
  for (const layer of layers) {
    const scale = side / Math.max(layer.width, layer.height);
    const width = Math.max(1, Math.round(layer.width * scale));
    const height = Math.max(1, Math.round(layer.height * scale));
    const scaled = resizeRgba(layer, width, height);
    layOver(data, side, scaled, (side - width) >> 1, (side - height) >> 1);
  }
  return { width: side, height: side, data };
}

/** Puts a layer over what is there ("over" of Porter and Duff 1984). */
function layOver(data: Uint8Array, side: number, layer: Rgba, left: number, top: number): void {
  for (let row = 0; row < layer.height; row++) {
    for (let column = 0; column < layer.width; column++) {
      const from = 4 * (row * layer.width + column);
      const to = 4 * ((top + row) * side + left + column);
      const upper = layer.data[from + 3]! / 255;
      const lower = (data[to + 3]! / 255) * (1 - upper);
      const both = upper + lower;
      if (both === 0) continue;
      for (let channel = 0; channel < 3; channel++) {
        data[to + channel] = Math.round(
          (layer.data[from + channel]! * upper + data[to + channel]! * lower) / both,
        );
      }
      data[to + 3] = Math.round(255 * both);
    }
  }
}

/**
 * Lays a square over a marker in its perspective.
 * @param corners of the marker: upper left, upper right, lower right, lower left
 * @param scale of the square's side to the marker's, above 0
 */
export function drawOverlay(picture: Picture, overlay: Rgba, corners: readonly Point[], scale: number): void {
  const before = (1 - scale) / 2;
  const unit = [
    { x: 0, y: 0 },
    { x: 1, y: 0 },
    { x: 1, y: 1 },
    { x: 0, y: 1 },
  ];
  const toPicture = homographyOf(unit, corners);
  if (toPicture === undefined) return;
  // Seen from the marker's middle: what is on its side of the horizon has a positive w.
  const { x: middleX, y: middleY } = project(toPicture, 0.5, 0.5);
  const centred = corners.map(({ x, y }) => ({ x: x - middleX, y: y - middleY }));
  const toMarker = homographyOf(centred, unit);
  if (toMarker === undefined) return;
  const outer = unit.map(({ x, y }) => project(toPicture, before + x * scale, before + y * scale));
  const left = Math.max(0, Math.floor(Math.min(...outer.map(({ x }) => x))));
  const right = Math.min(picture.width - 1, Math.ceil(Math.max(...outer.map(({ x }) => x))));
  const top = Math.max(0, Math.floor(Math.min(...outer.map(({ y }) => y))));
  const bottom = Math.min(picture.height - 1, Math.ceil(Math.max(...outer.map(({ y }) => y))));
  const h = toMarker;
  for (let y = top; y <= bottom; y++) {
    const dy = y - middleY;
    for (let x = left; x <= right; x++) {
      const dx = x - middleX;
      const w = h[6]! * dx + h[7]! * dy + 1;
      if (w <= 0) continue;
      const across = (h[0]! * dx + h[1]! * dy + h[2]!) / w;
      const down = (h[3]! * dx + h[4]! * dy + h[5]!) / w;
      const column = Math.floor(((across - before) / scale) * overlay.width);
      const row = Math.floor(((down - before) / scale) * overlay.height);
      if (column < 0 || row < 0 || column >= overlay.width || row >= overlay.height) continue;
      const at = 4 * (row * overlay.width + column);
      const share = overlay.data[at + 3]! / 255;
      if (share > 0)
        blendPixel(picture, x, y, overlay.data[at]!, overlay.data[at + 1]!, overlay.data[at + 2]!, share);
    }
  }
}
