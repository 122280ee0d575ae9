import { defineModule, videoProcessor } from '@rivero/module';
import { declaration } from './declaration.js';

export default defineModule({
  declaration,
  rivero: '^0.1.0',
  elements: { OpenCVExample: videoProcessor(new URL('./opencv-example.js', import.meta.url)) },
});
