// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { CallOptions } from '../objects/scope.js';
import { Filter } from './core.js';

/** A rectangle in the picture. */
export interface ChromaWindowParam {
  /** Upper right corner: pixels from the left of the picture. */
  readonly topRightCornerX: number;
  /** Upper right corner: pixels from the top of the picture. */
  readonly topRightCornerY: number;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** What can be chosen when a {@link ChromaFilter} is created. */
export interface ChromaFilterParams {
  /** The part of the picture that shows the colour. */
  readonly window: ChromaWindowParam;
  /**
   * URI of the background image; none when empty.
   * Default: `""`.
   */
  readonly backgroundImage?: string | undefined;
}

/**
 * Learns a colour from a part of the first pictures and makes everything of that colour transparent,
 * so that the background image shows through.
 * @example
 * ```js
 * const chroma = await pipeline.create('ChromaFilter', {
 *   window: { topRightCornerX: 5, topRightCornerY: 5, width: 30, height: 30 },
 * });
 * await chroma.setBackground('file:///images/beach.jpg');
 * ```
 */
export class ChromaFilter extends Filter {
  static override readonly className: string = 'ChromaFilter';
  declare protected readonly isChromaFilter: true;

  /**
   * Sets the background image.
   * @param uri URI of the image.
   */
  setBackground(uri: string, options?: CallOptions): Promise<void> {
    return this.run('setBackground', { uri }, options);
  }

  /** Removes the background image. */
  unsetBackground(options?: CallOptions): Promise<void> {
    return this.run('unsetBackground', {}, options);
  }
}
