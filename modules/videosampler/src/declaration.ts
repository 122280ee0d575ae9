import type { ModuleDecl } from '@rivero/module';

export const declaration = {
  name: 'videosampler',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  code: {
    java: {
      packageName: 'org.kurento.module.videosampler',
      mavenGroupId: 'org.kurento.module',
      mavenArtifactId: 'videosampler',
    },
    js: { nodeName: 'kurento-module-videosampler' },
  },
  doc: 'Single pictures taken from video at fixed intervals.',
  classes: [
    {
      name: 'VideoSampler',
      extends: 'MediaElement',
      doc: 'Takes a picture from its video input at fixed intervals and delivers it to an address.',
      example: `const sampler = await pipeline.create('VideoSampler', {
  framePeriod: 1000,
  imageDeliveryMethod: 'GRPC',
  imageEncoding: 'JPEG',
  endpointUrl: 'analyser.example:5000',
});
await camera.connect(sampler, 'VIDEO');`,
      constructorParams: [
        {
          name: 'mediaPipeline',
          type: 'MediaPipeline',
          doc: 'The pipeline to which the object belongs.',
        },
        { name: 'framePeriod', type: 'int', doc: 'Time between two pictures in milliseconds.' },
        {
          name: 'imageDeliveryMethod',
          type: 'ImageDelivery',
          default: 'NONE',
          doc: 'How pictures are delivered.',
        },
        {
          name: 'height',
          type: 'int',
          default: 0,
          doc: 'Height of the pictures in pixels; 0 keeps that of the video.',
        },
        {
          name: 'width',
          type: 'int',
          default: 0,
          doc: 'Width of the pictures in pixels; 0 keeps that of the video.',
        },
        { name: 'imageEncoding', type: 'ImageEncoding', default: 'PNG', doc: 'Format of the pictures.' },
        { name: 'endpointUrl', type: 'String', default: '', doc: 'Address to which pictures are delivered.' },
        { name: 'metadata', type: 'String', default: '', doc: 'Free text that accompanies each picture.' },
      ],
      events: ['SampleImageDelivered'],
    },
  ],
  complexTypes: [
    {
      kind: 'enum',
      name: 'ImageEncoding',
      values: ['PNG', 'JPEG', 'BMP', 'PBM', 'PPM'],
      doc: 'Format of a picture.',
    },
    {
      kind: 'enum',
      name: 'ImageDelivery',
      values: ['NONE', 'GRPC'],
      doc: 'How a picture is delivered: not at all, or by a gRPC call.',
    },
  ],
  events: [
    {
      name: 'SampleImageDelivered',
      extends: 'Media',
      members: [{ name: 'delivered', type: 'boolean', doc: 'Whether the receiver has accepted it.' }],
      doc: 'A picture has been delivered, or could not be.',
    },
  ],
} as const satisfies ModuleDecl;
