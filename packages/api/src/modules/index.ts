import { chroma } from './chroma.js';
import { core } from './core/index.js';
import { crowddetector } from './crowddetector.js';
import { datachannelexample } from './datachannelexample.js';
import { elements } from './elements/index.js';
import { filters } from './filters.js';
import { gstreamerexample } from './gstreamerexample.js';
import { markerdetector } from './markerdetector.js';
import { opencvexample } from './opencvexample.js';
import { platedetector } from './platedetector.js';
import { pointerdetector } from './pointerdetector.js';
import { videosampler } from './videosampler.js';

/** The modules of Kurento, in the order in which the reference lists them. */
export const builtInModules = [
  core,
  elements,
  filters,
  videosampler,
  chroma,
  crowddetector,
  datachannelexample,
  markerdetector,
  opencvexample,
  gstreamerexample,
  platedetector,
  pointerdetector,
] as const;
