import { drawImage, GLYPH_HEIGHT, GLYPH_WIDTH, type Picture, type Rgba, renderText } from '@rivero/vision';

/** A dot of the font for so many pixels of the picture's width: letters are as large as those of Kurento, 26 points at 640 pixels. */
const WIDTH_OF_A_DOT = 160;
/** Dots between the text and the lower edge. */
const MARGIN = 6;
const INK = [255, 255, 255, 255] as const;
const PAPER = [0, 0, 0, 128] as const;
/** What is longer is cut: no picture shows as much. */
export const LONGEST = 1000;

/**
 * Breaks a text into lines, at spaces where there are any.
 * @param columns letters of a line, 1 or more
 * @param rows the most lines; what follows is left out
 */
export function linesOf(text: string, columns: number, rows: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split(/\r\n|\r|\n/)) {
    let rest = [...paragraph.replaceAll('\t', ' ').trim()];
    while (rest.length > 0 && lines.length < rows) {
      const space = rest.lastIndexOf(' ', columns);
      const end = rest.length <= columns ? rest.length : space > 0 ? space : columns;
      lines.push(rest.slice(0, end).join('').trim());
      rest = [...rest.slice(end).join('').trim()];
    }
  }
  return lines;
}

/** A text at the bottom of pictures, in the middle. It is laid out again when the text or the pictures' size changes. */
export class Caption {
  #text = '';
  #width = 0;
  #height = 0;
  #lines: readonly { readonly image: Rgba; readonly x: number; readonly y: number }[] | undefined;

  /** What is shown from now on; nothing where it is empty. Letters with accents are shown without, as the font has none. */
  set text(text: string) {
    this.#text = text.slice(0, LONGEST).normalize('NFKD').replaceAll(/\p{M}/gu, '');
    this.#lines = undefined;
  }

  draw(picture: Picture): void {
    const { width, height } = picture;
    if (width !== this.#width || height !== this.#height) {
      this.#width = width;
      this.#height = height;
      this.#lines = undefined;
    }
    this.#lines ??= this.#layOut();
    for (const { image, x, y } of this.#lines) drawImage(picture, image, x, y);
  }

  #layOut() {
    const dot = Math.max(1, Math.round(this.#width / WIDTH_OF_A_DOT));
    const height = (GLYPH_HEIGHT + 2) * dot;
    const bottom = this.#height - MARGIN * dot;
    const columns = Math.max(1, Math.floor((this.#width / dot - 1) / (GLYPH_WIDTH + 1)));
    const lines = linesOf(this.#text, columns, Math.floor(bottom / height));
    return lines.map((line, at) => {
      const image = renderText(line, dot, INK, PAPER);
      // Colours are those of squares of two by two pixels.
      const even = (value: number): number => value & ~1;
      return {
        image,
        x: even((this.#width - image.width) >> 1),
        y: even(bottom - (lines.length - at) * height),
      };
    });
  }
}
