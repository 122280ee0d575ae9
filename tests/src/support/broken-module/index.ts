import { defineModule, gstreamerBin } from '@rivero/module';
import { declaration } from './declaration.js';

/** A module that does everything wrong that a module can, when it is told to. */
export default defineModule({
  declaration,
  rivero: '*',
  elements: {
    BrokenFilter: gstreamerBin(new URL('./broken-filter.js', import.meta.url)),
    UnloadableFilter: gstreamerBin(new URL('./unloadable-filter.js', import.meta.url)),
  },
});
