import { AudioMatrixElement } from './audio-matrix.js';
import type { GraphElementClass } from './element.js';
import { GStreamerFilterElement } from './gstreamer-filter.js';
import { PlayerElement } from './player.js';
import { RecorderElement } from './recorder.js';
import { VideoCanvasElement } from './video-canvas.js';

/** Elements by the name that the worker uses. */
export const ELEMENTS: ReadonlyMap<string, GraphElementClass> = new Map<string, GraphElementClass>([
  ['AudioMatrix', AudioMatrixElement],
  ['GStreamerFilter', GStreamerFilterElement],
  ['Player', PlayerElement],
  ['Recorder', RecorderElement],
  ['VideoCanvas', VideoCanvasElement],
]);
