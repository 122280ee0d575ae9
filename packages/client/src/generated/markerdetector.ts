// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { eventTypes } from '../objects/remote-object.js';
import type { CallOptions } from '../objects/scope.js';
import type { FilterEvents, MediaEvent } from './core.js';
import { OpenCVFilter } from './filters.js';

/** A marker has appeared or disappeared. */
export interface MarkerCountEvent extends MediaEvent {
  readonly type: 'MarkerCount';
  /** Number of the marker. */
  readonly markerId: number;
  /** How often it is in the picture. */
  readonly markerCount: number;
  /** Change since the last event. */
  readonly markerCountDiff: number;
}

/** Events of {@link ArMarkerdetector} by name. */
export interface ArMarkerdetectorEvents extends FilterEvents {
  /** A marker has appeared or disappeared. */
  readonly MarkerCount: MarkerCountEvent;
}

/**
 * Finds printed markers in the picture, lays an image or text over them in perspective, and counts
 * them.
 * @example
 * ```js
 * const markers = await pipeline.create('ArMarkerdetector');
 * await markers.setOverlayText('Hello');
 * markers.on('MarkerCount', ({ markerId, markerCount }) => console.log(markerId, markerCount));
 * ```
 */
export class ArMarkerdetector extends OpenCVFilter {
  static override readonly className: string = 'ArMarkerdetector';
  declare protected readonly isArMarkerdetector: true;
  declare readonly [eventTypes]: ArMarkerdetectorEvents;

  /**
   * Sets how much of the analysis is drawn into the picture.
   * @param showDebugLevel How much to draw: 0 nothing, higher values more.
   */
  setShowDebugLevel(showDebugLevel: number, options?: CallOptions): Promise<void> {
    return this.run('setShowDebugLevel', { showDebugLevel }, options);
  }

  /**
   * Reads how much of the analysis is drawn into the picture.
   * @returns The level.
   */
  getShowDebugLevel(options?: CallOptions): Promise<number> {
    return this.read('getShowDebugLevel', {}, options);
  }

  /**
   * Sets the image shown on markers.
   * @param overlayImage URI of the image; none when empty.
   */
  setOverlayImage(overlayImage: string, options?: CallOptions): Promise<void> {
    return this.run('setOverlayImage', { overlayImage }, options);
  }

  /**
   * Reads which image is shown on markers.
   * @returns URI of the image.
   */
  getOverlayImage(options?: CallOptions): Promise<string> {
    return this.read('getOverlayImage', {}, options);
  }

  /**
   * Sets the text shown on markers.
   * @param overlayText The text; none when empty.
   */
  setOverlayText(overlayText: string, options?: CallOptions): Promise<void> {
    return this.run('setOverlayText', { overlayText }, options);
  }

  /**
   * Reads which text is shown on markers.
   * @returns The text.
   */
  getOverlayText(options?: CallOptions): Promise<string> {
    return this.read('getOverlayText', {}, options);
  }

  /**
   * Sets the size of what is shown on markers.
   * @param overlayScale Size as a multiple of that of the marker, above 0.
   */
  setOverlayScale(overlayScale: number, options?: CallOptions): Promise<void> {
    return this.run('setOverlayScale', { overlayScale }, options);
  }

  /**
   * Reads the size of what is shown on markers.
   * @returns Size as a multiple of that of the marker.
   */
  getOverlayScale(options?: CallOptions): Promise<number> {
    return this.read('getOverlayScale', {}, options);
  }
}
