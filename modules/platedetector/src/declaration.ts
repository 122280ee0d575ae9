import type { ModuleDecl } from '@rivero/module';

export const declaration = {
  name: 'platedetector',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  code: {
    java: {
      packageName: 'org.kurento.module.platedetector',
      mavenGroupId: 'org.kurento.module',
      mavenArtifactId: 'platedetector',
    },
    js: { nodeName: 'kurento-module-platedetector' },
  },
  doc: 'Reads number plates of vehicles.',
  classes: [
    {
      name: 'PlateDetectorFilter',
      extends: 'Filter',
      doc: 'Finds number plates in the picture and reads them; each reading comes as PlateDetected.',
      example: `const plates = await pipeline.create('PlateDetectorFilter');
await plates.setPlateWidthPercentage(0.3);
plates.on('PlateDetected', ({ plate }) => console.log(plate));`,
      constructorParams: [
        {
          name: 'mediaPipeline',
          type: 'MediaPipeline',
          doc: 'The pipeline to which the object belongs.',
        },
      ],
      methods: [
        {
          name: 'setPlateWidthPercentage',
          params: [
            {
              name: 'plateWidthPercentage',
              type: 'float',
              doc: 'Expected width of a plate, as a fraction of the width of the picture, 0 to 1.',
            },
          ],
          doc: 'Says how large plates are, so that they are found more quickly and surely.',
        },
      ],
      events: ['PlateDetected'],
    },
  ],
  complexTypes: [],
  events: [
    {
      name: 'PlateDetected',
      extends: 'Media',
      members: [{ name: 'plate', type: 'String', doc: 'What the plate says.' }],
      doc: 'A number plate has been read.',
    },
  ],
} as const satisfies ModuleDecl;
