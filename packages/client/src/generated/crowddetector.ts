// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { eventTypes } from '../objects/remote-object.js';
import type { CallOptions } from '../objects/scope.js';
import { Filter, type FilterEvents, type MediaEvent } from './core.js';

/** A point in the picture, whatever its size. */
export interface RelativePoint {
  /** Distance from the left, as a fraction of the width, 0 to 1. */
  readonly x: number;
  /** Distance from the top, as a fraction of the height, 0 to 1. */
  readonly y: number;
}

/** Levels and delays of a region. */
export interface RegionOfInterestConfig {
  /** Occupancy up to this is level 0, in percent. */
  readonly occupancyLevelMin: number;
  /** Occupancy up to this is level 1, in percent. */
  readonly occupancyLevelMed: number;
  /** Occupancy up to this is level 2, above it level 3, in percent. */
  readonly occupancyLevelMax: number;
  /** Pictures for which an occupancy level must last before the event. */
  readonly occupancyNumFramesToEvent: number;
  /** Movement up to this is level 0, in percent. */
  readonly fluidityLevelMin: number;
  /** Movement up to this is level 1, in percent. */
  readonly fluidityLevelMed: number;
  /** Movement up to this is level 2, above it level 3, in percent. */
  readonly fluidityLevelMax: number;
  /** Pictures for which a level of movement must last before the event. */
  readonly fluidityNumFramesToEvent: number;
  /** Whether the direction of movement is reported. */
  readonly sendOpticalFlowEvent: boolean;
  /** Pictures for which a direction must last before the event. */
  readonly opticalFlowNumFramesToEvent: number;
  /** Pictures without movement after which the direction is forgotten. */
  readonly opticalFlowNumFramesToReset: number;
  /** Turn of the axes against which directions are measured, in degrees. */
  readonly opticalFlowAngleOffset: number;
}

/** Levels and delays of a region. What has a default may be left out. */
export interface RegionOfInterestConfigInit {
  /**
   * Occupancy up to this is level 0, in percent.
   * Default: `10`.
   */
  readonly occupancyLevelMin?: number | undefined;
  /**
   * Occupancy up to this is level 1, in percent.
   * Default: `35`.
   */
  readonly occupancyLevelMed?: number | undefined;
  /**
   * Occupancy up to this is level 2, above it level 3, in percent.
   * Default: `65`.
   */
  readonly occupancyLevelMax?: number | undefined;
  /**
   * Pictures for which an occupancy level must last before the event.
   * Default: `5`.
   */
  readonly occupancyNumFramesToEvent?: number | undefined;
  /**
   * Movement up to this is level 0, in percent.
   * Default: `10`.
   */
  readonly fluidityLevelMin?: number | undefined;
  /**
   * Movement up to this is level 1, in percent.
   * Default: `35`.
   */
  readonly fluidityLevelMed?: number | undefined;
  /**
   * Movement up to this is level 2, above it level 3, in percent.
   * Default: `65`.
   */
  readonly fluidityLevelMax?: number | undefined;
  /**
   * Pictures for which a level of movement must last before the event.
   * Default: `5`.
   */
  readonly fluidityNumFramesToEvent?: number | undefined;
  /**
   * Whether the direction of movement is reported.
   * Default: `false`.
   */
  readonly sendOpticalFlowEvent?: boolean | undefined;
  /**
   * Pictures for which a direction must last before the event.
   * Default: `3`.
   */
  readonly opticalFlowNumFramesToEvent?: number | undefined;
  /**
   * Pictures without movement after which the direction is forgotten.
   * Default: `3`.
   */
  readonly opticalFlowNumFramesToReset?: number | undefined;
  /**
   * Turn of the axes against which directions are measured, in degrees.
   * Default: `0`.
   */
  readonly opticalFlowAngleOffset?: number | undefined;
}

/** A region of the picture to be watched. */
export interface RegionOfInterest {
  /** Corners of the region. */
  readonly points: RelativePoint[];
  /** Levels and delays. */
  readonly regionOfInterestConfig: RegionOfInterestConfig;
  /** Id of the region, given back in events. */
  readonly id: string;
}

/** A region of the picture to be watched. What has a default may be left out. */
export interface RegionOfInterestInit {
  /** Corners of the region. */
  readonly points: readonly RelativePoint[];
  /** Levels and delays. */
  readonly regionOfInterestConfig: RegionOfInterestConfigInit;
  /** Id of the region, given back in events. */
  readonly id: string;
}

/** The level of movement in a region has changed. */
export interface CrowdDetectorFluidityEvent extends MediaEvent {
  readonly type: 'CrowdDetectorFluidity';
  /** Share of what is in the region that moves, 0 to 100. */
  readonly fluidityPercentage: number;
  /** Level of movement, 0 to 3. */
  readonly fluidityLevel: number;
  /** Id of the region. */
  readonly roiId: string;
}

/** The level of occupancy of a region has changed. */
export interface CrowdDetectorOccupancyEvent extends MediaEvent {
  readonly type: 'CrowdDetectorOccupancy';
  /** Share of the region that is occupied, 0 to 100. */
  readonly occupancyPercentage: number;
  /** Level of occupancy, 0 to 3. */
  readonly occupancyLevel: number;
  /** Id of the region. */
  readonly roiId: string;
}

/** The direction of movement in a region has changed. */
export interface CrowdDetectorDirectionEvent extends MediaEvent {
  readonly type: 'CrowdDetectorDirection';
  /**
   * Direction of movement in degrees: 0 right, 90 up, 180 left, 270 down, as the server of Kurento
   * counts (its reference has left and right the other way), turned by opticalFlowAngleOffset.
   */
  readonly directionAngle: number;
  /** Id of the region. */
  readonly roiId: string;
}

/** Events of {@link CrowdDetectorFilter} by name. */
export interface CrowdDetectorFilterEvents extends FilterEvents {
  /** The level of movement in a region has changed. */
  readonly CrowdDetectorFluidity: CrowdDetectorFluidityEvent;
  /** The level of occupancy of a region has changed. */
  readonly CrowdDetectorOccupancy: CrowdDetectorOccupancyEvent;
  /** The direction of movement in a region has changed. */
  readonly CrowdDetectorDirection: CrowdDetectorDirectionEvent;
}

/** What can be chosen when a {@link CrowdDetectorFilter} is created. */
export interface CrowdDetectorFilterParams {
  /** The regions to watch. */
  readonly rois: readonly RegionOfInterestInit[];
}

/**
 * Measures, for each region of interest, how full it is, how much moves in it and in which direction,
 * and emits an event when a level changes.
 * @example
 * ```js
 * const crowd = await pipeline.create('CrowdDetectorFilter', {
 *   rois: [{
 *     id: 'platform',
 *     points: [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 1, y: 1 }, { x: 0, y: 1 }],
 *     regionOfInterestConfig: { occupancyLevelMax: 80 },
 *   }],
 * });
 * crowd.on('CrowdDetectorOccupancy', ({ occupancyLevel }) => console.log(occupancyLevel));
 * ```
 */
export class CrowdDetectorFilter extends Filter {
  static override readonly className: string = 'CrowdDetectorFilter';
  declare protected readonly isCrowdDetectorFilter: true;
  declare readonly [eventTypes]: CrowdDetectorFilterEvents;

  /**
   * Width to which pictures are reduced before they are analysed, in pixels.
   * Default: `320`.
   */
  getProcessingWidth(options?: CallOptions): Promise<number> {
    return this.read('getProcessingWidth', {}, options);
  }

  /**
   * Sets what {@link getProcessingWidth} reads: Width to which pictures are reduced before they are
   * analysed, in pixels.
   * Default: `320`.
   */
  setProcessingWidth(processingWidth: number, options?: CallOptions): Promise<void> {
    return this.run('setProcessingWidth', { processingWidth }, options);
  }
}
