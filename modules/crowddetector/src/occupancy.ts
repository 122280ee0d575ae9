import { BitMask, makePlane, type Plane } from '@rivero/vision';

/** Share of the background model that a picture leaves; the rest is the picture's (Kurento's BACKGROUND_ADD_RATIO). */
const BACKGROUND_KEPT = 0.98;
/** Where something stands the background learns so much more slowly, so that who stands still is not forgotten at once. */
const OCCUPIED_KEPT = 0.998;
/** Pictures from which the first background is made: what moves in them leaves no ghost. */
const WARM_UP = 5;
/** Grey values by which something differs from the background (Kurento's is 45, before its other steps). */
const DIFFERENT = 25;
/** Grey values by which a pixel differs from the picture before where something moves. */
const MOVED = 15;
/** Pictures for which a place counts as moving after something has moved there: people's insides are plain. */
const MOVEMENT_LASTS = 3;

/**
 * What is in a picture besides its background, and what of it moves. The background is a running mean of pictures.
 */
export class Occupancy {
  readonly #width: number;
  readonly #height: number;
  readonly #background: Float32Array;
  readonly #before: Plane;
  #pictures = 0;
  #warmUp: Float32Array | undefined;
  /** What differs from the background or moves. */
  readonly occupied: BitMask;
  /** What of it moves. */
  readonly moving: BitMask;
  readonly #recent: BitMask[];

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#background = new Float32Array(width * height);
    this.#before = makePlane(width, height);
    this.#warmUp = new Float32Array(width * height);
    this.occupied = new BitMask(width, height);
    this.moving = new BitMask(width, height);
    this.#recent = Array.from({ length: MOVEMENT_LASTS }, () => new BitMask(width, height));
  }

  /** @param grey a plane of this size */
  add(grey: Plane): void {
    const moved = this.#recent[this.#pictures % MOVEMENT_LASTS]!;
    const first = this.#pictures++ === 0;
    if (this.#warmUp !== undefined) this.#warm(grey, this.#warmUp);
    this.#compare(grey, moved);
    if (first) moved.clear();
    // Specks of noise go, outlines of what moves close.
    moved.open(1);
    moved.close(3);
    this.moving.clear();
    for (const recent of this.#recent) this.moving.or(recent);
    this.occupied.open(1);
    this.occupied.or(this.moving);
    this.occupied.close(3);
    this.moving.and(this.occupied);
    if (this.#warmUp === undefined) this.#learn(grey);
  }

  #warm(grey: Plane, sum: Float32Array): void {
    for (let row = 0, at = 0; row < this.#height; row++) {
      for (let from = row * grey.stride, end = from + this.#width; from < end; from++, at++) {
        sum[at]! += grey.data[from]!;
        this.#background[at] = sum[at]! / this.#pictures;
      }
    }
    if (this.#pictures === WARM_UP) this.#warmUp = undefined;
  }

  #compare(grey: Plane, moved: BitMask): void {
    const before = this.#before.data;
    this.occupied.clear();
    moved.clear();
    for (let row = 0, at = 0; row < this.#height; row++) {
      for (let column = 0, from = row * grey.stride; column < this.#width; column++, at++, from++) {
        const value = grey.data[from]!;
        const stands = value - this.#background[at]!;
        if (stands > DIFFERENT || stands < -DIFFERENT) this.occupied.set(column, row);
        const moves = value - before[at]!;
        if (moves > MOVED || moves < -MOVED) moved.set(column, row);
        before[at] = value;
      }
    }
  }

  #learn(grey: Plane): void {
    const { words, pitch } = this.occupied;
    for (let row = 0, at = 0; row < this.#height; row++) {
      for (let column = 0, from = row * grey.stride; column < this.#width; column++, at++, from++) {
        const stands = (words[row * pitch + (column >> 5)]! >>> (column & 31)) & 1;
        const kept = stands === 1 ? OCCUPIED_KEPT : BACKGROUND_KEPT;
        this.#background[at] = this.#background[at]! * kept + grey.data[from]! * (1 - kept);
      }
    }
  }
}
