import { builtInModules } from './modules/index.js';
import { ApiRegistry } from './registry.js';

/** The API of Kurento's own modules. */
export const api: ApiRegistry = new ApiRegistry(builtInModules);
