import type { ModuleDecl } from '@rivero/module';

const roiId = { name: 'roiId', type: 'String', doc: 'Id of the region.' } as const;

export const declaration = {
  name: 'crowddetector',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  code: {
    java: {
      packageName: 'org.kurento.module.crowddetector',
      mavenGroupId: 'org.kurento.module',
      mavenArtifactId: 'crowddetector',
    },
    js: { nodeName: 'kurento-module-crowddetector' },
  },
  doc: 'Watches how many people are in regions of the picture and how they move.',
  classes: [
    {
      name: 'CrowdDetectorFilter',
      extends: 'Filter',
      doc: 'Measures, for each region of interest, how full it is, how much moves in it and in which direction, and emits an event when a level changes.',
      example: `const crowd = await pipeline.create('CrowdDetectorFilter', {
  rois: [{
    id: 'platform',
    points: [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 1, y: 1 }, { x: 0, y: 1 }],
    regionOfInterestConfig: { occupancyLevelMax: 80 },
  }],
});
crowd.on('CrowdDetectorOccupancy', ({ occupancyLevel }) => console.log(occupancyLevel));`,
      constructorParams: [
        {
          name: 'mediaPipeline',
          type: 'MediaPipeline',
          doc: 'The pipeline to which the object belongs.',
        },
        { name: 'rois', type: 'RegionOfInterest[]', doc: 'The regions to watch.' },
      ],
      properties: [
        {
          name: 'processingWidth',
          type: 'int',
          default: 320,
          doc: 'Width to which pictures are reduced before they are analysed, in pixels.',
        },
      ],
      events: ['CrowdDetectorFluidity', 'CrowdDetectorOccupancy', 'CrowdDetectorDirection'],
    },
  ],
  complexTypes: [
    {
      kind: 'register',
      name: 'RelativePoint',
      members: [
        { name: 'x', type: 'float', doc: 'Distance from the left, as a fraction of the width, 0 to 1.' },
        { name: 'y', type: 'float', doc: 'Distance from the top, as a fraction of the height, 0 to 1.' },
      ],
      doc: 'A point in the picture, whatever its size.',
    },
    {
      kind: 'register',
      name: 'RegionOfInterestConfig',
      members: [
        {
          name: 'occupancyLevelMin',
          type: 'int',
          default: 10,
          doc: 'Occupancy up to this is level 0, in percent.',
        },
        {
          name: 'occupancyLevelMed',
          type: 'int',
          default: 35,
          doc: 'Occupancy up to this is level 1, in percent.',
        },
        {
          name: 'occupancyLevelMax',
          type: 'int',
          default: 65,
          doc: 'Occupancy up to this is level 2, above it level 3, in percent.',
        },
        {
          name: 'occupancyNumFramesToEvent',
          type: 'int',
          default: 5,
          doc: 'Pictures for which an occupancy level must last before the event.',
        },
        {
          name: 'fluidityLevelMin',
          type: 'int',
          default: 10,
          doc: 'Movement up to this is level 0, in percent.',
        },
        {
          name: 'fluidityLevelMed',
          type: 'int',
          default: 35,
          doc: 'Movement up to this is level 1, in percent.',
        },
        {
          name: 'fluidityLevelMax',
          type: 'int',
          default: 65,
          doc: 'Movement up to this is level 2, above it level 3, in percent.',
        },
        {
          name: 'fluidityNumFramesToEvent',
          type: 'int',
          default: 5,
          doc: 'Pictures for which a level of movement must last before the event.',
        },
        {
          name: 'sendOpticalFlowEvent',
          type: 'boolean',
          default: false,
          doc: 'Whether the direction of movement is reported.',
        },
        {
          name: 'opticalFlowNumFramesToEvent',
          type: 'int',
          default: 3,
          doc: 'Pictures for which a direction must last before the event.',
        },
        {
          name: 'opticalFlowNumFramesToReset',
          type: 'int',
          default: 3,
          doc: 'Pictures without movement after which the direction is forgotten.',
        },
        {
          name: 'opticalFlowAngleOffset',
          type: 'int',
          default: 0,
          doc: 'Turn of the axes against which directions are measured, in degrees.',
        },
      ],
      doc: 'Levels and delays of a region.',
    },
    {
      kind: 'register',
      name: 'RegionOfInterest',
      members: [
        { name: 'points', type: 'RelativePoint[]', doc: 'Corners of the region.' },
        { name: 'regionOfInterestConfig', type: 'RegionOfInterestConfig', doc: 'Levels and delays.' },
        { name: 'id', type: 'String', doc: 'Id of the region, given back in events.' },
      ],
      doc: 'A region of the picture to be watched.',
    },
  ],
  events: [
    {
      name: 'CrowdDetectorFluidity',
      extends: 'Media',
      members: [
        {
          name: 'fluidityPercentage',
          type: 'float',
          doc: 'Share of what is in the region that moves, 0 to 100.',
        },
        { name: 'fluidityLevel', type: 'int', doc: 'Level of movement, 0 to 3.' },
        roiId,
      ],
      doc: 'The level of movement in a region has changed.',
    },
    {
      name: 'CrowdDetectorOccupancy',
      extends: 'Media',
      members: [
        {
          name: 'occupancyPercentage',
          type: 'float',
          doc: 'Share of the region that is occupied, 0 to 100.',
        },
        { name: 'occupancyLevel', type: 'int', doc: 'Level of occupancy, 0 to 3.' },
        roiId,
      ],
      doc: 'The level of occupancy of a region has changed.',
    },
    {
      name: 'CrowdDetectorDirection',
      extends: 'Media',
      members: [
        {
          name: 'directionAngle',
          type: 'float',
          doc: 'Direction of movement in degrees: 0 right, 90 up, 180 left, 270 down, as the server of Kurento counts (its reference has left and right the other way), turned by opticalFlowAngleOffset.',
        },
        roiId,
      ],
      doc: 'The direction of movement in a region has changed.',
    },
  ],
} as const satisfies ModuleDecl;
