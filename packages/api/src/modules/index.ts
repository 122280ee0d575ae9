import { core } from './core/index.js';
import { datachannelexample } from './datachannelexample.js';
import { elements } from './elements/index.js';
import { filters } from './filters.js';

/** Kurento's own modules, and those of its extra ones that are not in the folder `modules` yet, in the order of its reference. */
export const builtInModules = [core, elements, filters, datachannelexample] as const;
