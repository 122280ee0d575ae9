import { audioProcessor, defineModule, videoProcessor } from '@rivero/module';
import { declaration } from './declaration.js';

export default defineModule({
  declaration,
  rivero: '^0.1.0',
  elements: {
    VoiceActivityDetector: audioProcessor(new URL('./voice-activity-detector.js', import.meta.url)),
    SpeakingIndicator: videoProcessor(new URL('./speaking-indicator.js', import.meta.url)),
  },
});
