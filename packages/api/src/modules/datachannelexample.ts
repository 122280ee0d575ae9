import type { ModuleDecl } from '../declaration.js';
import { moduleCode } from './module-code.js';
import { mediaPipelineParam } from './pipeline-param.js';

export const datachannelexample = {
  name: 'datachannelexample',
  version: '7.3.1',
  kurentoVersion: '^7.0.0',
  imports: ['core', 'elements', 'filters'],
  code: moduleCode('datachannelexample'),
  doc: 'Examples of elements that work with messages of data channels.',
  classes: [
    {
      name: 'KmsShowData',
      extends: 'MediaElement',
      doc: 'Shows the text messages it receives as a caption in the video that passes through.',
      example: `const caption = await pipeline.create('KmsShowData');
await endpoint.connect(caption); // with useDataChannels
await caption.connect(endpoint);`,
      constructorParams: [mediaPipelineParam],
    },
    {
      name: 'KmsSendData',
      extends: 'MediaElement',
      doc: 'Sends a text message at fixed intervals to the elements connected to its data output.',
      example: `const sender = await pipeline.create('KmsSendData');
await sender.connect(endpoint, 'DATA');`,
      constructorParams: [mediaPipelineParam],
    },
    {
      name: 'KmsDetectFaces',
      extends: 'Filter',
      doc: 'Finds faces in the video that passes through and sends their places as messages.',
      example: `const detector = await pipeline.create('KmsDetectFaces');
await camera.connect(detector, 'VIDEO');
await detector.connect(viewer);`,
      constructorParams: [mediaPipelineParam],
    },
    {
      name: 'KmsShowFaces',
      extends: 'Filter',
      doc: 'Marks in the video the faces whose places it receives as messages.',
      example: `const marker = await pipeline.create('KmsShowFaces');
await detector.connect(marker); // picture and places`,
      constructorParams: [mediaPipelineParam],
    },
  ],
  complexTypes: [],
  events: [],
} as const satisfies ModuleDecl;
