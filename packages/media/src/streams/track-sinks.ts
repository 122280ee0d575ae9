import { EVERYTHING } from '@rivero/rtp';
import { SmallMap, SmallSet } from '../runtime/small-map.js';
import type { Layer } from './layer.js';
import { LayerSelector } from './layer-selector.js';
import type { ReceiveStream } from './receive-stream.js';
import type { ReceiveTrack } from './receive-track.js';
import type { TrackSink } from './track-sink.js';

/** Silence after which a track no longer flows, ms. Opus with DTX sends every 400 ms. */
export const SILENCE_MS = 1000;

export interface SinkState {
  /** The encoding it gets; undefined before the first packet. */
  layer: Layer | undefined;
  /** Made when it is first asked: audio has no layers. */
  selector: LayerSelector | undefined;
  /** The highest estimate since layers were chosen for its fall, bit/s. */
  estimate: number;
}

/** What chooses a sink's layers. */
export function selectorOf(state: SinkState): LayerSelector {
  state.selector ??= new LayerSelector();
  return state.selector;
}

/** The encodings of a track, the sinks that get it, and which sink is at which encoding. */
export class TrackSinks {
  /** Encodings that come: one, or those of simulcast. */
  readonly layers: Layer[] = [];
  readonly states = new SmallMap<TrackSink, SinkState>();
  /** Sinks of other tracks that change over to this one at its next key frame. */
  #coming: SmallSet<TrackSink> | undefined;
  /** The sink that is changing over: the key frame it needs is there. */
  #arriving: TrackSink | undefined;

  /** Gives a sink an encoding that comes. @returns which one; undefined before the first packet */
  add(sink: TrackSink, nowMs: number): Layer | undefined {
    const layer =
      this.layers.findLast(({ stream }) => nowMs - stream.highestMs <= SILENCE_MS) ?? this.layers.at(-1);
    this.states.set(sink, { layer, selector: undefined, estimate: 0 });
    layer?.add(sink);
    return layer;
  }

  /** Whether a sink is being added that changes over at a key frame which is there. */
  isArriving(sink: TrackSink): boolean {
    return this.#arriving === sink;
  }

  /** @returns false when there was no such sink */
  remove(sink: TrackSink): boolean {
    if (!this.states.delete(sink)) return false;
    for (const layer of this.layers) layer.remove(sink);
    return true;
  }

  /** Has a sink of another track change over at the next key frame. @returns of which encoding; undefined before there is one */
  expect(sink: TrackSink): Layer | undefined {
    this.#coming ??= new SmallSet();
    this.#coming.add(sink);
    const layer = this.layers.at(-1);
    layer?.joining.set(sink, EVERYTHING);
    return layer;
  }

  /** An expected sink has gone elsewhere. */
  forget(sink: TrackSink): void {
    if (this.#coming?.delete(sink) !== true) return;
    for (const layer of this.layers) layer.joining.delete(sink);
  }

  /** A new encoding, or the successor of one that came under another SSRC. */
  open(layer: Layer): void {
    const predecessor = this.layers.find(({ rid }) => rid === layer.rid);
    this.layers.push(layer);
    if (predecessor !== undefined) this.#close(predecessor, layer);
    for (const [sink, state] of this.states) {
      if (state.layer !== undefined) continue;
      state.layer = layer;
      layer.add(sink);
    }
    for (const sink of this.#coming ?? []) layer.joining.set(sink, EVERYTHING);
  }

  /** A stream has ended; sinks of its encoding go on with another one. @returns whether it was one of these */
  end({ layer }: ReceiveStream): boolean {
    if (layer === undefined || !this.layers.includes(layer)) return false;
    this.#close(
      layer,
      this.layers.find((other) => other !== layer),
    );
    return true;
  }

  #close(layer: Layer, heir: Layer | undefined): void {
    layer.superseded = true;
    this.layers.splice(this.layers.indexOf(layer), 1);
    for (const [sink, state] of this.states) {
      if (state.layer !== layer) continue;
      layer.remove(sink);
      state.layer = heir;
      heir?.add(sink);
      sink.originRestarted();
    }
  }

  /** A key frame of an encoding begins: the sinks that wait for it change over. @param track whose encoding it is */
  changeOver(layer: Layer, track: ReceiveTrack): void {
    for (const [sink, target] of [...layer.joining]) {
      const state = this.states.get(sink);
      layer.joining.delete(sink);
      if (state === undefined) {
        if (this.#coming?.delete(sink) !== true) continue;
        this.#arriving = sink;
        sink.arriveAt(track);
        this.#arriving = undefined;
        continue;
      }
      state.layer?.remove(sink);
      state.layer = layer;
      sink.originRestarted();
      layer.add(sink, target);
    }
  }
}
