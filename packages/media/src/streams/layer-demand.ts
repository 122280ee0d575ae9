import { EVERYTHING, layerTarget, spatialOf } from '@rivero/rtp';
import type { Layer } from './layer.js';
import type { LayerChoice } from './layer-choice.js';

/** How far the bound lies above what the wanted encodings have taken: too little for one more to be begun. */
const MARGIN = 1.15;
/** The same of spatial layers, whose small packets have much beside what is measured here, and differ more from each other. */
const SPATIAL_MARGIN = 1.35;
/** Encodings begin one after the other while the sender finds out what its path carries, ms. */
const BEGINNING_MS = 5000;
/** So long after the bound is gone the paused encodings are waited for, and there is no new one, ms. */
const RESUMING_MS = 5000;
/** Weight of the newest second in the bitrate that is remembered. */
const NEWEST = 0.5;
/** What is left of it after a second in which less came. */
const FADING = 0.98;
/** An encoding counts with so much of what it usually takes, though less comes at the moment. */
const LEAST = 0.7;
/** What comes in less time does not say what is usual: an encoding begins with a key frame, ms. */
const WHOLE_MS = 750;
/**
 * No bound is lower, bit/s: there is little to be saved, and pictures wait in the sender: for each other after a key frame, and because its
 * layers come and go.
 */
const LOWEST_BOUND = 130_000;
const LOWEST_SPATIAL_BOUND = 200_000;
/** A bound comes down by this factor in `STEP_MS`: what a sender has in its queue goes out at the new rate, and stands still if that is far lower. */
const STEP = 0.7;
const STEP_MS = 200;
/** Below it nothing comes, bit/s. */
const SILENT = 1;

/** A simulcast encoding, or a spatial layer of a single stream. */
interface Part {
  layer: Layer;
  spatial: number;
  /** What it takes when it is sent, bit/s. */
  usual: number;
}

interface Remembered {
  recent: number;
  usual: number;
  /** When it was first seen to come, ms; Infinity while it does not. */
  sinceMs: number;
}

/** What is wanted of a source by one of its receivers. */
export interface WantedPart {
  layer: Layer | undefined;
  spatial: number;
}

/**
 * Which simulcast encodings or spatial layers of a source anybody wants. Senders have no other way to be told than by a
 * bound on their bitrate (REMB): under one that leaves no room for the upper encodings they stop sending them, and begin
 * again when it is gone. Remembers what the paused ones take, so that they can still be chosen.
 */
export class LayerDemand {
  readonly #known = new Map<string, Remembered>();
  #firstMs = -1;
  /** Since when there is a bound, ms; Infinity while there is none. */
  #boundedMs = Number.POSITIVE_INFINITY;
  #liftedMs = Number.NEGATIVE_INFINITY;

  get #bounded(): boolean {
    return this.#boundedMs !== Number.POSITIVE_INFINITY;
  }

  /** Takes note of what comes. Called about once a second. */
  measure(nowMs: number, layers: readonly Layer[]): void {
    if (this.#firstMs < 0 && layers.length > 0) this.#firstMs = nowMs;
    for (const { layer, spatial } of this.#parts(layers)) {
      const rate = rateOf(layer, spatial, nowMs, layers.length);
      const key = keyOf(layer, spatial);
      const known = this.#known.get(key) ?? { recent: 0, usual: 0, sinceMs: Number.POSITIVE_INFINITY };
      if (rate < SILENT) {
        known.sinceMs = Number.POSITIVE_INFINITY;
        continue;
      }
      this.#known.set(key, known);
      known.sinceMs = Math.min(known.sinceMs, nowMs);
      if (nowMs - known.sinceMs < WHOLE_MS) continue;
      known.recent = known.recent === 0 ? rate : known.recent + (rate - known.recent) * NEWEST;
      // Under a bound the sender sends what it may: that must not lower the bound further.
      known.usual = Math.max(known.usual * (this.#bounded ? 1 : FADING), known.recent);
    }
  }

  /** What a simulcast encoding is to be expected to take at least, bit/s. */
  leastOf(layer: Layer): number {
    return LEAST * (this.#known.get(keyOf(layer, 0))?.usual ?? 0);
  }

  /** Ascending in what they take. */
  #parts(layers: readonly Layer[]): Part[] {
    const [only] = layers;
    const usual = (layer: Layer, spatial: number): number =>
      this.#known.get(keyOf(layer, spatial))?.usual ?? 0;
    if (layers.length === 1 && only !== undefined) {
      return Array.from({ length: only.meter.spatialLayers }, (_, spatial) => ({
        layer: only,
        spatial,
        usual: usual(only, spatial),
      }));
    }
    return layers
      .map((layer) => ({ layer, spatial: 0, usual: usual(layer, 0) }))
      .sort((a, b) => a.usual - b.usual);
  }

  /** The bitrate at which the sender sends all that is wanted and no more, bit/s; Infinity when the best is wanted. */
  bound(nowMs: number, layers: readonly Layer[], wanted: Iterable<WantedPart>): number {
    const parts = this.#parts(layers);
    // What an encoding takes is known only after it was sent for a while.
    const learning = nowMs - this.#firstMs < BEGINNING_MS || nowMs - this.#liftedMs < RESUMING_MS;
    if (parts.length < 2 || this.#firstMs < 0 || learning) return Number.POSITIVE_INFINITY;
    let highest = 0;
    for (const { layer, spatial } of wanted) {
      const index = parts.findIndex((part) =>
        layers.length > 1 ? part.layer === layer : part.spatial === Math.min(spatial, parts.length - 1),
      );
      highest = Math.max(highest, index);
    }
    if (highest === parts.length - 1) {
      if (this.#bounded) this.#liftedMs = nowMs;
      this.#boundedMs = Number.POSITIVE_INFINITY;
      return Number.POSITIVE_INFINITY;
    }
    this.#boundedMs = Math.min(this.#boundedMs, nowMs);
    const [margin, lowest] =
      layers.length > 1 ? [MARGIN, LOWEST_BOUND] : [SPATIAL_MARGIN, LOWEST_SPATIAL_BOUND];
    const sum = (upTo: number): number =>
      margin * parts.slice(0, upTo).reduce((total, { usual }) => total + usual, 0);
    const step = STEP ** ((nowMs - this.#boundedMs) / STEP_MS);
    return Math.max(lowest, sum(highest + 1), sum(parts.length) * step);
  }

  /** What the sender has stopped for lack of demand and would send again, ascending. */
  paused(nowMs: number, layers: readonly Layer[]): LayerChoice[] {
    if (!this.#bounded && nowMs - this.#liftedMs > RESUMING_MS) return [];
    const choices: LayerChoice[] = [];
    let below = 0;
    for (const [index, { layer, spatial, usual }] of this.#parts(layers).entries()) {
      below += usual;
      if (usual === 0 || rateOf(layer, spatial, nowMs, layers.length) >= SILENT) continue;
      const single = layers.length === 1;
      choices.push({
        layer,
        target: single ? layerTarget(spatial, layer.meter.best & 7) : EVERYTHING,
        bitrate: single ? below : usual,
        spatial: index,
        temporal: single ? layer.meter.best & 7 : 0,
        frames: 0,
      });
    }
    return choices;
  }
}

/** What a receiver wants that gets or is to get `target` of an encoding. */
export function wantedPart(layer: Layer | undefined, target: number): WantedPart {
  return { layer, spatial: spatialOf(target) };
}

function keyOf({ rid }: Layer, spatial: number): string {
  return `${rid ?? ''}/${spatial}`;
}

function rateOf({ meter, stream }: Layer, spatial: number, nowMs: number, encodings: number): number {
  if (encodings === 1) return meter.spatialRate(nowMs, spatial);
  return nowMs - stream.highestMs > 1000 ? 0 : stream.statistics.bitrate(nowMs);
}
