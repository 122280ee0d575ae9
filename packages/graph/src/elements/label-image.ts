/** How a label looks. Colours: `#RRGGBB`; opacity: 0 to 1, of the text and its background. */
export interface LabelStyle {
  text: string;
  position: LabelPosition;
  /** Height of the letters in pixels of the canvas; 0: it follows the size of the picture. */
  size: number;
  color: string;
  background: string;
  opacity: number;
}

export type LabelPosition = 'TOP_LEFT' | 'TOP' | 'TOP_RIGHT' | 'BOTTOM_LEFT' | 'BOTTOM' | 'BOTTOM_RIGHT';

/** A rectangle on the canvas, pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Share of the picture's height that letters take by themselves, and the sizes between which that stays, pixels. */
const AUTOMATIC = { share: 1 / 14, min: 10, max: 48 } as const;
/** In letter heights: height of the box, distance of the text from its sides, distance of the box from the picture's border. */
const BOX_HEIGHT = 1.5;
const PADDING = 0.5;
const MARGIN = 0.4;
/** Where letters stand in the box, from its top. */
const BASELINE = 0.7;
/** A long text gets smaller letters down to this share, then it is cut. */
const SMALLEST = 0.6;

/** What a label's image shows, with everything that its size depends on. */
export interface LabelImage {
  readonly text: string;
  /** Pixels. */
  readonly fontSize: number;
  readonly width: number;
  readonly height: number;
}

/** Height of the letters on a picture, pixels. */
export function fontSizeOn(picture: Box, size: number): number {
  if (size > 0) return size;
  const share = Math.round(picture.height * AUTOMATIC.share);
  return Math.max(AUTOMATIC.min, Math.min(AUTOMATIC.max, share));
}

/**
 * Fits a text into a picture: with smaller letters where it is too long, then cut between characters.
 * @param textWidth of the whole text in this font size, pixels
 * @returns undefined when the picture is too small for any text
 */
export function fitLabel(
  text: string,
  fontSize: number,
  textWidth: number,
  picture: Box,
): LabelImage | undefined {
  const room = picture.width - 2 * (MARGIN + PADDING) * fontSize;
  const height = even(BOX_HEIGHT * fontSize);
  if (room < fontSize || height > picture.height) return undefined;
  const scale = Math.max(SMALLEST, Math.min(1, room / textWidth));
  const fits = textWidth * scale <= room;
  return {
    text: fits ? text : cut(text, room / (textWidth * scale)),
    fontSize: fontSize * scale,
    width: even((fits ? textWidth * scale : room) + 2 * PADDING * fontSize),
    height,
  };
}

/** The part of a text that takes about this share of its width, and an ellipsis. */
function cut(text: string, share: number): string {
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  const left = Math.max(1, Math.floor(characters.length * share) - 2);
  return `${characters.slice(0, left).join('').trimEnd()}…`;
}

/** Where a label lies on its picture. */
export function placeLabel(
  { width, height, fontSize }: LabelImage,
  position: LabelPosition,
  picture: Box,
): { x: number; y: number } {
  const margin = MARGIN * fontSize;
  const left = picture.x + margin;
  const right = picture.x + picture.width - width - margin;
  const x = position.endsWith('LEFT') ? left : position.endsWith('RIGHT') ? right : (left + right) / 2;
  const y = position.startsWith('TOP') ? picture.y + margin : picture.y + picture.height - height - margin;
  // Colours have half the resolution: what begins at an odd pixel would be blurred.
  return { x: Math.max(0, even(x)), y: Math.max(0, even(y)) };
}

/** The picture in its cell, whole and in the middle. */
export function fittedIn(cell: Box, picture: { readonly width: number; readonly height: number }): Box {
  const scale = Math.min(cell.width / picture.width, cell.height / picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  return { x: cell.x + (cell.width - width) / 2, y: cell.y + (cell.height - height) / 2, width, height };
}

/** The text alone, as large as it is: to be measured. SVG 2 as a data URI. */
export function textUri(text: string, fontSize: number): string {
  return dataUri(`<svg xmlns="http://www.w3.org/2000/svg">${textElement(text, fontSize, 0, fontSize)}</svg>`);
}

/** The label on its background. SVG 2 as a data URI. */
export function labelUri(
  { text, fontSize, width, height }: LabelImage,
  { color, background }: LabelStyle,
): string {
  const words = textElement(text, fontSize, width / 2, height * BASELINE, color);
  return dataUri(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="${width}" height="${height}" fill="${background}"/>${words}</svg>`,
  );
}

function textElement(text: string, fontSize: number, x: number, y: number, color = '#000000'): string {
  return `<text x="${x}" y="${y}" font-family="sans-serif" font-size="${fontSize}" fill="${color}" text-anchor="middle" xml:space="preserve">${escaped(text)}</text>`;
}

/** What XML can't have, such as control characters, becomes a blank. */
function escaped(text: string): string {
  return text
    .replace(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function dataUri(svg: string): string {
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

function even(value: number): number {
  return Math.max(2, Math.round(value / 2) * 2);
}
