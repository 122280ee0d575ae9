import type { ModuleDecl } from '../declaration.js';
import { moduleCode } from './module-code.js';
import { mediaPipelineParam } from './pipeline-param.js';
import { windowParam } from './window-param.js';

export const chroma = {
  name: 'chroma',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  code: moduleCode('chroma'),
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
        mediaPipelineParam,
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
  complexTypes: [windowParam],
  events: [],
} as const satisfies ModuleDecl;
