// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { CallOptions } from '../objects/scope.js';
import { Filter } from './core.js';

/**
 * An example of a filter written as a GStreamer element: it shows the edges in the picture, or the
 * picture in grey.
 * @example
 * ```js
 * const edges = await pipeline.create('GStreamerExample');
 * await edges.setFilterType(0);
 * await edges.setEdgeThreshold(125);
 * ```
 */
export class GStreamerExample extends Filter {
  static override readonly className: string = 'GStreamerExample';
  declare protected readonly isGStreamerExample: true;

  /**
   * Chooses what the filter does.
   * @param filterType 0 shows edges, 1 shows grey.
   */
  setFilterType(filterType: number, options?: CallOptions): Promise<void> {
    return this.run('setFilterType', { filterType }, options);
  }

  /**
   * Sets how pronounced an edge must be.
   * @param edgeValue Contrast from which on an edge is shown, 0 to 255.
   */
  setEdgeThreshold(edgeValue: number, options?: CallOptions): Promise<void> {
    return this.run('setEdgeThreshold', { edgeValue }, options);
  }
}
