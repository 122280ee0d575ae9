import type { ModuleDecl } from '@rivero/module';

export const declaration = {
  name: 'pointerdetector',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  code: {
    java: {
      packageName: 'org.kurento.module.pointerdetector',
      mavenGroupId: 'org.kurento.module',
      mavenArtifactId: 'pointerdetector',
    },
    js: { nodeName: 'kurento-module-pointerdetector' },
  },
  doc: 'Follows a coloured pointer through the picture.',
  classes: [
    {
      name: 'PointerDetectorFilter',
      extends: 'Filter',
      doc: 'Follows an object of a learnt colour and tells when it enters or leaves windows: buttons that are drawn into the picture.',
      example: `const pointer = await pipeline.create('PointerDetectorFilter', {
  calibrationRegion: { topRightCornerX: 5, topRightCornerY: 5, width: 30, height: 30 },
});
await pointer.addWindow({ id: 'next', height: 50, width: 50, upperRightX: 500, upperRightY: 150 });
await pointer.trackColorFromCalibrationRegion();
pointer.on('WindowIn', ({ windowId }) => console.log(windowId));`,
      constructorParams: [
        {
          name: 'mediaPipeline',
          type: 'MediaPipeline',
          doc: 'The pipeline to which the object belongs.',
        },
        {
          name: 'calibrationRegion',
          type: 'WindowParam',
          doc: 'Where the pointer is held when its colour is learnt.',
        },
        {
          name: 'windows',
          type: 'PointerDetectorWindowMediaParam[]',
          default: [],
          doc: 'The windows to begin with.',
        },
      ],
      methods: [
        {
          name: 'addWindow',
          params: [{ name: 'window', type: 'PointerDetectorWindowMediaParam', doc: 'The window.' }],
          doc: 'Adds a window.',
        },
        { name: 'clearWindows', params: [], doc: 'Removes all windows.' },
        {
          name: 'trackColorFromCalibrationRegion',
          params: [],
          doc: 'Learns the colour that is now in the calibration region and follows it.',
        },
        {
          name: 'removeWindow',
          params: [{ name: 'windowId', type: 'String', doc: 'Id of the window.' }],
          doc: 'Removes a window.',
        },
      ],
      events: ['WindowIn', 'WindowOut'],
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
    {
      kind: 'register',
      name: 'PointerDetectorWindowMediaParam',
      members: [
        { name: 'id', type: 'String', doc: 'Id of the window, given back in events.' },
        { name: 'height', type: 'int', doc: 'Height in pixels.' },
        { name: 'width', type: 'int', doc: 'Width in pixels.' },
        { name: 'upperRightX', type: 'int', doc: 'Upper right corner: pixels from the left of the picture.' },
        { name: 'upperRightY', type: 'int', doc: 'Upper right corner: pixels from the top of the picture.' },
        {
          name: 'activeImage',
          type: 'String',
          optional: true,
          doc: 'URI of the image shown while the pointer is in the window.',
        },
        {
          name: 'imageTransparency',
          type: 'float',
          optional: true,
          doc: 'Transparency of the image, 0 (opaque) to 1.',
        },
        { name: 'image', type: 'String', optional: true, doc: 'URI of the image shown otherwise.' },
      ],
      doc: 'A window: a part of the picture, with images drawn into it.',
    },
  ],
  events: [
    {
      name: 'WindowOut',
      extends: 'Media',
      members: [{ name: 'windowId', type: 'String', doc: 'Id of the window.' }],
      doc: 'The pointer has left a window.',
    },
    {
      name: 'WindowIn',
      extends: 'Media',
      members: [{ name: 'windowId', type: 'String', doc: 'Id of the window.' }],
      doc: 'The pointer has entered a window.',
    },
  ],
} as const satisfies ModuleDecl;
