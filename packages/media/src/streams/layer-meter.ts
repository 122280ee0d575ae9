import { type LayerTarget, layerTarget, type PacketLayers, RateWindow } from '@rivero/rtp';

/** A choice of layers and the bitrate that it comes to. */
export interface TargetBitrate {
  target: LayerTarget;
  /** bit/s */
  bitrate: number;
  /** Pictures a second. */
  frames: number;
}

/** Of a shared screen the lowest temporal layer may come once a second, ms. */
const WINDOW_MS = 3000;
/** A layer from which nothing came in that time is not sent any more, bit/s. */
const SILENT = 1;

/** Bitrates of the spatial and temporal layers of one stream. */
export class LayerMeter {
  /** By target, and again for what higher spatial layers can do without. */
  readonly #rates: (RateWindow | undefined)[] = new Array<RateWindow | undefined>(128).fill(undefined);
  /** Pictures by temporal layer, a byte each. */
  readonly #pictures: (RateWindow | undefined)[] = new Array<RateWindow | undefined>(8).fill(undefined);
  #spatial = 0;
  #temporal = 0;
  /** Some frames are not needed by higher spatial layers: a change to a lower one then needs a key frame. */
  skips = false;

  /** Whether there is more than one layer. */
  get layered(): boolean {
    return this.#spatial > 0 || this.#temporal > 0;
  }

  /** All layers there are. */
  get best(): LayerTarget {
    return layerTarget(this.#spatial, this.#temporal);
  }

  add(nowMs: number, layers: PacketLayers, bytes: number): void {
    const { spatialId, temporalId, skippable } = layers;
    if (spatialId > this.#spatial) this.#spatial = spatialId;
    if (temporalId > this.#temporal) this.#temporal = temporalId;
    // Some encoders say it of the highest layer, which has none above it.
    if (skippable && spatialId < this.#spatial) this.skips = true;
    if (layers.pictureStart) {
      let pictures = this.#pictures[temporalId];
      if (pictures === undefined) {
        pictures = new RateWindow(WINDOW_MS);
        this.#pictures[temporalId] = pictures;
      }
      pictures.add(nowMs, 1);
    }
    const index = layerTarget(spatialId, temporalId) + (skippable ? 64 : 0);
    let rate = this.#rates[index];
    if (rate === undefined) {
      // Once for each layer.
      rate = new RateWindow(WINDOW_MS);
      this.#rates[index] = rate;
    }
    rate.add(nowMs, bytes);
  }

  get spatialLayers(): number {
    return this.#spatial + 1;
  }

  /** Bitrate of one spatial layer alone, bit/s. */
  spatialRate(nowMs: number, spatial: number): number {
    return this.#rate(nowMs, spatial, 7, true);
  }

  /** What can be chosen of the layers that come at present, spatial layers counting more than temporal ones. */
  targets(nowMs: number): TargetBitrate[] {
    const targets: TargetBitrate[] = [];
    for (let spatial = 0; spatial <= this.#spatial; spatial++) {
      if (this.#rate(nowMs, spatial, 7, true) < SILENT) continue;
      for (let temporal = 0; temporal <= this.#temporal; temporal++) {
        if (this.#rate(nowMs, spatial, temporal, true, temporal) < SILENT) continue;
        let bitrate = this.#rate(nowMs, spatial, temporal, true);
        for (let below = 0; below < spatial; below++) bitrate += this.#rate(nowMs, below, temporal, false);
        targets.push({
          target: layerTarget(spatial, temporal),
          bitrate,
          frames: this.#frames(nowMs, temporal),
        });
      }
    }
    return targets;
  }

  /** Bitrate of what a target has, bit/s. */
  rateOf(nowMs: number, target: LayerTarget): number {
    const highest = Math.min(target < 0 ? 7 : target >> 3, this.#spatial);
    const temporal = target < 0 ? 7 : target & 7;
    let bitrate = this.#rate(nowMs, highest, temporal, true);
    for (let below = 0; below < highest; below++) bitrate += this.#rate(nowMs, below, temporal, target < 0);
    return bitrate;
  }

  /** Pictures a second of the temporal layers up to one. */
  #frames(nowMs: number, to: number): number {
    let frames = 0;
    for (let temporal = 0; temporal <= to; temporal++) {
      frames += (this.#pictures[temporal]?.bitsPerSecond(nowMs) ?? 0) / 8;
    }
    return frames;
  }

  /** Of one spatial layer, its temporal layers `from` to `to`. @param all with what higher layers can do without */
  #rate(nowMs: number, spatial: number, to: number, all: boolean, from = 0): number {
    let rate = 0;
    for (let temporal = from; temporal <= to; temporal++) {
      const index = layerTarget(spatial, temporal);
      rate += this.#rates[index]?.bitsPerSecond(nowMs) ?? 0;
      if (all) rate += this.#rates[index + 64]?.bitsPerSecond(nowMs) ?? 0;
    }
    return rate;
  }
}
