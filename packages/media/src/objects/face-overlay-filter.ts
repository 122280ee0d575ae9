import type { ObjectContext, ObjectInit } from './context.js';
import { Filter } from './filter.js';

/** Lays an image over each face (Kurento: FaceOverlayFilter). */
export class FaceOverlayFilter extends Filter {
  #image: Record<string, unknown> | undefined;

  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.creation = this.startInGraph('FaceOverlay').then(() => {});
  }

  async setOverlayedImage(given: Record<string, unknown>): Promise<null> {
    const uri = await this.checkedImage(given.uri);
    if (uri === undefined) return null;
    const params: Record<string, unknown> = { ...given, uri };
    await this.call('setOverlayedImage', params);
    this.#image = params;
    return null;
  }

  async unsetOverlayedImage(): Promise<null> {
    this.#image = undefined;
    await this.call('unsetOverlayedImage');
    return null;
  }

  override graphLost(): void {
    super.graphLost();
    if (this.#image !== undefined) this.call('setOverlayedImage', this.#image).catch(() => {});
  }
}
