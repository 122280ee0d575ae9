import { defineModule, gstreamerBin } from '@rivero/module';
import { declaration } from './declaration.js';

export default defineModule({
  declaration,
  rivero: '^0.1.0',
  elements: { GStreamerExample: gstreamerBin(new URL('./gstreamer-example.js', import.meta.url)) },
});
