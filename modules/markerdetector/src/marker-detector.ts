import {
  AdaptiveThreshold,
  BitMask,
  Components,
  homographyOf,
  outline,
  type Plane,
  type Point,
  project,
  quadrilateral,
  sampleAt,
} from '@rivero/vision';
import { BORDER, CELLS, readCells, UNITS } from './marker-code.js';

/** A marker in a picture. */
export interface Marker {
  readonly id: number;
  /** Its upper left, upper right, lower right and lower left corner as it is printed, in pixels. */
  readonly corners: readonly Point[];
  /** Whether it was not read in this picture, but found where it was in the one before. */
  readonly tracked: boolean;
}

/** Sides shorter than this can't be read: cells of less than one and a half pixels. */
const SHORTEST_SIDE = 14;
/** Grey values by which black must be darker than what is around it. */
const DARKER = 7;
/** Difference of white and black that a marker needs. */
const CONTRAST = 30;
/** Share of wrong cells with which a marker is still believed (ALVAR's max_new_marker_error). */
const MOST_ERRORS = 0.08;
/** Mean distance of corners, in sides, within which a marker is the one of the picture before (ALVAR's max_track_error). */
const TRACKED_WITHIN = 0.2;

const SQUARE = [
  { x: 0, y: 0 },
  { x: UNITS, y: 0 },
  { x: UNITS, y: UNITS },
  { x: 0, y: UNITS },
];

/** Finds markers in the brightness of pictures that follow each other. */
export class MarkerDetector {
  readonly #threshold = new AdaptiveThreshold();
  readonly #components = new Components();
  #mask: BitMask | undefined;
  #before: readonly Marker[] = [];

  /** The markers in a picture, each as often as it is there. */
  detect(luma: Plane): readonly Marker[] {
    this.#mask = BitMask.sized(this.#mask, luma.width, luma.height);
    this.#threshold.darker(luma, this.#mask, Math.max(7, luma.width >> 5), DARKER);
    const markers: Marker[] = [];
    const unread: (readonly Point[])[] = [];
    for (const component of this.#components.find(this.#mask, 2 * SHORTEST_SIDE)) {
      const { left, right, top, bottom } = component;
      if (right - left < SHORTEST_SIDE || bottom - top < SHORTEST_SIDE) continue;
      const corners = quadrilateral(outline(this.#mask, component), SHORTEST_SIDE);
      if (corners === undefined) continue;
      const outer = widened(corners);
      const marker = readMarker(luma, outer);
      if (marker !== undefined) markers.push(marker);
      else unread.push(outer);
    }
    for (const old of this.#before) {
      const again =
        old.tracked || markers.some((marker) => isNear(marker.corners, old.corners))
          ? undefined
          : refound(old, unread);
      if (again !== undefined) markers.push(again);
    }
    this.#before = markers;
    return markers;
  }
}

/** Corners in the middle of the outermost dark pixels, moved to where dark and light meet: half a pixel outwards. */
function widened(corners: readonly Point[]): Point[] {
  const x = corners.reduce((sum, corner) => sum + corner.x, 0) / 4;
  const y = corners.reduce((sum, corner) => sum + corner.y, 0) / 4;
  return corners.map((corner) => ({
    x: corner.x + 0.5 * Math.sign(corner.x - x),
    y: corner.y + 0.5 * Math.sign(corner.y - y),
  }));
}

function readMarker(luma: Plane, corners: readonly Point[]): Marker | undefined {
  const view = homographyOf(SQUARE, corners);
  if (view === undefined) return undefined;
  // The middle of each unit, with one unit around the square, which must be white.
  const units = new Float64Array((UNITS + 2) ** 2);
  let white = 0;
  let black = 0;
  for (let row = -1, at = 0; row <= UNITS; row++) {
    for (let column = -1; column <= UNITS; column++, at++) {
      let sum = 0;
      for (const dy of [0.3, 0.5, 0.7]) {
        for (const dx of [0.3, 0.5, 0.7]) {
          const { x, y } = project(view, column + dx, row + dy);
          sum += sampleAt(luma, x, y);
        }
      }
      units[at] = sum / 9;
      const region = regionOf(row, column);
      if (region === 'outside') white += units[at]!;
      else if (region === 'border') black += units[at]!;
    }
  }
  const outside = (UNITS + 2) ** 2 - UNITS ** 2;
  const border = UNITS ** 2 - CELLS ** 2;
  const threshold = (white / outside + black / border) / 2;
  if (white / outside - black / border < CONTRAST) return undefined;
  let errors = 0;
  const cells: boolean[] = [];
  for (let row = -1, at = 0; row <= UNITS; row++) {
    for (let column = -1; column <= UNITS; column++, at++) {
      const isWhite = units[at]! > threshold;
      const region = regionOf(row, column);
      if (region === 'cell') cells.push(isWhite);
      else if (isWhite !== (region === 'outside')) errors++;
    }
  }
  if (errors / (outside + border) > MOST_ERRORS) return undefined;
  const reading = readCells(cells);
  if (reading === undefined || reading.errors / CELLS ** 2 > MOST_ERRORS) return undefined;
  const turned = corners.map((_, at) => corners[(at + reading.turns) & 3]!);
  return { id: reading.id, corners: turned, tracked: false };
}

function regionOf(row: number, column: number): 'outside' | 'border' | 'cell' {
  if (row < 0 || column < 0 || row >= UNITS || column >= UNITS) return 'outside';
  const inner = row >= BORDER && column >= BORDER && row < UNITS - BORDER && column < UNITS - BORDER;
  return inner ? 'cell' : 'border';
}

/** The marker again where an unread quadrilateral lies in its place: a blurred picture does not make it come and go. */
function refound(old: Marker, unread: readonly (readonly Point[])[]): Marker | undefined {
  for (const corners of unread) {
    for (let turns = 0; turns < 4; turns++) {
      const turned = corners.map((_, at) => corners[(at + turns) & 3]!);
      if (isNear(turned, old.corners)) return { id: old.id, corners: turned, tracked: true };
    }
  }
  return undefined;
}

function isNear(corners: readonly Point[], others: readonly Point[]): boolean {
  const side = Math.hypot(others[1]!.x - others[0]!.x, others[1]!.y - others[0]!.y);
  const distance =
    corners.reduce((sum, { x, y }, at) => sum + Math.hypot(x - others[at]!.x, y - others[at]!.y), 0) / 4;
  return distance <= TRACKED_WITHIN * side;
}
