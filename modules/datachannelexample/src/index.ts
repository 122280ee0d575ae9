import { defineModule, gstreamerBin, videoProcessor } from '@rivero/module';
import { declaration } from './declaration.js';

export default defineModule({
  declaration,
  rivero: '^0.1.0',
  elements: {
    KmsShowData: videoProcessor(new URL('./kms-show-data.js', import.meta.url)),
    KmsSendData: gstreamerBin(new URL('./kms-send-data.js', import.meta.url)),
    KmsDetectFaces: gstreamerBin(new URL('./kms-detect-faces.js', import.meta.url)),
    KmsShowFaces: videoProcessor(new URL('./kms-show-faces.js', import.meta.url)),
  },
});
