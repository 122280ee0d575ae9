import { chroma } from './chroma.js';
import { core } from './core/index.js';
import { crowddetector } from './crowddetector.js';
import { datachannelexample } from './datachannelexample.js';
import { elements } from './elements/index.js';
import { filters } from './filters.js';
import { markerdetector } from './markerdetector.js';
import { platedetector } from './platedetector.js';
import { pointerdetector } from './pointerdetector.js';
import { videosampler } from './videosampler.js';

/** Kurento's own modules, and those of its extra ones that are not in the folder `modules` yet, in the order of its reference. */
export const builtInModules = [
  core,
  elements,
  filters,
  videosampler,
  chroma,
  crowddetector,
  datachannelexample,
  markerdetector,
  platedetector,
  pointerdetector,
] as const;
