import type { ObjectContext, ObjectInit } from './context.js';
import { Filter } from './filter.js';

/** Lays images over the picture (Kurento: ImageOverlayFilter). */
export class ImageOverlayFilter extends Filter {
  /** What a fresh graph process must be given anew. */
  readonly #images = new Map<string, Record<string, unknown>>();

  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.creation = this.startInGraph('ImageOverlay').then(() => {});
  }

  async addImage(given: Record<string, unknown>): Promise<null> {
    const uri = await this.checkedImage(given.uri);
    if (uri === undefined) return null;
    const params: Record<string, unknown> = { ...given, uri };
    await this.call('addImage', params);
    this.#images.set(String(params.id), params);
    return null;
  }

  async removeImage(params: { id: string }): Promise<null> {
    this.#images.delete(params.id);
    await this.call('removeImage', params);
    return null;
  }

  override graphLost(): void {
    super.graphLost();
    for (const params of this.#images.values()) this.call('addImage', params).catch(() => {});
  }
}
