import type { ModuleDecl } from '@rivero/module';

export const declaration = {
  name: 'chroma',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  code: {
    java: {
      packageName: 'org.kurento.module.chroma',
      mavenGroupId: 'org.kurento.module',
      mavenArtifactId: 'chroma',
    },
    js: { nodeName: 'kurento-module-chroma' },
  },
  doc: 'Replaces a plain background by an image.',
  classes: [
    {
      name: 'ChromaFilter',
      extends: 'Filter',
      doc: 'Learns a colour from a part of the first pictures and makes everything of that colour transparent, so that the background image shows through.',
      example: `const chroma = await pipeline.create('ChromaFilter', {
  window: { topRightCornerX: 5, topRightCornerY: 5, width: 30, height: 30 },
});
await chroma.setBackground('file:///images/beach.jpg');`,
      constructorParams: [
        {
          name: 'mediaPipeline',
          type: 'MediaPipeline',
          doc: 'The pipeline to which the object belongs.',
        },
        { name: 'window', type: 'WindowParam', doc: 'The part of the picture that shows the colour.' },
        {
          name: 'backgroundImage',
          type: 'String',
          default: '',
          doc: 'URI of the background image; none when empty.',
        },
      ],
      methods: [
        {
          name: 'setBackground',
          params: [{ name: 'uri', type: 'String', doc: 'URI of the image.' }],
          doc: 'Sets the background image.',
        },
        { name: 'unsetBackground', params: [], doc: 'Removes the background image.' },
      ],
    },
  ],
  complexTypes: [
    {
      kind: 'register',
      name: 'WindowParam',
      members: [
        {
          name: 'topRightCornerX',
          type: 'int',
          doc: 'Upper right corner: pixels from the left of the picture.',
        },
        {
          name: 'topRightCornerY',
          type: 'int',
          doc: 'Upper right corner: pixels from the top of the picture.',
        },
        { name: 'width', type: 'int', doc: 'Width in pixels.' },
        { name: 'height', type: 'int', doc: 'Height in pixels.' },
      ],
      doc: 'A rectangle in the picture.',
    },
  ],
  events: [],
} as const satisfies ModuleDecl;
