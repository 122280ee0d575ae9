// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { eventTypes } from '../objects/remote-object.js';
import type { CallOptions } from '../objects/scope.js';
import { Filter, type FilterEvents, type MediaEvent } from './core.js';

/** Somebody has begun to speak. */
export interface SpeechStartedEvent extends MediaEvent {
  readonly type: 'SpeechStarted';
  /** Mean probability of speech since it began, 0 to 1. */
  readonly probability: number;
  /** When it began, ms since 1970 (UTC). */
  readonly startMillis: number;
}

/** Nobody speaks any more, or no sound comes any more. */
export interface SpeechStoppedEvent extends MediaEvent {
  readonly type: 'SpeechStopped';
  /** Mean probability of speech while it lasted, 0 to 1. */
  readonly probability: number;
  /** When it began, ms since 1970 (UTC). */
  readonly startMillis: number;
  /** How long it was, ms, without the silence after it. */
  readonly durationMillis: number;
}

/** Events of {@link VoiceActivityDetector} by name. */
export interface VoiceActivityDetectorEvents extends FilterEvents {
  /** Somebody has begun to speak. */
  readonly SpeechStarted: SpeechStartedEvent;
  /** Nobody speaks any more, or no sound comes any more. */
  readonly SpeechStopped: SpeechStoppedEvent;
}

/**
 * Tells when somebody begins and stops speaking. The sound passes unchanged and is not delayed. It is
 * judged in pieces of 32 ms on this machine, by the neural network Silero VAD. By DATA connections it
 * also sends text messages: `speaking` when speech begins and once a second while it lasts, `silent`
 * when it ends.
 * @example
 * ```js
 * const detector = await pipeline.create('VoiceActivityDetector');
 * detector.on('SpeechStarted', ({ startMillis }) => console.log('speaks since', new Date(startMillis)));
 * detector.on('SpeechStopped', ({ durationMillis }) => console.log('spoke for', durationMillis, 'ms'));
 * await camera.connect(detector, 'AUDIO');
 * ```
 */
export class VoiceActivityDetector extends Filter {
  static override readonly className: string = 'VoiceActivityDetector';
  declare protected readonly isVoiceActivityDetector: true;
  declare readonly [eventTypes]: VoiceActivityDetectorEvents;

  /**
   * Probability from which on a piece of sound counts as speech, 0.05 to 0.95. Speech ends below this
   * less 0.15.
   * Default: `0.5`.
   */
  getThreshold(options?: CallOptions): Promise<number> {
    return this.read('getThreshold', {}, options);
  }

  /**
   * Sets what {@link getThreshold} reads: Probability from which on a piece of sound counts as speech,
   * 0.05 to 0.95. Speech ends below this less 0.15.
   * Default: `0.5`.
   */
  setThreshold(threshold: number, options?: CallOptions): Promise<void> {
    return this.run('setThreshold', { threshold }, options);
  }

  /**
   * Speech shorter than this is not told, ms, 0 to 10000. SpeechStarted comes so much later than speech
   * begins.
   * Default: `100`.
   */
  getMinSpeechMillis(options?: CallOptions): Promise<number> {
    return this.read('getMinSpeechMillis', {}, options);
  }

  /**
   * Sets what {@link getMinSpeechMillis} reads: Speech shorter than this is not told, ms, 0 to 10000.
   * SpeechStarted comes so much later than speech begins.
   * Default: `100`.
   */
  setMinSpeechMillis(minSpeechMillis: number, options?: CallOptions): Promise<void> {
    return this.run('setMinSpeechMillis', { minSpeechMillis }, options);
  }

  /**
   * Pauses shorter than this belong to the speech, ms, 0 to 10000. SpeechStopped comes so much later
   * than speech ends.
   * Default: `500`.
   */
  getMinSilenceMillis(options?: CallOptions): Promise<number> {
    return this.read('getMinSilenceMillis', {}, options);
  }

  /**
   * Sets what {@link getMinSilenceMillis} reads: Pauses shorter than this belong to the speech, ms, 0 to
   * 10000. SpeechStopped comes so much later than speech ends.
   * Default: `500`.
   */
  setMinSilenceMillis(minSilenceMillis: number, options?: CallOptions): Promise<void> {
    return this.run('setMinSilenceMillis', { minSilenceMillis }, options);
  }

  /** Whether somebody is speaking. */
  getSpeaking(options?: CallOptions): Promise<boolean> {
    return this.read('getSpeaking', {}, options);
  }
}

/**
 * Draws a border into the video that passes through while a VoiceActivityDetector, whose DATA is
 * connected to it, hears somebody speak. When nothing is heard of the detector for 2.5 s the border
 * goes.
 * @example
 * ```js
 * const indicator = await pipeline.create('SpeakingIndicator');
 * await indicator.setColor('#FFC107');
 * await camera.connect(detector, 'AUDIO');
 * await camera.connect(indicator, 'VIDEO');
 * await detector.connect(indicator, 'DATA');
 * await indicator.connect(viewer, 'VIDEO');
 * await detector.connect(viewer, 'AUDIO');
 * ```
 */
export class SpeakingIndicator extends Filter {
  static override readonly className: string = 'SpeakingIndicator';
  declare protected readonly isSpeakingIndicator: true;

  /**
   * Of the border, as #RRGGBB.
   * Default: `"#00E676"`.
   */
  getColor(options?: CallOptions): Promise<string> {
    return this.read('getColor', {}, options);
  }

  /**
   * Sets what {@link getColor} reads: Of the border, as #RRGGBB.
   * Default: `"#00E676"`.
   */
  setColor(color: string, options?: CallOptions): Promise<void> {
    return this.run('setColor', { color }, options);
  }

  /**
   * Of the border, percent of the shorter side of the picture, 0.5 to 25; at least two pixels.
   * Default: `2.5`.
   */
  getThickness(options?: CallOptions): Promise<number> {
    return this.read('getThickness', {}, options);
  }

  /**
   * Sets what {@link getThickness} reads: Of the border, percent of the shorter side of the picture, 0.5
   * to 25; at least two pixels.
   * Default: `2.5`.
   */
  setThickness(thickness: number, options?: CallOptions): Promise<void> {
    return this.run('setThickness', { thickness }, options);
  }

  /** Whether the border is drawn now. */
  getSpeaking(options?: CallOptions): Promise<boolean> {
    return this.read('getSpeaking', {}, options);
  }
}
