import {
  type ElementContext,
  type Implements,
  ModuleError,
  type VideoFrame,
  VideoProcessor,
} from '@rivero/module';
import type { declaration } from './declaration.js';
import { PlateFinder } from './plate-finder.js';
import { PlateReadings } from './plate-readings.js';

type Declaration = typeof declaration;

/** Tells number plates; the picture stays as it is. */
export default class PlateDetectorFilter
  extends VideoProcessor<Declaration, 'PlateDetectorFilter'>
  implements Implements<Declaration, 'PlateDetectorFilter'>
{
  static override readonly format = 'GRAY8';
  static override readonly passive = true;
  readonly #finder = new PlateFinder();
  readonly #readings = new PlateReadings();

  constructor(context: ElementContext<{ mediaPipeline: string }>) {
    super(context);
    const { plateWidth } = context.kept;
    if (typeof plateWidth === 'number') this.#finder.plateWidth = plateWidth;
  }

  process({ data, width, height, stride }: VideoFrame): void {
    const plates = this.#finder.find({ data, width, height, stride });
    for (const plate of this.#readings.add(plates.map(({ text }) => text)))
      this.emit('PlateDetected', { plate });
  }

  setPlateWidthPercentage({ plateWidthPercentage }: { plateWidthPercentage: number }): void {
    if (!(plateWidthPercentage > 0 && plateWidthPercentage <= 1)) {
      throw new ModuleError(
        `plateWidthPercentage should be above 0 and up to 1, not ${plateWidthPercentage}`,
      );
    }
    this.#finder.plateWidth = plateWidthPercentage;
    this.keep({ plateWidth: plateWidthPercentage });
  }
}
