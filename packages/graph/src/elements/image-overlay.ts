import { KurentoError } from '@rivero/api';
import type { GstElement } from '@rivero/graph-engine';
import { type ImageFile, imageOf } from '../image-file.js';
import type { Step } from '../steps.js';
import { FilterElement } from './filter.js';
import { checkPlacement, type Placement, show, within } from './placement.js';

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

/**
 * Lays images over the picture. Methods: addImage { id, uri, placement…, keepAspectRatio, center }, removeImage { id }. An image that
 * can't be had comes as an event `imageFailed { id, message }`.
 */
export class ImageOverlayElement extends FilterElement {
  readonly #overlays = new Map<string, Overlay>();
  #width = 0;
  #height = 0;
  #isClosed = false;

  override readonly methods = {
    addImage: async (params: Record<string, unknown>): Promise<null> => {
      const { id, uri } = params as { id: string; uri: string };
      checkPlacement(params as unknown as Placement);
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
      if (this.#isClosed) {
        await image.remove();
        return null;
      }
      await this.#remove(id);
      const used = new Set([...this.#overlays.values()].map(({ slot }) => slot));
      const slot = this.chain.find((element) => !used.has(element));
      if (slot === undefined) {
        await image.remove();
        throw new KurentoError(
          'NOT_ENOUGH_RESOURCES',
          `There are ${SLOTS} images already, of ${SLOTS} at most`,
        );
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
    this.#isClosed = true;
    await super.close();
    for (const { image } of this.#overlays.values()) await image.remove();
  }
}
