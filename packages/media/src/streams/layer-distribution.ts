import { EVERYTHING, RembCombiner, spatialOf } from '@rivero/rtp';
import type { Layer } from './layer.js';
import {
  boundedChoices,
  decodableChoices,
  indexOfChoice,
  type LayerChoice,
  layerChoices,
  qualitySteps,
} from './layer-choice.js';
import { LayerDemand, type WantedPart, wantedPart } from './layer-demand.js';
import type { TrackSink } from './track-sink.js';
import { SILENCE_MS, type SinkState, selectorOf, type TrackSinks } from './track-sinks.js';

/** Where key frames are asked for. */
export interface KeyFrameSource {
  requestKeyFrameOf(layer: Layer): void;
}

/**
 * Gives each viewer of a track the encoding and the layers that its path can take, and knows what all of them together ask
 * of the source.
 */
export class LayerDistribution {
  readonly #sinks: TrackSinks;
  readonly #source: KeyFrameSource;
  /** Once somebody gets the video. */
  #rembs: RembCombiner | undefined;
  /** Once something comes. */
  #lazyDemand: LayerDemand | undefined;

  constructor(sinks: TrackSinks, source: KeyFrameSource) {
    this.#sinks = sinks;
    this.#source = source;
  }

  get #demand(): LayerDemand {
    this.#lazyDemand ??= new LayerDemand();
    return this.#lazyDemand;
  }

  /** Whether sinks have a choice. */
  get isLayered(): boolean {
    const { layers } = this.#sinks;
    return layers.length > 1 || layers[0]?.meter.layered === true;
  }

  /** Takes a viewer's bounds. */
  setViewer(sink: TrackSink): void {
    this.#rembs ??= new RembCombiner();
    this.#rembs.setViewer(sink.consumer, sink.limits);
  }

  removeViewer(sink: TrackSink): void {
    this.#rembs?.removeViewer(sink.consumer);
  }

  /** Whether a receiver's estimate does not bound the source. */
  exempt(sink: TrackSink, exempt: boolean): void {
    this.#rembs?.setExempt(sink.consumer, exempt);
  }

  /**
   * @param allowed what the source may send for this receiver, bit/s
   * @param probed probes show when its path would carry more
   * @returns whether the estimate has fallen
   */
  onEstimate(sink: TrackSink, bitrate: number, allowed: number, probed: boolean, nowMs: number): boolean {
    this.#rembs?.onRemb(sink.consumer, allowed, nowMs);
    const state = this.#sinks.states.get(sink);
    if (state === undefined) return false;
    selectorOf(state).onEstimate(bitrate, probed);
    // A fall is acted upon at once.
    const fell = bitrate < state.estimate * 0.9;
    state.estimate = fell ? bitrate : Math.max(state.estimate, bitrate);
    if (fell && this.isLayered) this.select(nowMs, sink);
    return fell;
  }

  /** What a receiver gets, bit/s. */
  bitrateFor(sink: TrackSink, nowMs: number): number {
    const layer = this.#sinks.states.get(sink)?.layer;
    if (layer === undefined) return 0;
    const target = layer.targetOf(sink);
    return target === EVERYTHING ? layer.stream.statistics.bitrate(nowMs) : layer.meter.rateOf(nowMs, target);
  }

  /** What a receiver could make use of, bit/s: enough to choose the highest encoding it may have, or for a source to grow. */
  usefulBitrateFor(sink: TrackSink, nowMs: number): number {
    let top = 0;
    const { layers } = this.#sinks;
    const limit = (sink.limits.maxKbps ?? 0) > 0 ? sink.limits.maxKbps! * 1000 : Number.POSITIVE_INFINITY;
    for (const { stream } of layers) {
      const bitrate = stream.statistics.bitrate(nowMs);
      if (bitrate <= limit && nowMs - stream.highestMs <= SILENCE_MS) top = Math.max(top, bitrate);
    }
    // What the sender has paused for lack of demand comes when somebody can take it.
    for (const { bitrate } of this.#demand.paused(nowMs, layers)) {
      if (bitrate <= limit) top = Math.max(top, bitrate);
    }
    const useful = Math.max(layers.length > 1 ? top * 1.2 : top * 2, sink.usefulBitrate);
    return Math.min(useful, limit * 1.2);
  }

  /** What all receivers can take, bit/s; Infinity when none says, or when each gets the encoding that suits it. */
  viewersBitrate(nowMs: number): number {
    if (!this.isLayered) return this.#rembs?.minimum(nowMs) ?? Number.POSITIVE_INFINITY;
    return this.#demand.bound(nowMs, this.#sinks.layers, this.#wanted(nowMs));
  }

  /** What the sinks get or are to get; of one that has just come nobody knows yet what it can take. */
  *#wanted(nowMs: number): Iterable<WantedPart> {
    for (const [sink, state] of this.#sinks.states) {
      const { layer } = state;
      yield wantedPart(layer, layer?.wantedOf(sink) ?? EVERYTHING);
      for (const other of this.#sinks.layers) {
        const target = other.joining.get(sink);
        const bounded = (sink.limits.maxKbps ?? 0) > 0 || (sink.limits.maxSpatialLayer ?? -1) >= 0;
        if (target !== undefined || (selectorOf(state).isNew(nowMs) && !bounded)) {
          yield wantedPart(other, target ?? EVERYTHING);
        }
      }
    }
  }

  /** Looks what comes, and which encoding suits each sink. Called about once a second. */
  review(nowMs: number): void {
    if (!this.isLayered) return;
    this.#demand.measure(nowMs, this.#sinks.layers);
    this.select(nowMs);
  }

  /** Gives each sink, or one of them, the encoding and the layers that it can take. */
  select(nowMs: number, only?: TrackSink): void {
    const { layers } = this.#sinks;
    const alive = layers.filter(({ stream }) => nowMs - stream.highestMs <= SILENCE_MS);
    const least = layers.length > 1 ? (layer: Layer) => this.#demand.leastOf(layer) : undefined;
    const coming = layerChoices(alive, nowMs, least);
    if (coming.length === 0) return;
    const top = coming.reduce((highest, { bitrate }) => Math.max(highest, bitrate), 0);
    const paused = this.#demand.paused(nowMs, layers).filter(({ bitrate }) => bitrate > top);
    const all = [...coming, ...paused];
    for (const [sink, state] of this.#sinks.states) {
      if (only !== undefined && sink !== only) continue;
      const { maxSpatialLayer = -1, maxTemporalLayer = -1, maxKbps = 0 } = sink.limits;
      // Whose encoding has stopped takes another that comes.
      const stranded = state.layer !== undefined && !alive.includes(state.layer);
      const decodable = decodableChoices(stranded ? coming : all, sink.takesDescriptors);
      const choices = qualitySteps(boundedChoices(decodable, maxSpatialLayer, maxTemporalLayer));
      // What it is changing to counts as what it has: waiting for a key frame must not end the change.
      const next = alive.find(({ joining }) => joining.has(sink));
      const target = next?.joining.get(sink) ?? state.layer?.wantedOf(sink) ?? EVERYTHING;
      const current = indexOfChoice(choices, next ?? state.layer, target);
      const bitrates = choices.map(({ bitrate }) => bitrate);
      this.#choose(sink, state, choices[selectorOf(state).select(nowMs, bitrates, current, maxKbps * 1000)]!);
    }
  }

  #choose(sink: TrackSink, state: SinkState, { layer, target }: LayerChoice): void {
    const { layers } = this.#sinks;
    if (layer !== state.layer) {
      if (layer.joining.get(sink) === target) return;
      for (const other of layers) other.joining.delete(sink);
      layer.joining.set(sink, target);
      this.#source.requestKeyFrameOf(layer);
      return;
    }
    for (const other of layers) other.joining.delete(sink);
    const from = layer.targetOf(sink);
    // The best of what comes is what it gets already.
    if (from === EVERYTHING && !layer.meter.skips && target === layer.meter.best) return;
    const patient = layer.wantedOf(sink) !== target;
    layer.setTarget(sink, target);
    if (layer.targetOf(sink) === target) return;
    const spatial = spatialOf(target) - spatialOf(from);
    const needsKeyFrame = from !== EVERYTHING && (spatial > 0 || (spatial < 0 && layer.meter.skips));
    if (needsKeyFrame || !patient) this.#source.requestKeyFrameOf(layer);
  }
}
