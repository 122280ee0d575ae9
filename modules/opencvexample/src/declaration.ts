import type { ModuleDecl } from '@rivero/module';

export const declaration = {
  name: 'opencvexample',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  code: {
    java: {
      packageName: 'org.kurento.module.opencvexample',
      mavenGroupId: 'org.kurento.module',
      mavenArtifactId: 'opencvexample',
    },
    js: { nodeName: 'kurento-module-opencvexample' },
  },
  doc: 'An example of a filter written with OpenCV.',
  classes: [
    {
      name: 'OpenCVExample',
      extends: 'OpenCVFilter',
      doc: 'An example of a filter written with OpenCV: it shows the edges in the picture, or the picture in grey.',
      example: `const edges = await pipeline.create('OpenCVExample');
await edges.setFilterType(0);
await edges.setEdgeThreshold(125);`,
      constructorParams: [
        {
          name: 'mediaPipeline',
          type: 'MediaPipeline',
          doc: 'The pipeline to which the object belongs.',
        },
      ],
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
