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
}

/**
 * What can be chosen of encodings that come at present, ascending in quality and bitrate. What costs more than something
 * better is left out.
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
      choices.push({ layer, target: EVERYTHING, bitrate, spatial: encoding, temporal: 0 });
      continue;
    }
    for (const { target, bitrate: part } of targets) {
      choices.push({
        layer,
        target,
        bitrate: part,
        spatial: encoding + spatialOf(target),
        temporal: temporalOf(target),
      });
    }
  }
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = choices.length - 1; i >= 0; i--) {
    if (choices[i]!.bitrate >= lowest) choices.splice(i, 1);
    else lowest = choices[i]!.bitrate;
  }
  return choices;
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

/** Index of what is being sent, or of the best that is not above it; -1 when there is none of that kind. */
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
  return index;
}
