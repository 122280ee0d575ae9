import type { ModuleDecl } from '../declaration.js';
import { moduleCode } from './module-code.js';
import { mediaPipelineParam } from './pipeline-param.js';

export const gstreamerexample = {
  name: 'gstreamerexample',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  code: moduleCode('gstreamerexample'),
  doc: 'An example of a filter written as a GStreamer element.',
  classes: [
    {
      name: 'GStreamerExample',
      extends: 'Filter',
      doc: 'An example of a filter written as a GStreamer element: it shows the edges in the picture, or the picture in grey.',
      example: `const edges = await pipeline.create('GStreamerExample');
await edges.setFilterType(0);
await edges.setEdgeThreshold(125);`,
      constructorParams: [mediaPipelineParam],
      methods: [
        {
          name: 'setFilterType',
          params: [{ name: 'filterType', type: 'int', doc: '0 shows edges, 1 shows grey.' }],
          doc: 'Chooses what the filter does.',
        },
        {
          name: 'setEdgeThreshold',
          params: [
            { name: 'edgeValue', type: 'int', doc: 'Contrast from which on an edge is shown, 0 to 255.' },
          ],
          doc: 'Sets how pronounced an edge must be.',
        },
      ],
    },
  ],
  complexTypes: [],
  events: [],
} as const satisfies ModuleDecl;
