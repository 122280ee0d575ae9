import type { ReceiveTrack } from '../streams/receive-track.js';
import type { MediaObject } from './media-object.js';

export interface LastNListener {
  /** Video of other endpoints than before is forwarded. */
  lastNChanged(forwarded: MediaObject[], paused: MediaObject[]): void;
}

/**
 * Keeps the video of all but a few endpoints of a pipeline from being forwarded: of the most recent dominant speakers,
 * then of those that came first.
 */
export class LastN {
  readonly #listener: LastNListener;
  /** The most recent speaker first, those who never spoke last, in the order in which they came. */
  #order: { endpoint: MediaObject; track: ReceiveTrack }[] = [];
  readonly #pinned = new Set<MediaObject>();
  #limit = -1;
  #updating = false;

  constructor(listener: LastNListener) {
    this.#listener = listener;
  }

  /** Of how many endpoints video is forwarded; -1: of all. */
  set limit(limit: number) {
    this.#limit = limit;
    this.update();
  }

  get active(): boolean {
    return this.#limit >= 0;
  }

  add(endpoint: MediaObject, track: ReceiveTrack): void {
    if (this.#order.some((each) => each.track === track)) return;
    this.#order.push({ endpoint, track });
    if (this.active) this.update();
  }

  remove(track: ReceiveTrack): void {
    const index = this.#order.findIndex((each) => each.track === track);
    if (index < 0) return;
    this.#order.splice(index, 1);
    track.setPaused(false);
    if (this.active) this.update();
  }

  pin(endpoint: MediaObject, pinned: boolean): void {
    if (pinned) this.#pinned.add(endpoint);
    else this.#pinned.delete(endpoint);
    if (this.active) this.update();
  }

  /** An endpoint's user has become the dominant speaker. */
  onDominant(endpoint: MediaObject): void {
    const own = this.#order.filter((each) => each.endpoint === endpoint);
    if (own.length === 0) return;
    this.#order = [...own, ...this.#order.filter((each) => each.endpoint !== endpoint)];
    if (this.active) this.update();
  }

  /** Who counts may have changed: somebody's video has begun or ceased to come. Only what comes takes a place. */
  update(): void {
    // A track that is paused tells so itself.
    if (this.#updating) return;
    this.#updating = true;
    const changed = this.#apply();
    this.#updating = false;
    if (!changed) return;
    const endpoints = (paused: boolean): MediaObject[] => [
      ...new Set(
        this.#order
          .filter(({ track }) => track.receiving && track.paused === paused)
          .map(({ endpoint }) => endpoint),
      ),
    ];
    this.#listener.lastNChanged(endpoints(false), endpoints(true));
  }

  /** @returns whether that changes what is forwarded */
  #apply(): boolean {
    const chosen = new Set<MediaObject>();
    for (const { endpoint, track } of this.#order) {
      if (!track.receiving || this.#pinned.has(endpoint)) continue;
      if (this.#limit < 0 || chosen.size < this.#limit) chosen.add(endpoint);
    }
    const full = this.#limit >= 0 && chosen.size >= this.#limit;
    let changed = false;
    for (const { endpoint, track } of this.#order) {
      const paused = full && !chosen.has(endpoint) && !this.#pinned.has(endpoint);
      // What does not come yet is paused in advance, so that not even its first packet is forwarded.
      if (track.setPaused(paused) && track.receiving) changed = true;
    }
    return changed;
  }
}
