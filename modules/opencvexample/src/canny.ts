/** Bytes of one plane, see VideoPlane. */
export interface Plane {
  readonly data: Uint8Array;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/** What is known of a pixel. */
const NO_EDGE = 0;
const MAYBE = 1;
const EDGE = 2;
/** Tangent of 22.5 degrees, of 2^15: gradients that are flatter are horizontal ones. */
const TAN_22 = 13573;

/**
 * Finds edges (J. Canny, A Computational Approach to Edge Detection, 1986): gradients by Sobel's operator, of which only ridges are
 * kept; those that are strong, and the weaker ones that hang together with them. Its memory is used again for every picture of one size.
 */
export class Canny {
  #width = 0;
  #height = 0;
  #dx = new Int16Array(0);
  #dy = new Int16Array(0);
  /** |dx| + |dy|, and what is known: with a frame of one pixel around the picture, so that every pixel has neighbours. */
  #strength = new Int16Array(0);
  #known = new Uint8Array(0);
  #open = new Int32Array(0);

  /**
   * Writes `edge` into a plane where there is an edge, and `ground` everywhere else.
   * @param weak gradient above which a pixel belongs to an edge that is `strong` somewhere
   */
  detect(plane: Plane, weak: number, strong: number, edge = 255, ground = 0): void {
    this.#resize(plane.width, plane.height);
    this.#gradients(plane);
    this.#follow(this.#ridges(weak, strong));
    const { data, stride, width, height } = plane;
    const known = this.#known;
    for (let y = 0; y < height; y++) {
      let at = (y + 1) * (width + 2) + 1;
      for (let to = y * stride, end = to + width; to < end; to++) {
        data[to] = known[at++] === EDGE ? edge : ground;
      }
    }
  }

  #resize(width: number, height: number): void {
    if (width === this.#width && height === this.#height) return;
    this.#width = width;
    this.#height = height;
    this.#dx = new Int16Array(width * height);
    this.#dy = new Int16Array(width * height);
    const framed = (width + 2) * (height + 2);
    this.#strength = new Int16Array(framed);
    this.#known = new Uint8Array(framed);
    this.#open = new Int32Array(width * height);
  }

  /** What lies beyond the border is as the pixel at the border. */
  #gradients({ data, stride }: Plane): void {
    const [width, height] = [this.#width, this.#height];
    const [dx, dy, strength] = [this.#dx, this.#dy, this.#strength];
    for (let y = 0; y < height; y++) {
      const above = Math.max(0, y - 1) * stride;
      const here = y * stride;
      const below = Math.min(height - 1, y + 1) * stride;
      for (let x = 0; x < width; x++) {
        const left = x === 0 ? 0 : x - 1;
        const right = x === width - 1 ? x : x + 1;
        const horizontal =
          data[above + right]! -
          data[above + left]! +
          2 * (data[here + right]! - data[here + left]!) +
          data[below + right]! -
          data[below + left]!;
        const vertical =
          data[below + left]! -
          data[above + left]! +
          2 * (data[below + x]! - data[above + x]!) +
          data[below + right]! -
          data[above + right]!;
        dx[y * width + x] = horizontal;
        dy[y * width + x] = vertical;
        strength[(y + 1) * (width + 2) + x + 1] = Math.abs(horizontal) + Math.abs(vertical);
      }
    }
  }

  /** Marks pixels that are stronger than their neighbours across the edge. @returns how many of them, in #open, are surely edges */
  #ridges(weak: number, strong: number): number {
    const [width, height] = [this.#width, this.#height];
    const [dx, dy, strength, known, open] = [this.#dx, this.#dy, this.#strength, this.#known, this.#open];
    const line = width + 2;
    let count = 0;
    known.fill(NO_EDGE);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = (y + 1) * line + x + 1;
        const value = strength[at]!;
        if (value <= weak) continue;
        const [horizontal, vertical] = [dx[y * width + x]!, dy[y * width + x]!];
        const across = Math.abs(vertical) * 32_768;
        const flat = Math.abs(horizontal) * TAN_22;
        let step: number;
        if (across < flat) step = 1;
        else if (across > flat + Math.abs(horizontal) * 65_536) step = line;
        else step = horizontal < 0 !== vertical < 0 ? line - 1 : line + 1;
        // Of two that are equal the first one counts.
        if (value <= strength[at - step]! || value < strength[at + step]!) continue;
        if (value <= strong) known[at] = MAYBE;
        else {
          known[at] = EDGE;
          open[count++] = at;
        }
      }
    }
    return count;
  }

  /** Edges go on from those in #open over pixels that may belong to them. */
  #follow(count: number): void {
    const [known, open, line] = [this.#known, this.#open, this.#width + 2];
    let left = count;
    while (left > 0) {
      const at = open[--left]!;
      for (let row = at - line; row <= at + line; row += line) {
        for (let next = row - 1; next <= row + 1; next++) {
          if (known[next] !== MAYBE) continue;
          known[next] = EDGE;
          open[left++] = next;
        }
      }
    }
  }
}
