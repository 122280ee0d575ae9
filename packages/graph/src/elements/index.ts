import { AudioMatrixElement } from './audio-matrix.js';
import type { GraphElementClass } from './element.js';
import { FaceOverlayElement } from './face-overlay.js';
import { GStreamerFilterElement } from './gstreamer-filter.js';
import { HttpPostElement } from './http-post.js';
import { ImageOverlayElement } from './image-overlay.js';
import { ModuleElement } from './module.js';
import { PlayerElement } from './player.js';
import { RecorderElement } from './recorder.js';
import { VideoCanvasElement } from './video-canvas.js';
import { ZBarElement } from './zbar.js';

/** Elements by the name that the worker uses. */
export const ELEMENTS: ReadonlyMap<string, GraphElementClass> = new Map<string, GraphElementClass>([
  ['AudioMatrix', AudioMatrixElement],
  ['FaceOverlay', FaceOverlayElement],
  ['GStreamerFilter', GStreamerFilterElement],
  ['HttpPost', HttpPostElement],
  ['Module', ModuleElement],
  ['Player', PlayerElement],
  ['ImageOverlay', ImageOverlayElement],
  ['Recorder', RecorderElement],
  ['VideoCanvas', VideoCanvasElement],
  ['ZBar', ZBarElement],
]);
