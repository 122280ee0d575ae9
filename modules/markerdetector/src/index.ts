import { defineModule, videoProcessor } from '@rivero/module';
import { declaration } from './declaration.js';

export default defineModule({
  declaration,
  rivero: '^0.1.0',
  elements: { ArMarkerdetector: videoProcessor(new URL('./ar-markerdetector.js', import.meta.url)) },
});
