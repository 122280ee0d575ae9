// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { eventTypes } from '../objects/remote-object.js';
import type { CallOptions } from '../objects/scope.js';
import { Filter, type FilterEvents, type MediaEvent } from './core.js';

/** A number plate has been read. */
export interface PlateDetectedEvent extends MediaEvent {
  readonly type: 'PlateDetected';
  /** What the plate says. */
  readonly plate: string;
}

/** Events of {@link PlateDetectorFilter} by name. */
export interface PlateDetectorFilterEvents extends FilterEvents {
  /** A number plate has been read. */
  readonly PlateDetected: PlateDetectedEvent;
}

/**
 * Finds number plates in the picture and reads them; each reading comes as PlateDetected.
 * @example
 * ```js
 * const plates = await pipeline.create('PlateDetectorFilter');
 * await plates.setPlateWidthPercentage(0.3);
 * plates.on('PlateDetected', ({ plate }) => console.log(plate));
 * ```
 */
export class PlateDetectorFilter extends Filter {
  static override readonly className: string = 'PlateDetectorFilter';
  declare protected readonly isPlateDetectorFilter: true;
  declare readonly [eventTypes]: PlateDetectorFilterEvents;

  /**
   * Says how large plates are, so that they are found more quickly and surely.
   * @param plateWidthPercentage Expected width of a plate, as a fraction of the width of the picture, 0
   * to 1.
   */
  setPlateWidthPercentage(plateWidthPercentage: number, options?: CallOptions): Promise<void> {
    return this.run('setPlateWidthPercentage', { plateWidthPercentage }, options);
  }
}
