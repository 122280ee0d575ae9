import {
  BitMask,
  drawPolygon,
  featuresIn,
  fillPolygon,
  follow,
  makePlane,
  type Picture,
  type Plane,
  type Point,
  Pyramid,
  reducePlane,
  setPixel,
  WHITE,
  type Yuv,
} from '@rivero/vision';
import { Direction, directionOf } from './direction.js';
import { Level } from './level.js';
import { Occupancy } from './occupancy.js';

/** A region to watch; points are fractions of the picture's width and height. */
export interface Region {
  readonly id: string;
  readonly points: readonly Point[];
  readonly occupancy: {
    readonly min: number;
    readonly med: number;
    readonly max: number;
    readonly pictures: number;
  };
  readonly fluidity: {
    readonly min: number;
    readonly med: number;
    readonly max: number;
    readonly pictures: number;
  };
  /** Undefined: directions are not looked for. */
  readonly direction?:
    | { readonly toEvent: number; readonly toReset: number; readonly offset: number }
    | undefined;
}

export type CrowdChange =
  | {
      readonly event: 'occupancy' | 'fluidity';
      readonly region: string;
      readonly percent: number;
      readonly level: number;
    }
  | { readonly event: 'direction'; readonly region: string; readonly angle: number };

/** Widths that pictures may be reduced to, as in Kurento. */
const NARROWEST = 160;
const WIDEST = 1280;

/** What moves is drawn in blue, what stands in red, as in Kurento. */
const MOVING: Yuv = { y: 41, u: 240, v: 110 };
const STANDING: Yuv = { y: 81, u: 90, v: 240 };

interface Watched {
  readonly region: Region;
  readonly occupancy: Level;
  readonly fluidity: Level;
  readonly direction: Direction | undefined;
  mask: BitMask;
  pixels: number;
}

interface Analysis {
  readonly width: number;
  readonly height: number;
  readonly grey: Plane;
  readonly occupancy: Occupancy;
  readonly inRegions: BitMask;
  before: Pyramid;
  now: Pyramid;
  pictures: number;
}

/** Watches regions of pictures: how full they are, how much of what is in them moves, and where to. */
export class CrowdWatch {
  readonly #watched: readonly Watched[];
  #processingWidth: number;
  #analysis: Analysis | undefined;

  constructor(regions: readonly Region[], processingWidth = 320) {
    this.#watched = regions.map((region) => ({
      region,
      occupancy: new Level(region.occupancy, region.occupancy.pictures),
      fluidity: new Level(region.fluidity, region.fluidity.pictures),
      direction: region.direction && new Direction(region.direction.toEvent, region.direction.toReset),
      mask: new BitMask(1, 1),
      pixels: 0,
    }));
    this.#processingWidth = bounded(processingWidth);
  }

  /** Width to which pictures are reduced before they are looked at; put within 160 to 1280, as in Kurento. */
  get processingWidth(): number {
    return this.#processingWidth;
  }

  set processingWidth(width: number) {
    this.#processingWidth = bounded(width);
  }

  /** Looks at a picture. @returns what has changed */
  look(picture: Picture): CrowdChange[] {
    const width = Math.min(picture.width, this.#processingWidth);
    const height = Math.max(1, Math.round((picture.height * width) / picture.width));
    if (this.#analysis?.width !== width || this.#analysis.height !== height)
      this.#analysis = this.#begin(width, height);
    const analysis = this.#analysis;
    reducePlane(picture.y, analysis.grey);
    analysis.occupancy.add(analysis.grey);
    analysis.pictures++;
    const changes: CrowdChange[] = [];
    for (const watched of this.#watched) this.#measure(watched, analysis.occupancy, changes);
    if (this.#watched.some(({ direction }) => direction !== undefined)) this.#follow(analysis, changes);
    return changes;
  }

  /** Draws what was found in the last picture into it, and the regions' outlines in white. */
  draw(picture: Picture): void {
    const analysis = this.#analysis;
    if (analysis === undefined) return;
    const { occupied, moving } = analysis.occupancy;
    const scaleX = analysis.width / picture.width;
    const scaleY = analysis.height / picture.height;
    for (let y = 0; y < picture.height; y++) {
      const row = Math.min(analysis.height - 1, Math.floor(y * scaleY));
      for (let x = 0; x < picture.width; x++) {
        const column = Math.floor(x * scaleX);
        const word = row * occupied.pitch + (column >> 5);
        const bit = (occupied.words[word]! & analysis.inRegions.words[word]!) >>> (column & 31);
        if ((bit & 1) === 0) continue;
        setPixel(picture, x, y, moving.get(column, row) === 1 ? MOVING : STANDING);
      }
    }
    for (const { region } of this.#watched) {
      const corners = region.points.map(({ x, y }) => ({ x: x * picture.width, y: y * picture.height }));
      drawPolygon(picture, corners, WHITE);
    }
  }

  #begin(width: number, height: number): Analysis {
    const inRegions = new BitMask(width, height);
    for (const watched of this.#watched) {
      watched.mask = new BitMask(width, height);
      fillPolygon(
        watched.mask,
        watched.region.points.map(({ x, y }) => ({ x: x * width, y: y * height })),
      );
      watched.pixels = watched.mask.count();
      inRegions.or(watched.mask);
    }
    return {
      width,
      height,
      grey: makePlane(width, height),
      occupancy: new Occupancy(width, height),
      inRegions,
      before: new Pyramid(width, height),
      now: new Pyramid(width, height),
      pictures: 0,
    };
  }

  #measure(watched: Watched, { occupied, moving }: Occupancy, changes: CrowdChange[]): void {
    const { region, mask, pixels } = watched;
    const occupiedPixels = occupied.countWith(mask);
    const movingPixels = moving.countWith(mask);
    const full = pixels === 0 ? 0 : (100 * occupiedPixels) / pixels;
    const fluid = occupiedPixels === 0 ? 0 : (100 * movingPixels) / occupiedPixels;
    const occupancy = watched.occupancy.add(full);
    if (occupancy !== undefined) {
      changes.push({ event: 'occupancy', region: region.id, percent: full, level: occupancy });
    }
    const fluidity = watched.fluidity.add(fluid);
    if (fluidity !== undefined) {
      changes.push({ event: 'fluidity', region: region.id, percent: fluid, level: fluidity });
    }
  }

  #follow(analysis: Analysis, changes: CrowdChange[]): void {
    const { occupancy, before: reused } = analysis;
    analysis.before = analysis.now;
    analysis.now = reused;
    analysis.now.fill(analysis.grey);
    if (analysis.pictures < 2) return;
    const whole = { x: 0, y: 0, width: analysis.width, height: analysis.height };
    const features = featuresIn(
      analysis.before.levels[0]!,
      whole,
      8,
      (x, y) => occupancy.moving.get(x, y) === 1,
    );
    const flow = follow(analysis.before, analysis.now, features);
    for (const { region, direction, mask } of this.#watched) {
      if (direction === undefined || region.direction === undefined) continue;
      const angle = directionOf(flow, region.direction.offset, (x, y) => mask.get(x, y) === 1);
      const told = direction.add(angle);
      if (told !== undefined) changes.push({ event: 'direction', region: region.id, angle: told });
    }
  }
}

function bounded(width: number): number {
  return Math.max(NARROWEST, Math.min(WIDEST, Math.round(width)));
}
