// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { eventTypes } from '../objects/remote-object.js';
import type { CallOptions } from '../objects/scope.js';
import { Filter, type FilterEvents, type MediaEvent } from './core.js';

/** A rectangle in the picture. */
export interface PointerdetectorWindowParam {
  /** Upper right corner: pixels from the left of the picture. */
  readonly topRightCornerX: number;
  /** Upper right corner: pixels from the top of the picture. */
  readonly topRightCornerY: number;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** A window: a part of the picture, with images drawn into it. */
export interface PointerDetectorWindowMediaParam {
  /** Id of the window, given back in events. */
  readonly id: string;
  /** Height in pixels. */
  readonly height: number;
  /** Width in pixels. */
  readonly width: number;
  /** Upper right corner: pixels from the left of the picture. */
  readonly upperRightX: number;
  /** Upper right corner: pixels from the top of the picture. */
  readonly upperRightY: number;
  /** URI of the image shown while the pointer is in the window. */
  readonly activeImage?: string;
  /** Transparency of the image, 0 (opaque) to 1. */
  readonly imageTransparency?: number;
  /** URI of the image shown otherwise. */
  readonly image?: string;
}

/** The pointer has left a window. */
export interface WindowOutEvent extends MediaEvent {
  readonly type: 'WindowOut';
  /** Id of the window. */
  readonly windowId: string;
}

/** The pointer has entered a window. */
export interface WindowInEvent extends MediaEvent {
  readonly type: 'WindowIn';
  /** Id of the window. */
  readonly windowId: string;
}

/** Events of {@link PointerDetectorFilter} by name. */
export interface PointerDetectorFilterEvents extends FilterEvents {
  /** The pointer has entered a window. */
  readonly WindowIn: WindowInEvent;
  /** The pointer has left a window. */
  readonly WindowOut: WindowOutEvent;
}

/** What can be chosen when a {@link PointerDetectorFilter} is created. */
export interface PointerDetectorFilterParams {
  /** Where the pointer is held when its colour is learnt. */
  readonly calibrationRegion: PointerdetectorWindowParam;
  /**
   * The windows to begin with.
   * Default: `[]`.
   */
  readonly windows?: readonly PointerDetectorWindowMediaParam[] | undefined;
}

/**
 * Follows an object of a learnt colour and tells when it enters or leaves windows: buttons that are
 * drawn into the picture.
 * @example
 * ```js
 * const pointer = await pipeline.create('PointerDetectorFilter', {
 *   calibrationRegion: { topRightCornerX: 5, topRightCornerY: 5, width: 30, height: 30 },
 * });
 * await pointer.addWindow({ id: 'next', height: 50, width: 50, upperRightX: 500, upperRightY: 150 });
 * await pointer.trackColorFromCalibrationRegion();
 * pointer.on('WindowIn', ({ windowId }) => console.log(windowId));
 * ```
 */
export class PointerDetectorFilter extends Filter {
  static override readonly className: string = 'PointerDetectorFilter';
  declare protected readonly isPointerDetectorFilter: true;
  declare readonly [eventTypes]: PointerDetectorFilterEvents;

  /**
   * Adds a window.
   * @param window The window.
   */
  addWindow(window: PointerDetectorWindowMediaParam, options?: CallOptions): Promise<void> {
    return this.run('addWindow', { window }, options);
  }

  /** Removes all windows. */
  clearWindows(options?: CallOptions): Promise<void> {
    return this.run('clearWindows', {}, options);
  }

  /** Learns the colour that is now in the calibration region and follows it. */
  trackColorFromCalibrationRegion(options?: CallOptions): Promise<void> {
    return this.run('trackColorFromCalibrationRegion', {}, options);
  }

  /**
   * Removes a window.
   * @param windowId Id of the window.
   */
  removeWindow(windowId: string, options?: CallOptions): Promise<void> {
    return this.run('removeWindow', { windowId }, options);
  }
}
