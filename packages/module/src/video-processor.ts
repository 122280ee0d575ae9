import type { ModuleDecl } from '@rivero/api';
import { ElementImplementation } from './element-implementation.js';

/**
 * Forms of pictures. `I420`: three planes, brightness (Y) of every pixel and colour (U, V) of every two by two; it is what decoders give
 * and encoders take, so it costs nothing to get. `NV12`: two planes, U and V in turns in the second. `RGBA`: one plane, four bytes for
 * each pixel. `GRAY8`: one plane, brightness alone.
 */
export type VideoFormat = 'I420' | 'NV12' | 'RGBA' | 'GRAY8';

export interface VideoPlane {
  /** `height` lines of `stride` bytes each; the last one may end with its last sample. */
  readonly data: Uint8Array;
  /** Bytes from the beginning of one line to that of the next; at least what a line holds. */
  readonly stride: number;
  /** Samples of a line, and lines: for odd sizes the planes of colour are rounded up. */
  readonly width: number;
  readonly height: number;
}

/** One picture. It is lent: when `process` has returned, or its promise has settled, all its arrays are empty. */
export interface VideoFrame {
  readonly format: VideoFormat;
  /** Pixels. May change from one picture to the next. */
  readonly width: number;
  readonly height: number;
  /** When it is shown, ms, on a clock that all media of the pipeline shares; -1 when it is not known. */
  readonly time: number;
  readonly planes: readonly VideoPlane[];
  /** The first plane's bytes and stride: all there is of RGBA and GRAY8. */
  readonly data: Uint8Array;
  readonly stride: number;
}

/** What a VideoProcessor says about itself: its static members. */
export interface VideoProcessorOptions {
  readonly format: VideoFormat;
  /** It only looks: the picture goes past it untouched and undelayed, and what it changes is lost. */
  readonly passive: boolean;
  /** For passive ones: no more pictures per second, and none wider than this (pixels; the height follows). */
  readonly maxFramerate?: number;
  readonly maxWidth?: number;
  /** A picture or a call that takes longer (ms) ends the thread. 100 to 60000; the server's limit for modules by default. */
  readonly timeLimit: number;
}

/**
 * An element that gets pictures as typed arrays. It runs in a thread of its own, one picture at a time. While it works on one, the newest
 * of those that come waits; older ones are dropped, so that it never delays a call by more than the time it takes for two pictures.
 *
 * What `process` throws is counted and told, and the picture goes on as it is by then. After ten in a row the element stops: so it does
 * when it takes longer than `timeLimit`, when its memory runs out or when its thread ends. Pictures pass unchanged from then on.
 */
export abstract class VideoProcessor<D extends ModuleDecl, C extends string> extends ElementImplementation<
  D,
  C
> {
  static readonly format: VideoFormat = 'I420';
  static readonly passive: boolean = false;
  static readonly maxFramerate: number | undefined = undefined;
  static readonly maxWidth: number | undefined = undefined;
  static readonly timeLimit: number | undefined = undefined;

  /** Looks at a picture, and changes it in place unless the class is passive. */
  abstract process(frame: VideoFrame): void | Promise<void>;
}
