import { AudioLevelMeter, DominantSpeaker, SPEAKER_DECISION_MS, type SpeechActivity } from '@rivero/rtp';
import type { Scheduler, Timed, TimerHandle } from '../runtime/scheduler.js';
import type { AudioLevelListener, ReceiveTrack } from '../streams/receive-track.js';
import type { MediaObject } from './media-object.js';

/** What is measured of the audio of a pipeline. */
export interface Observation {
  /** Who speaks. */
  dominant: boolean;
  /** How loud everybody is, every `intervalMs`; 0: not measured. */
  intervalMs: number;
  /** Below it is silence, dBov. */
  threshold: number;
}

export interface SourceLevel {
  endpoint: MediaObject;
  /** dBov */
  level: number;
  peak: number;
  voice: boolean;
}

export interface SpeakerListener {
  dominantSpeakerChanged(endpoint: MediaObject): void;
  /** Sources above the threshold, the loudest first. */
  audioLevels(levels: SourceLevel[]): void;
  /** No source was above the threshold for an interval; told once. */
  audioSilence(): void;
}

/** Listens to one track. */
class Source implements AudioLevelListener {
  readonly meter = new AudioLevelMeter();

  constructor(
    readonly endpoint: MediaObject,
    readonly activity: SpeechActivity,
  ) {}

  onAudioLevel(level: number, nowMs: number): void {
    this.activity.onLevel(level, nowMs);
    this.meter.onLevel(level);
  }
}

/** Watches the audio levels of all endpoints of a pipeline, as far as somebody wants to know; else it does nothing. */
export class SpeakerObserver implements Timed {
  readonly #listener: SpeakerListener;
  readonly #scheduler: Scheduler;
  readonly #timer: TimerHandle;
  readonly #endpoints = new Map<ReceiveTrack, MediaObject>();
  /** Of the tracks that are listened to. */
  readonly #sources = new Map<ReceiveTrack, Source>();
  readonly #speakers = new DominantSpeaker<ReceiveTrack>();
  #wanted: Observation = { dominant: false, intervalMs: 0, threshold: 0 };
  #told: MediaObject | undefined;
  #silent = true;
  #nextDecisionMs = Number.POSITIVE_INFINITY;
  #nextLevelsMs = Number.POSITIVE_INFINITY;

  constructor(scheduler: Scheduler, listener: SpeakerListener) {
    this.#scheduler = scheduler;
    this.#listener = listener;
    this.#timer = scheduler.create(this);
  }

  add(endpoint: MediaObject, track: ReceiveTrack): void {
    this.#endpoints.set(track, endpoint);
    if (this.#active) this.#listen(track, endpoint);
  }

  remove(track: ReceiveTrack): void {
    if (!this.#endpoints.delete(track)) return;
    this.#ignore(track);
  }

  /** Begins to measure what is wanted, and ends what is not. */
  observe(wanted: Observation): void {
    const before = this.#wanted;
    this.#wanted = { ...wanted };
    const now = this.#scheduler.now();
    if (!wanted.dominant) this.#nextDecisionMs = Number.POSITIVE_INFINITY;
    else if (!before.dominant) this.#nextDecisionMs = now + SPEAKER_DECISION_MS;
    if (wanted.intervalMs === 0) this.#nextLevelsMs = Number.POSITIVE_INFINITY;
    else if (before.intervalMs !== wanted.intervalMs) this.#nextLevelsMs = now + wanted.intervalMs;
    if (before.intervalMs === 0) {
      for (const { meter } of this.#sources.values()) meter.reset();
      this.#silent = true;
    }
    for (const [track, endpoint] of this.#endpoints) {
      if (this.#active) this.#listen(track, endpoint);
      else this.#ignore(track);
    }
    if (!this.#active) this.#told = undefined;
    this.#schedule();
  }

  get #active(): boolean {
    return this.#wanted.dominant || this.#wanted.intervalMs > 0;
  }

  #listen(track: ReceiveTrack, endpoint: MediaObject): void {
    if (this.#sources.has(track)) return;
    const source = new Source(endpoint, this.#speakers.add(track, this.#scheduler.now()));
    this.#sources.set(track, source);
    track.audioLevels = source;
  }

  #ignore(track: ReceiveTrack): void {
    if (!this.#sources.delete(track)) return;
    track.audioLevels = undefined;
    this.#speakers.remove(track);
  }

  onTime(nowMs: number): void {
    if (nowMs >= this.#nextDecisionMs) {
      this.#nextDecisionMs = nowMs + SPEAKER_DECISION_MS;
      if (this.#speakers.decide(nowMs)) this.#tellDominant();
    }
    if (nowMs >= this.#nextLevelsMs) {
      this.#nextLevelsMs = nowMs + this.#wanted.intervalMs;
      this.#tellLevels();
    }
    this.#schedule();
  }

  /** Several tracks may be of one endpoint. */
  #tellDominant(): void {
    const endpoint = this.#endpoints.get(this.#speakers.dominant!);
    if (endpoint === undefined || endpoint === this.#told) return;
    this.#told = endpoint;
    this.#listener.dominantSpeakerChanged(endpoint);
  }

  #tellLevels(): void {
    const levels: SourceLevel[] = [];
    for (const { endpoint, meter } of this.#sources.values()) {
      if (meter.count > 0 && meter.mean > this.#wanted.threshold) {
        levels.push({ endpoint, level: meter.mean, peak: meter.peak, voice: meter.voice });
      }
      meter.reset();
    }
    if (levels.length > 0) {
      this.#silent = false;
      this.#listener.audioLevels(levels.sort((a, b) => b.level - a.level));
    } else if (!this.#silent) {
      this.#silent = true;
      this.#listener.audioSilence();
    }
  }

  #schedule(): void {
    this.#scheduler.schedule(this.#timer, Math.min(this.#nextDecisionMs, this.#nextLevelsMs));
  }

  close(): void {
    this.#scheduler.cancel(this.#timer);
    for (const track of [...this.#endpoints.keys()]) this.remove(track);
  }
}
