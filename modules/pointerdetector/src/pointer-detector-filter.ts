import {
  type DeclaredParams,
  type ElementContext,
  type Implements,
  ModuleError,
  type VideoFrame,
  VideoProcessor,
} from '@rivero/module';
import {
  type ColourRange,
  drawDisc,
  drawRectangle,
  loadImage,
  pictureFrom,
  RED,
  type Rectangle,
  type Rgba,
  WHITE,
} from '@rivero/vision';
import type { declaration } from './declaration.js';
import { PointerTracker } from './pointer-tracker.js';
import { PointerWindows } from './windows.js';

type Declaration = typeof declaration;
type Params = DeclaredParams<Declaration, 'PointerDetectorFilter'>;
type WindowParams = Params['windows'][number];

/** Radius of the dot that is drawn where the pointer is, in pixels. */
const DOT = 10;
/** The largest side of a window: more than any picture has. */
const LARGEST = 8192;

/** Follows a pointer of a learnt colour, and tells which window it is in. */
export default class PointerDetectorFilter
  extends VideoProcessor<Declaration, 'PointerDetectorFilter'>
  implements Implements<Declaration, 'PointerDetectorFilter'>
{
  static override readonly format = 'I420';
  readonly #region: Rectangle;
  readonly #tracker: PointerTracker;
  readonly #windows = new PointerWindows();
  /** What clients have asked for, to come back after the process has ended. */
  readonly #wanted = new Map<string, WindowParams>();
  #calibrate = false;

  constructor(context: ElementContext<Params>) {
    super(context);
    const { calibrationRegion, windows: first } = context.params;
    const { topRightCornerX: x, topRightCornerY: y, width, height } = calibrationRegion;
    if (width < 1 || height < 1) {
      throw new ModuleError(`calibrationRegion should have a width and a height, not ${width}x${height}`);
    }
    this.#region = { x, y, width, height };
    const { range, windows = first } = context.kept as {
      range?: ColourRange;
      windows?: readonly WindowParams[];
    };
    this.#tracker = new PointerTracker(range);
    for (const window of windows) {
      checkSize(window);
      this.addWindow({ window }).catch(({ message }: Error) => this.log.warn(message));
    }
  }

  process(frame: VideoFrame): void {
    const picture = pictureFrom(frame);
    if (this.#calibrate) {
      this.#calibrate = false;
      if (this.#tracker.calibrate(picture, this.#region)) this.keep({ range: this.#tracker.range });
      else this.log.warn('the calibration region is outside the picture: no colour was learnt');
    }
    this.#tracker.track(picture);
    const { position } = this.#tracker;
    drawRectangle(picture, this.#region, WHITE);
    // As in Kurento, windows are shown once there is something that can be in them.
    if (this.#tracker.range !== undefined) this.#windows.draw(picture, position);
    if (position === undefined) return;
    drawDisc(picture, position, DOT, RED);
    const change = this.#windows.move(position);
    if (change !== undefined) this.emit(change.event, { windowId: change.windowId });
  }

  async addWindow({ window }: { window: WindowParams }): Promise<void> {
    checkSize(window);
    const { id, upperRightX: x, upperRightY: y, width, height, imageTransparency = 0 } = window;
    this.#wanted.set(id, window);
    this.#keepWindows();
    const place = { id, x, y, width, height, opacity: Math.max(0, Math.min(1, 1 - imageTransparency)) };
    // It counts at once; its images come when they are loaded.
    this.#windows.add(place);
    const [image, activeImage] = await Promise.all([
      this.#imageOf(window.image),
      this.#imageOf(window.activeImage),
    ]);
    if (this.#wanted.get(id) === window) this.#windows.add({ ...place, image, activeImage });
  }

  removeWindow({ windowId }: { windowId: string }): void {
    this.#wanted.delete(windowId);
    this.#windows.remove(windowId);
    this.#keepWindows();
  }

  clearWindows(): void {
    this.#wanted.clear();
    this.#windows.clear();
    this.#keepWindows();
  }

  /** The colour is learnt from the next picture. */
  trackColorFromCalibrationRegion(): void {
    this.#calibrate = true;
  }

  /** Undefined: none, or one that this server does not open for clients. */
  async #imageOf(uri: string | undefined): Promise<Rgba | undefined> {
    if (uri === undefined || uri === '') return undefined;
    const openable = await this.openable(uri);
    if (openable === undefined) return undefined;
    try {
      return await loadImage(openable);
    } catch (error) {
      throw new ModuleError(`The window's image can't be loaded: ${(error as Error).message}`);
    }
  }

  #keepWindows(): void {
    this.keep({ windows: [...this.#wanted.values()] });
  }
}

function checkSize({ width, height }: WindowParams): void {
  if (width >= 1 && height >= 1 && width <= LARGEST && height <= LARGEST) return;
  throw new ModuleError(`A window's sides should be 1 to ${LARGEST} pixels, not ${width}x${height}`);
}
