import type { GraphElementClass } from './element.js';
import { GStreamerFilterElement } from './gstreamer-filter.js';

/** Elements by the name that the worker uses. */
export const ELEMENTS: ReadonlyMap<string, GraphElementClass> = new Map<string, GraphElementClass>([
  ['GStreamerFilter', GStreamerFilterElement],
]);
