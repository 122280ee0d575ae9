import { EVERYTHING, type LayerTarget, spatialOf, temporalOf } from '@rivero/rtp';
import type { Layer } from './layer.js';

/** An encoding, and what of it a receiver may get. */
export interface LayerChoice {
  layer: Layer;
  target: LayerTarget;
  /** bit/s */
  bitrate: number;
  /** Counted from the lowest: simulcast encodings, or the spatial layers of a single one. */
  spatial: number;
  temporal: number;
  /** Pictures a second; 0 where that is not known. */
  frames: number;
}

/**
 * Of a larger picture a receiver gets at least this part of the frames that it has; with fewer the next smaller one is better.
 * A little less than half, for what is measured varies.
 */
const LEAST_FRAMES = 0.45;

/**
 * What there is of encodings that come at present: by encoding or spatial layer, and within it by temporal layer.
 * @param least bitrate that a simulcast encoding counts with at least: one that begins or ends takes little at first
 */
export function layerChoices(
  layers: readonly Layer[],
  nowMs: number,
  least: (layer: Layer) => number = () => 0,
): LayerChoice[] {
  const ordered = layers
    .map((layer) => ({ layer, bitrate: Math.max(layer.stream.statistics.bitrate(nowMs), least(layer)) }))
    .sort((a, b) => a.bitrate - b.bitrate);
  const choices: LayerChoice[] = [];
  for (const [encoding, { layer, bitrate }] of ordered.entries()) {
    const targets = layer.meter.layered ? layer.meter.targets(nowMs) : [];
    if (targets.length < 2) {
      choices.push({ layer, target: EVERYTHING, bitrate, spatial: encoding, temporal: 0, frames: 0 });
      continue;
    }
    for (const { target, bitrate: part, frames } of targets) {
      choices.push({
        layer,
        target,
        bitrate: part,
        spatial: encoding + spatialOf(target),
        temporal: temporalOf(target),
        frames,
      });
    }
  }
  return choices;
}

/**
 * Steps that ascend in quality and bitrate, of what a receiver may get: the size of the picture counts first, but a larger one
 * must not have too few frames, and what costs more than something better is left out.
 */
export function qualitySteps(choices: readonly LayerChoice[]): readonly LayerChoice[] {
  const smallest = choices.reduce((least, { spatial }) => Math.min(least, spatial), Number.POSITIVE_INFINITY);
  const most = new Map<number, number>();
  for (const { spatial, frames } of choices) most.set(spatial, Math.max(most.get(spatial) ?? 0, frames));
  const steps = choices.filter(
    ({ spatial, frames }) => spatial === smallest || frames >= most.get(spatial)! * LEAST_FRAMES,
  );
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = steps.length - 1; i >= 0; i--) {
    if (steps[i]!.bitrate >= lowest) steps.splice(i, 1);
    else lowest = steps[i]!.bitrate;
  }
  return steps;
}

/**
 * Those that a receiver can decode. The spatial layers of AV1 are frames of their own, which only the dependency descriptor
 * tells apart (AV1 RTP specification section 5: the marker ends all of them): without it a receiver gets the lowest.
 */
export function decodableChoices(
  choices: readonly LayerChoice[],
  described: boolean,
): readonly LayerChoice[] {
  if (described) return choices;
  const within = choices.filter(
    ({ layer, target }) =>
      target === EVERYTHING || spatialOf(target) === 0 || layer.codec?.name.toLowerCase() !== 'av1',
  );
  return within.length > 0 ? within : choices.slice(0, 1);
}

/** Those within bounds; the lowest one when none is. Bounds below 0 are none. */
export function boundedChoices(
  choices: readonly LayerChoice[],
  maxSpatial: number,
  maxTemporal: number,
): readonly LayerChoice[] {
  if (maxSpatial < 0 && maxTemporal < 0) return choices;
  const within = choices.filter(
    ({ spatial, temporal }) =>
      (maxSpatial < 0 || spatial <= maxSpatial) && (maxTemporal < 0 || temporal <= maxTemporal),
  );
  return within.length > 0 ? within : choices.slice(0, 1);
}

/**
 * Index of what is being sent, or of the best that is not above it, or else of the least that is; -1 when there is nothing of
 * that encoding.
 */
export function indexOfChoice(
  choices: readonly LayerChoice[],
  layer: Layer | undefined,
  target: LayerTarget,
): number {
  let index = choices.length - 1;
  while (index >= 0) {
    const choice = choices[index]!;
    if (choice.layer === layer && (target === EVERYTHING || choice.target <= target)) break;
    index--;
  }
  return index >= 0 ? index : choices.findIndex((choice) => choice.layer === layer);
}
