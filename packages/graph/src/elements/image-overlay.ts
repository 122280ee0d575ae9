import type { GstElement } from '@rivero/graph-engine';
import { type ImageFile, imageOf } from '../image-file.js';
import type { Step } from '../steps.js';
import { FilterElement } from './filter.js';

/** Where an image lies, as fractions of what it is placed on. */
export interface Placement {
  offsetXPercent: number;
  offsetYPercent: number;
  widthPercent: number;
  heightPercent: number;
}

interface Overlay extends Placement {
  uri: string;
  keepAspectRatio: boolean;
  center: boolean;
  image: ImageFile;
  slot: GstElement;
}

/** Images at a time: each has an element that waits for it. */
const SLOTS = 12;
const SLOT: Step = ['gdkpixbufoverlay', { alpha: 0, 'positioning-mode': 'pixels-absolute' }];

/** A rectangle in pixels. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Lays images over the picture. Methods: addImage { id, uri, placement…, keepAspectRatio, center }, removeImage { id }. An image that
 * can't be had comes as an event `imageFailed { id, message }`.
 */
export class ImageOverlayElement extends FilterElement {
  readonly #overlays = new Map<string, Overlay>();
  #width = 0;
  #height = 0;

  override readonly methods = {
    addImage: async (params: Record<string, unknown>): Promise<null> => {
      const { id, uri } = params as { id: string; uri: string };
      let image: ImageFile;
      try {
        image = await imageOf(uri);
      } catch (error) {
        this.host.emit('imageFailed', {
          id,
          message: error instanceof Error ? error.message : String(error),
        });
        return null;
      }
      await this.#remove(id);
      const used = new Set([...this.#overlays.values()].map(({ slot }) => slot));
      const slot = this.chain.find((element) => !used.has(element));
      if (slot === undefined) {
        await image.remove();
        throw new Error(`more than ${SLOTS} images`);
      }
      const overlay: Overlay = { ...(params as unknown as Overlay), image, slot };
      this.#overlays.set(id, overlay);
      slot.set('location', image.path);
      this.#place(overlay);
      return null;
    },
    removeImage: async ({ id }: Record<string, unknown>): Promise<null> => {
      await this.#remove(String(id));
      return null;
    },
  };

  protected override steps(): readonly Step[] {
    return new Array<Step>(SLOTS).fill(SLOT);
  }

  protected override resized(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    for (const overlay of this.#overlays.values()) this.#place(overlay);
  }

  #place(overlay: Overlay): void {
    if (this.#width === 0) return;
    show(overlay.slot, within(overlay, { x: 0, y: 0, width: this.#width, height: this.#height }));
  }

  async #remove(id: string): Promise<void> {
    const overlay = this.#overlays.get(id);
    if (overlay === undefined) return;
    this.#overlays.delete(id);
    overlay.slot.set('alpha', 0);
    await overlay.image.remove();
  }

  override async close(): Promise<void> {
    await super.close();
    for (const { image } of this.#overlays.values()) await image.remove();
  }
}

/** The pixels of an overlay on an area. */
export function within(
  overlay: Placement & {
    keepAspectRatio: boolean;
    center: boolean;
    image: { width: number; height: number };
  },
  area: Rectangle,
): Rectangle {
  const box = {
    x: area.x + overlay.offsetXPercent * area.width,
    y: area.y + overlay.offsetYPercent * area.height,
    width: overlay.widthPercent * area.width,
    height: overlay.heightPercent * area.height,
  };
  if (!overlay.keepAspectRatio) return box;
  const scale = Math.min(box.width / overlay.image.width, box.height / overlay.image.height);
  const [width, height] = [overlay.image.width * scale, overlay.image.height * scale];
  const shift = overlay.center ? 0.5 : 0;
  return { x: box.x + (box.width - width) * shift, y: box.y + (box.height - height) * shift, width, height };
}

/** Has an overlay element show its image there. */
export function show(slot: GstElement, { x, y, width, height }: Rectangle): void {
  slot.set('offset-x', Math.round(x));
  slot.set('offset-y', Math.round(y));
  slot.set('overlay-width', Math.max(1, Math.round(width)));
  slot.set('overlay-height', Math.max(1, Math.round(height)));
  slot.set('alpha', 1);
}
