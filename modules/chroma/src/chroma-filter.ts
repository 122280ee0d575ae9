import {
  type DeclaredParams,
  type ElementContext,
  type Implements,
  ModuleError,
  type VideoFrame,
  VideoProcessor,
} from '@rivero/module';
import { type ColourRange, loadImage, pictureFrom, type Rgba } from '@rivero/vision';
import { ChromaKey } from './chroma-key.js';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

/** Puts an image wherever the colour of a window is. */
export default class ChromaFilter
  extends VideoProcessor<Declaration, 'ChromaFilter'>
  implements Implements<Declaration, 'ChromaFilter'>
{
  static override readonly format = 'I420';
  readonly #key: ChromaKey;
  /** Counts changes of the background: the last one that a client asked for counts, whichever is loaded first. */
  #change = 0;

  constructor(context: ElementContext<DeclaredParams<Declaration, 'ChromaFilter'>>) {
    super(context);
    const { window, backgroundImage } = context.params;
    const { range, background = backgroundImage } = context.kept as {
      range?: ColourRange;
      background?: string;
    };
    const { topRightCornerX: x, topRightCornerY: y, width, height } = window;
    if (width < 1 || height < 1)
      throw new ModuleError(`window should have a width and a height, not ${width}x${height}`);
    this.#key = new ChromaKey({ x, y, width, height }, range);
    if (background === '') return;
    this.setBackground({ uri: background }).catch(({ message }: Error) => this.log.warn(message));
  }

  process(frame: VideoFrame): void {
    const learning = this.#key.learning;
    this.#key.process(pictureFrom(frame));
    if (!learning || this.#key.learning) return;
    const { range } = this.#key;
    if (range === undefined) this.log.warn('the window is outside the picture: no colour was learnt');
    else this.keep({ range });
  }

  async setBackground({ uri }: { uri: string }): Promise<void> {
    const change = ++this.#change;
    const openable = await this.openable(uri);
    if (openable === undefined) return;
    let image: Rgba;
    try {
      image = await loadImage(openable);
    } catch (error) {
      throw new ModuleError(`The background image can't be loaded: ${(error as Error).message}`);
    }
    if (change !== this.#change) return;
    this.#key.background = image;
    this.keep({ background: uri });
  }

  unsetBackground(): void {
    this.#change++;
    this.#key.background = undefined;
    this.keep({ background: '' });
  }
}
