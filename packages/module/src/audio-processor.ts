import type { ModuleDecl } from '@rivero/api';
import { ElementImplementation } from './element-implementation.js';

/** `S16`: whole numbers from -32768 to 32767. `F32`: -1 to 1. */
export type AudioFormat = 'S16' | 'F32';

/** A short piece of sound. It is lent: when `process` has returned, or its promise has settled, its array is empty. */
export interface AudioFrame {
  readonly format: AudioFormat;
  /** Samples of the channels in turns: `length * channels`. Int16Array for S16, Float32Array for F32. */
  readonly samples: Int16Array | Float32Array;
  /** Samples of one channel. */
  readonly length: number;
  readonly channels: number;
  /** Samples of one channel per second, Hz. */
  readonly rate: number;
  /** When its first sample is heard, ms, on a clock that all media of the pipeline shares; -1 when it is not known. */
  readonly time: number;
}

/** What an AudioProcessor says about itself: its static members. */
export interface AudioProcessorOptions {
  readonly format: AudioFormat;
  /** It only listens: the sound goes past it untouched and undelayed, and what it changes is lost. */
  readonly passive: boolean;
  /** Hz and channels to convert to; undefined: as they come. */
  readonly rate?: number;
  readonly channels?: number;
  /** A piece or a call that takes longer (ms) ends the thread. 100 to 60000; the server's limit for modules by default. */
  readonly timeLimit: number;
}

/**
 * An element that gets sound as typed arrays. It runs in a thread of its own, one piece at a time; up to a tenth of a second waits while it
 * works, what is older is dropped. What it throws is treated as with VideoProcessor.
 */
export abstract class AudioProcessor<D extends ModuleDecl, C extends string> extends ElementImplementation<
  D,
  C
> {
  static readonly format: AudioFormat = 'F32';
  static readonly passive: boolean = false;
  static readonly rate: number | undefined = undefined;
  static readonly channels: number | undefined = undefined;
  static readonly timeLimit: number | undefined = undefined;

  /** Listens to a piece of sound, and changes it in place unless the class is passive. */
  abstract process(frame: AudioFrame): void | Promise<void>;
}
