import type { ModuleDecl } from '@rivero/module';

const mediaPipeline = {
  name: 'mediaPipeline',
  type: 'MediaPipeline',
  doc: 'The pipeline to which the object belongs.',
} as const;

export const declaration = {
  name: 'datachannelexample',
  version: '7.3.1',
  kurentoVersion: '^7.0.0',
  imports: ['core', 'elements', 'filters'],
  code: {
    java: {
      packageName: 'org.kurento.module.datachannelexample',
      mavenGroupId: 'org.kurento.module',
      mavenArtifactId: 'datachannelexample',
    },
    js: { nodeName: 'kurento-module-datachannelexample' },
  },
  doc: 'Examples of elements that work with messages of data channels.',
  classes: [
    {
      name: 'KmsShowData',
      extends: 'MediaElement',
      doc: 'Shows the last text message that it has got as a caption in the video that passes through. Messages go on, too.',
      example: `const caption = await pipeline.create('KmsShowData');
await endpoint.connect(caption); // with useDataChannels
await caption.connect(endpoint);`,
      constructorParams: [mediaPipeline],
    },
    {
      name: 'KmsSendData',
      extends: 'MediaElement',
      doc: 'Reads bar codes and QR codes in the video that passes through, and sends what each says as a text message: one for each picture that has it.',
      example: `const sender = await pipeline.create('KmsSendData');
await camera.connect(sender, 'VIDEO');
await sender.connect(endpoint, 'DATA'); // with useDataChannels`,
      constructorParams: [mediaPipeline],
    },
    {
      name: 'KmsDetectFaces',
      extends: 'Filter',
      doc: 'Finds faces in the video that passes through and sends their places, in pixels, as messages of JSON: `{"faces":[{"x":80,"y":60,"width":90,"height":90}]}`.',
      example: `const detector = await pipeline.create('KmsDetectFaces');
await camera.connect(detector, 'VIDEO');
await detector.connect(viewer);`,
      constructorParams: [mediaPipeline],
    },
    {
      name: 'KmsShowFaces',
      extends: 'Filter',
      doc: 'Marks in the video the faces whose places it receives as messages, in the form in which KmsDetectFaces sends them.',
      example: `const marker = await pipeline.create('KmsShowFaces');
await detector.connect(marker); // picture and places`,
      constructorParams: [mediaPipeline],
    },
  ],
  complexTypes: [],
  events: [],
} as const satisfies ModuleDecl;
