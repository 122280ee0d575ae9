import type { ModuleDecl } from '../declaration.js';
import { mediaPipelineParam } from './pipeline-param.js';

const placement = [
  {
    name: 'offsetXPercent',
    type: 'float',
    doc: 'Left edge, as a fraction of the width it is placed on, -100 to 100.',
  },
  {
    name: 'offsetYPercent',
    type: 'float',
    doc: 'Upper edge, as a fraction of the height it is placed on, -100 to 100.',
  },
  { name: 'widthPercent', type: 'float', doc: 'Width, as a fraction of the width it is placed on, 0 to 10.' },
  {
    name: 'heightPercent',
    type: 'float',
    doc: 'Height, as a fraction of the height it is placed on, 0 to 10.',
  },
] as const;

export const filters = {
  name: 'filters',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements'],
  namespace: 'kurento',
  code: {
    java: {
      packageName: 'org.kurento.client',
      mavenGroupId: 'org.kurento',
      mavenArtifactId: 'kurento-client',
    },
    js: { nodeName: 'kurento-client-filters' },
  },
  doc: 'Filters that change or analyse the picture.',
  classes: [
    {
      name: 'FaceOverlayFilter',
      extends: 'Filter',
      doc: 'Finds faces in the picture and lays an image over each of them.',
      example: `const hat = await pipeline.create('FaceOverlayFilter');
await hat.setOverlayedImage('file:///images/hat.png', -0.2, -1.1, 1.6, 1.6); // above the face`,
      constructorParams: [mediaPipelineParam],
      methods: [
        { name: 'unsetOverlayedImage', params: [], doc: 'Removes the image; faces are shown as they are.' },
        {
          name: 'setOverlayedImage',
          params: [
            { name: 'uri', type: 'String', doc: 'URI of the image; a missing file is no error.' },
            ...placement,
          ],
          doc: 'Sets the image, its size and its place relative to the face; offsets may be negative and sizes above 1.',
        },
      ],
    },
    {
      name: 'GStreamerFilter',
      extends: 'Filter',
      doc: 'Puts one GStreamer element with one input and one output of the same kind of media into the pipeline.',
      example: `const flip = await pipeline.create('GStreamerFilter', { command: 'videoflip method=horizontal-flip' });
await flip.setElementProperty('method', 'rotate-180');`,
      constructorParams: [
        mediaPipelineParam,
        {
          name: 'command',
          type: 'String',
          doc: 'Name of the element and its properties, as for gst-launch-1.0.',
        },
        {
          name: 'filterType',
          type: 'FilterType',
          default: 'AUTODETECT',
          doc: 'Kind of media; AUTODETECT takes it from the element.',
        },
      ],
      properties: [
        { name: 'command', type: 'String', readonly: true, doc: 'The command given at construction.' },
      ],
      methods: [
        {
          name: 'setElementProperty',
          params: [
            { name: 'propertyName', type: 'String', doc: 'Name of the property.' },
            { name: 'propertyValue', type: 'String', doc: 'New value as text; an enum takes the nick.' },
          ],
          doc: 'Changes a property of the element while it works. Texts, numbers and enums can be set.',
        },
      ],
    },
    {
      name: 'ImageOverlayFilter',
      extends: 'Filter',
      doc: 'Lays any number of images over the picture.',
      example: `const overlay = await pipeline.create('ImageOverlayFilter');
await overlay.addImage('logo', 'file:///images/logo.png', 0.8, 0.05, 0.15, 0.15, true, false);`,
      constructorParams: [mediaPipelineParam],
      methods: [
        {
          name: 'removeImage',
          params: [{ name: 'id', type: 'String', doc: 'Name of the image.' }],
          doc: 'Removes an image. An unknown name is no error.',
        },
        {
          name: 'addImage',
          params: [
            { name: 'id', type: 'String', doc: 'Name of the image, for removeImage.' },
            { name: 'uri', type: 'String', doc: 'URI of the image; a missing file is no error.' },
            ...placement,
            {
              name: 'keepAspectRatio',
              type: 'boolean',
              doc: 'Whether the image keeps its proportions inside the given size.',
            },
            {
              name: 'center',
              type: 'boolean',
              doc: 'Whether an image smaller than the given size is centred in it.',
            },
          ],
          doc: 'Adds an image, or replaces the one that has this name.',
        },
      ],
    },
    {
      name: 'OpenCVFilter',
      abstract: true,
      extends: 'Filter',
      doc: 'Base of filters that work on single pictures with computer vision.',
    },
    {
      name: 'ZBarFilter',
      extends: 'Filter',
      doc: 'Reads bar codes and QR codes in the picture; each reading comes as CodeFound. The picture itself is not changed.',
      example: `const scanner = await pipeline.create('ZBarFilter');
scanner.on('CodeFound', ({ codeType, value }) => console.log(codeType, value));
await camera.connect(scanner);`,
      constructorParams: [mediaPipelineParam],
      events: ['CodeFound'],
    },
  ],
  complexTypes: [],
  events: [
    {
      name: 'CodeFound',
      extends: 'Media',
      members: [
        { name: 'codeType', type: 'String', doc: 'Kind of code, such as "QR-Code" or "EAN-13".' },
        { name: 'value', type: 'String', doc: 'What the code says.' },
      ],
      doc: 'A code has been read.',
    },
  ],
} as const satisfies ModuleDecl;
