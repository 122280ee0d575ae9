import { defineModule, videoProcessor } from '@rivero/module';
import { declaration } from './declaration.js';

export default defineModule({
  declaration,
  rivero: '^0.1.0',
  elements: { PlateDetectorFilter: videoProcessor(new URL('./plate-detector-filter.js', import.meta.url)) },
});
