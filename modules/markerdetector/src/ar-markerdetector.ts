import {
  type ElementContext,
  type Implements,
  ModuleError,
  type VideoFrame,
  VideoProcessor,
} from '@rivero/module';
import { drawPolygon, GREEN, loadImage, pictureFrom, RED, type Rgba } from '@rivero/vision';
import type { declaration } from './declaration.js';
import { MarkerCounts } from './marker-counts.js';
import { MarkerDetector } from './marker-detector.js';
import { drawOverlay, makeOverlay } from './marker-overlay.js';

type Declaration = typeof declaration;

/** Markers that get an overlay in one picture, as in Kurento. */
const MOST = 32;
/** The largest overlay, as a multiple of the marker. */
const LARGEST_SCALE = 20;

/** Lays an image and a text over printed markers, and counts them. */
export default class ArMarkerdetector
  extends VideoProcessor<Declaration, 'ArMarkerdetector'>
  implements Implements<Declaration, 'ArMarkerdetector'>
{
  static override readonly format = 'I420';
  readonly #detector = new MarkerDetector();
  readonly #counts = new MarkerCounts();
  #showDebugLevel = 0;
  #overlayImage = '';
  #overlayText = '';
  #overlayScale = 1;
  #image: Rgba | undefined;
  #overlay: Rgba | undefined;

  constructor(context: ElementContext<{ mediaPipeline: string }>) {
    super(context);
    const { showDebugLevel, overlayImage, overlayText, overlayScale } = context.kept;
    if (typeof showDebugLevel === 'number') this.#showDebugLevel = showDebugLevel;
    if (typeof overlayScale === 'number') this.#overlayScale = overlayScale;
    if (typeof overlayText === 'string') this.setOverlayText({ overlayText });
    if (typeof overlayImage === 'string') {
      this.setOverlayImage({ overlayImage }).catch(({ message }: Error) => this.log.warn(message));
    }
  }

  process(frame: VideoFrame): void {
    const picture = pictureFrom(frame);
    const markers = this.#detector.detect(picture.y);
    for (const { id, count, difference } of this.#counts.add(markers.map((marker) => marker.id))) {
      this.emit('MarkerCount', { markerId: id, markerCount: count, markerCountDiff: difference });
    }
    for (const { corners, tracked } of markers.slice(0, MOST)) {
      if (this.#showDebugLevel > 0) drawPolygon(picture, corners, tracked ? GREEN : RED, 2);
      if (this.#overlay !== undefined) drawOverlay(picture, this.#overlay, corners, this.#overlayScale);
    }
  }

  setShowDebugLevel({ showDebugLevel }: { showDebugLevel: number }): void {
    this.#showDebugLevel = showDebugLevel;
    this.keep({ showDebugLevel });
  }

  getShowDebugLevel(): number {
    return this.#showDebugLevel;
  }

  async setOverlayImage({ overlayImage }: { overlayImage: string }): Promise<void> {
    const before = this.#overlayImage;
    this.#overlayImage = overlayImage;
    let image: Rgba | undefined;
    try {
      if (overlayImage !== '') {
        const openable = await this.openable(overlayImage);
        if (openable === undefined) {
          if (this.#overlayImage === overlayImage) this.#overlayImage = before;
          return;
        }
        image = await loadImage(openable);
      }
    } catch (error) {
      if (this.#overlayImage === overlayImage) this.#overlayImage = before;
      throw new ModuleError(`The overlay image can't be loaded: ${(error as Error).message}`);
    }
    if (this.#overlayImage !== overlayImage) return;
    this.#image = image;
    this.#overlay = makeOverlay(this.#image, this.#overlayText);
    this.keep({ overlayImage });
  }

  getOverlayImage(): string {
    return this.#overlayImage;
  }

  setOverlayText({ overlayText }: { overlayText: string }): void {
    if (overlayText.length > 200) throw new ModuleError('overlayText should have 200 letters at most');
    this.#overlayText = overlayText;
    this.#overlay = makeOverlay(this.#image, overlayText);
    this.keep({ overlayText });
  }

  getOverlayText(): string {
    return this.#overlayText;
  }

  /** As in Kurento, a scale that is none becomes 1. */
  setOverlayScale({ overlayScale }: { overlayScale: number }): void {
    this.#overlayScale = overlayScale > 0 ? Math.min(LARGEST_SCALE, overlayScale) : 1;
    this.keep({ overlayScale: this.#overlayScale });
  }

  getOverlayScale(): number {
    return this.#overlayScale;
  }
}
