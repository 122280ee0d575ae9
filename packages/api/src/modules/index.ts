import { core } from './core/index.js';
import { elements } from './elements/index.js';
import { filters } from './filters.js';

/** Kurento's own modules, in the order of its reference. Its extra ones are in the folder `modules`. */
export const builtInModules = [core, elements, filters] as const;
