import { type ElementContext, type Implements, type VideoFrame, VideoProcessor } from '@rivero/module';
import { Canny } from './canny.js';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

/** The gradient from which on an edge is seen. */
const STRONG = 125;
/** Brightness in pictures goes from 16 to 235 (ITU-R BT.601), and so do gradients. */
const [BLACK, WHITE, SPAN] = [16, 235, 219 / 255];
const NO_COLOUR = 128;

/** Shows the edges in the picture, or the picture in grey. The worked example of a video processor. */
export default class OpenCVExample
  extends VideoProcessor<Declaration, 'OpenCVExample'>
  implements Implements<Declaration, 'OpenCVExample'>
{
  static override readonly format = 'I420';
  readonly #canny = new Canny();
  #filterType = 0;
  #edgeValue = 125;

  constructor(context: ElementContext<{ mediaPipeline: string }>) {
    super(context);
    // What a client had set comes back when the process that ran this has ended.
    const { filterType, edgeValue } = context.kept;
    if (typeof filterType === 'number') this.#filterType = filterType;
    if (typeof edgeValue === 'number') this.#edgeValue = edgeValue;
  }

  process({ planes }: VideoFrame): void {
    const [brightness, ...colours] = planes;
    // As Kurento's: the edge value is one of two thresholds, the other one is fixed, and the lower one is the weak one.
    const [weak, strong] = [Math.min(this.#edgeValue, STRONG), Math.max(this.#edgeValue, STRONG)];
    if (this.#filterType === 0) this.#canny.detect(brightness!, weak * SPAN, strong * SPAN, WHITE, BLACK);
    for (const { data } of colours) data.fill(NO_COLOUR);
  }

  /** 0 shows edges; all others show grey, as Kurento's do. */
  setFilterType({ filterType }: { filterType: number }): void {
    this.#filterType = filterType;
    this.keep({ filterType });
  }

  setEdgeThreshold({ edgeValue }: { edgeValue: number }): void {
    this.#edgeValue = edgeValue;
    this.keep({ edgeValue });
  }
}
