import { defineModule, videoProcessor } from '@rivero/module';
import { declaration } from './declaration.js';

export default defineModule({
  declaration,
  rivero: '^0.1.0',
  elements: { VideoSampler: videoProcessor(new URL('./video-sampler.js', import.meta.url)) },
});
