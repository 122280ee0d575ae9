import {
  type DeclaredParams,
  type ElementContext,
  type Implements,
  ModuleError,
  type VideoFrame,
  VideoProcessor,
} from '@rivero/module';
import { pictureFrom } from '@rivero/vision';
import { type CrowdChange, CrowdWatch, type Region } from './crowd.js';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;
type Params = DeclaredParams<Declaration, 'CrowdDetectorFilter'>;

/** Tells how full regions of the picture are, how much moves in them, and where to. */
export default class CrowdDetectorFilter
  extends VideoProcessor<Declaration, 'CrowdDetectorFilter'>
  implements Implements<Declaration, 'CrowdDetectorFilter'>
{
  static override readonly format = 'I420';
  readonly #watch: CrowdWatch;

  constructor(context: ElementContext<Params>) {
    super(context);
    this.#watch = new CrowdWatch(context.params.rois.map(regionOf));
  }

  get processingWidth(): number {
    return this.#watch.processingWidth;
  }

  set processingWidth(width: number) {
    this.#watch.processingWidth = width;
  }

  process(frame: VideoFrame): void {
    const picture = pictureFrom(frame);
    for (const change of this.#watch.look(picture)) this.#tell(change);
    this.#watch.draw(picture);
  }

  #tell(change: CrowdChange): void {
    const roiId = change.region;
    switch (change.event) {
      case 'occupancy':
        this.emit('CrowdDetectorOccupancy', {
          occupancyPercentage: change.percent,
          occupancyLevel: change.level,
          roiId,
        });
        break;
      case 'fluidity':
        this.emit('CrowdDetectorFluidity', {
          fluidityPercentage: change.percent,
          fluidityLevel: change.level,
          roiId,
        });
        break;
      case 'direction':
        this.emit('CrowdDetectorDirection', { directionAngle: change.angle, roiId });
    }
  }
}

function regionOf({ id, points, regionOfInterestConfig: config }: Params['rois'][number]): Region {
  if (points.length < 3)
    throw new ModuleError(`Region '${id}' should have three points or more, not ${points.length}`);
  // Defaults of the declaration: members of registers may be left out.
  const {
    occupancyLevelMin = 10,
    occupancyLevelMed = 35,
    occupancyLevelMax = 65,
    occupancyNumFramesToEvent = 5,
    fluidityLevelMin = 10,
    fluidityLevelMed = 35,
    fluidityLevelMax = 65,
    fluidityNumFramesToEvent = 5,
    sendOpticalFlowEvent = false,
    opticalFlowNumFramesToEvent = 3,
    opticalFlowNumFramesToReset = 3,
    opticalFlowAngleOffset = 0,
  } = config;
  return {
    id,
    points,
    occupancy: {
      min: occupancyLevelMin,
      med: occupancyLevelMed,
      max: occupancyLevelMax,
      pictures: occupancyNumFramesToEvent,
    },
    fluidity: {
      min: fluidityLevelMin,
      med: fluidityLevelMed,
      max: fluidityLevelMax,
      pictures: fluidityNumFramesToEvent,
    },
    direction: sendOpticalFlowEvent
      ? {
          toEvent: opticalFlowNumFramesToEvent,
          toReset: opticalFlowNumFramesToReset,
          offset: opticalFlowAngleOffset,
        }
      : undefined,
  };
}
