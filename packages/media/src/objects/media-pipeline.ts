import { KurentoError } from '@rivero/api';
import type { ReceiveTrack } from '../streams/receive-track.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { dumpDot, elementsDot } from './dot.js';
import { LastN, type LastNListener } from './last-n.js';
import { MediaObject } from './media-object.js';
import { type SourceLevel, type SpeakerListener, SpeakerObserver } from './speaker-observer.js';

/** Container of everything that processes one flow of media (Kurento: MediaPipeline). */
export class MediaPipeline extends MediaObject implements SpeakerListener, LastNListener {
  readonly #speakers: SpeakerObserver;
  readonly #lastN = new LastN(this);

  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.#speakers = new SpeakerObserver(context.scheduler, this);
  }

  /** Switches the measuring of latencies for all elements, those that come later too. */
  setLatencyStats(params: { latencyStats: boolean }): null {
    this.setProperty('latencyStats', params.latencyStats);
    this.measureLatency(params.latencyStats);
    return null;
  }

  /** The processing of this pipeline's media in Graphviz' language, and how its elements are connected. */
  async getGstreamerDot(): Promise<string> {
    return (await this.context.processing.graphOf(this).dot()) ?? elementsDot(this);
  }

  /** Writes the same to a file in the folder of GST_DEBUG_DUMP_DOT_DIR, or of temporary files. */
  async dumpGstreamerDot(): Promise<null> {
    await dumpDot(this.id, await this.getGstreamerDot());
    return null;
  }

  /** ms */
  setAudioLevelInterval({ audioLevelInterval }: { audioLevelInterval: number }): null {
    return this.#setInRange('audioLevelInterval', audioLevelInterval, 100, 60_000);
  }

  /** dBov */
  setAudioLevelThreshold({ audioLevelThreshold }: { audioLevelThreshold: number }): null {
    return this.#setInRange('audioLevelThreshold', audioLevelThreshold, -127, 0);
  }

  /** Of how many endpoints video is forwarded; -1 = of all. */
  setLastN({ lastN }: { lastN: number }): null {
    this.#setInRange('lastN', lastN, -1, 2 ** 31 - 1);
    this.#lastN.limit = lastN;
    return null;
  }

  #setInRange(name: string, value: number, min: number, max: number): null {
    if (value < min || value > max) {
      throw new KurentoError('MEDIA_OBJECT_ILLEGAL_PARAM_ERROR', `${name} must be from ${min} to ${max}`);
    }
    this.setProperty(name, value);
    this.#observe();
    return null;
  }

  /** An endpoint receives a track from now on. */
  trackAdded(endpoint: MediaObject, track: ReceiveTrack): void {
    if (track.kind === 'audio') this.#speakers.add(endpoint, track);
    else this.#lastN.add(endpoint, track);
  }

  trackRemoved(track: ReceiveTrack): void {
    if (track.kind === 'audio') this.#speakers.remove(track);
    else this.#lastN.remove(track);
  }

  /** A track has begun or ceased to come. */
  trackChanged(track: ReceiveTrack): void {
    if (track.kind === 'video' && this.#lastN.active) this.#lastN.update();
  }

  /** The video of a pinned endpoint is forwarded whatever lastN says. */
  pin(endpoint: MediaObject, pinned: boolean): void {
    this.#lastN.pin(endpoint, pinned);
  }

  override subscriptionsChanged(): void {
    this.#observe();
  }

  #observe(): void {
    const levels = this.isWanted('AudioLevels') || this.isWanted('AudioSilence');
    this.#speakers.observe({
      dominant: this.isWanted('DominantSpeakerChanged') || (this.property('lastN') as number) >= 0,
      intervalMs: levels ? (this.property('audioLevelInterval') as number) : 0,
      threshold: this.property('audioLevelThreshold') as number,
    });
  }

  dominantSpeakerChanged(endpoint: MediaObject): void {
    this.emit('DominantSpeakerChanged', { endpoint: endpoint.id });
    this.#lastN.onDominant(endpoint);
  }

  audioLevels(levels: SourceLevel[]): void {
    this.emit('AudioLevels', {
      levels: levels.map(({ endpoint, ...measured }) => ({ endpoint: endpoint.id, ...measured })),
    });
  }

  audioSilence(): void {
    this.emit('AudioSilence');
  }

  lastNChanged(forwarded: MediaObject[], paused: MediaObject[]): void {
    if (!this.isWanted('LastNChanged')) return;
    const ids = (endpoints: MediaObject[]): string[] => endpoints.map(({ id }) => id);
    this.emit('LastNChanged', { forwarded: ids(forwarded), paused: ids(paused) });
  }

  protected override onRelease(): void {
    this.#speakers.close();
    this.context.processing.release(this);
    super.onRelease();
  }
}
