import type { ModuleDecl } from '@rivero/module';

export const declaration = {
  name: 'markerdetector',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  code: {
    java: {
      packageName: 'org.kurento.module.markerdetector',
      mavenGroupId: 'org.kurento.module',
      mavenArtifactId: 'markerdetector',
    },
    js: { nodeName: 'kurento-module-markerdetector' },
  },
  doc: 'Augmented reality: shows things on printed markers.',
  classes: [
    {
      name: 'ArMarkerdetector',
      extends: 'OpenCVFilter',
      doc: 'Finds printed markers in the picture, lays an image or text over them in perspective, and counts them.',
      example: `const markers = await pipeline.create('ArMarkerdetector');
await markers.setOverlayText('Hello');
markers.on('MarkerCount', ({ markerId, markerCount }) => console.log(markerId, markerCount));`,
      constructorParams: [
        {
          name: 'mediaPipeline',
          type: 'MediaPipeline',
          doc: 'The pipeline to which the object belongs.',
        },
      ],
      methods: [
        {
          name: 'setShowDebugLevel',
          params: [
            { name: 'showDebugLevel', type: 'int', doc: 'How much to draw: 0 nothing, higher values more.' },
          ],
          doc: 'Sets how much of the analysis is drawn into the picture.',
        },
        {
          name: 'getShowDebugLevel',
          params: [],
          returns: 'int',
          returnDoc: 'The level.',
          doc: 'Reads how much of the analysis is drawn into the picture.',
        },
        {
          name: 'setOverlayImage',
          params: [{ name: 'overlayImage', type: 'String', doc: 'URI of the image; none when empty.' }],
          doc: 'Sets the image shown on markers.',
        },
        {
          name: 'getOverlayImage',
          params: [],
          returns: 'String',
          returnDoc: 'URI of the image.',
          doc: 'Reads which image is shown on markers.',
        },
        {
          name: 'setOverlayText',
          params: [{ name: 'overlayText', type: 'String', doc: 'The text; none when empty.' }],
          doc: 'Sets the text shown on markers.',
        },
        {
          name: 'getOverlayText',
          params: [],
          returns: 'String',
          returnDoc: 'The text.',
          doc: 'Reads which text is shown on markers.',
        },
        {
          name: 'setOverlayScale',
          params: [
            {
              name: 'overlayScale',
              type: 'float',
              doc: 'Size as a multiple of that of the marker, above 0.',
            },
          ],
          doc: 'Sets the size of what is shown on markers.',
        },
        {
          name: 'getOverlayScale',
          params: [],
          returns: 'float',
          returnDoc: 'Size as a multiple of that of the marker.',
          doc: 'Reads the size of what is shown on markers.',
        },
      ],
      events: ['MarkerCount'],
    },
  ],
  complexTypes: [],
  events: [
    {
      name: 'MarkerCount',
      extends: 'Media',
      members: [
        { name: 'markerId', type: 'int', doc: 'Number of the marker.' },
        { name: 'markerCount', type: 'int', doc: 'How often it is in the picture.' },
        { name: 'markerCountDiff', type: 'int', doc: 'Change since the last event.' },
      ],
      doc: 'A marker has appeared or disappeared.',
    },
  ],
} as const satisfies ModuleDecl;
