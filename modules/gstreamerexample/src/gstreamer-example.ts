import { type ElementContext, GStreamerBin, type Implements, ModuleError } from '@rivero/module';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

/** What `setFilterType` chooses from: the names of the valves in the bin. */
const TYPES = ['edges', 'grey'] as const;
/** Contrast from which on an edge is shown, until it is set. */
const EDGE_VALUE = 125;

/** Shows the edges in the picture, or the picture in grey. */
export default class GStreamerExample
  extends GStreamerBin<Declaration, 'GStreamerExample'>
  implements Implements<Declaration, 'GStreamerExample'>
{
  #type: number;
  #edgeValue: number;

  constructor(context: ElementContext<{ mediaPipeline: string }>) {
    super(context);
    const { filterType, edgeValue } = context.kept;
    this.#type = typeof filterType === 'number' ? filterType : 0;
    this.#edgeValue = typeof edgeValue === 'number' ? edgeValue : EDGE_VALUE;
  }

  /** Both ways stand side by side, and one of two valves is open: that can be changed between two pictures. */
  describe(): string {
    const way = (name: string, effect: string): string =>
      `in. ! valve name=${name} drop=${TYPES[this.#type] !== name} ! ${effect} ! videoconvert ! video/x-raw,format=I420 ! out.`;
    const edges = `videoconvert ! edgedetect name=canny mask=false threshold1=${this.#edgeValue} threshold2=${2 * this.#edgeValue}`;
    return `tee name=in funnel name=out ${way('edges', edges)} ${way('grey', 'videobalance saturation=0')}`;
  }

  setFilterType({ filterType }: { filterType: number }): void {
    if (TYPES[filterType] === undefined)
      throw new ModuleError(`filterType should be 0 or 1, not ${filterType}`);
    this.#type = filterType;
    TYPES.forEach((name, type) => {
      this.element(name).set('drop', type !== filterType);
    });
    this.keep({ filterType });
  }

  setEdgeThreshold({ edgeValue }: { edgeValue: number }): void {
    if (edgeValue < 0 || edgeValue > 255) {
      throw new ModuleError(`edgeValue should be between 0 and 255, not ${edgeValue}`);
    }
    this.#edgeValue = edgeValue;
    const canny = this.element('canny');
    canny.set('threshold1', edgeValue);
    canny.set('threshold2', 2 * edgeValue);
    this.keep({ edgeValue });
  }
}
