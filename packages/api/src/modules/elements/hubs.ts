import type { ClassDecl } from '../../declaration.js';
import { mediaPipelineParam } from '../pipeline-param.js';

export const alphaBlending = {
  name: 'AlphaBlending',
  extends: 'Hub',
  doc: 'Lays the pictures of its ports on top of each other and mixes their sound. One port, the master, sets the size of the picture; the others are placed on it. All ports get the same result.',
  example: `const blending = await pipeline.create('AlphaBlending');
await blending.setMaster(cameraPort, 1);
await blending.setPortProperties(0.5, 0, 2, 0.5, 0.5, logoPort); // upper right quarter`,
  constructorParams: [mediaPipelineParam],
  methods: [
    {
      name: 'setMaster',
      params: [
        { name: 'source', type: 'HubPort', doc: 'The port whose picture sets the size.' },
        { name: 'zOrder', type: 'int', doc: 'Its layer; higher layers cover lower ones.' },
      ],
      doc: 'Chooses the port that gives the background and the size of the picture.',
    },
    {
      name: 'setPortProperties',
      params: [
        {
          name: 'relativeX',
          type: 'float',
          doc: 'Left edge, as a fraction of the width of the master, 0 to 1.',
        },
        {
          name: 'relativeY',
          type: 'float',
          doc: 'Upper edge, as a fraction of the height of the master, 0 to 1.',
        },
        { name: 'zOrder', type: 'int', doc: 'Layer; higher layers cover lower ones.' },
        { name: 'relativeWidth', type: 'float', doc: 'Width, as a fraction of that of the master, 0 to 1.' },
        {
          name: 'relativeHeight',
          type: 'float',
          doc: 'Height, as a fraction of that of the master, 0 to 1.',
        },
        { name: 'port', type: 'HubPort', doc: 'The port to place.' },
      ],
      doc: 'Places the picture of a port on that of the master.',
    },
  ],
} as const satisfies ClassDecl;

export const composite = {
  name: 'Composite',
  extends: 'Hub',
  doc: 'Shows the pictures of all its ports side by side in a grid and mixes their sound. Every port gets the same picture, and the sound of all others. With no input the picture is black.',
  example: `const composite = await pipeline.create('Composite', { width: 1280, height: 720, framerate: 25 });
const port = await composite.createHubPort();
await participant.connect(port);
await port.connect(participant);`,
  constructorParams: [
    mediaPipelineParam,
    { name: 'width', type: 'int', default: 800, doc: 'Width of the picture in pixels.' },
    { name: 'height', type: 'int', default: 600, doc: 'Height of the picture in pixels.' },
    { name: 'framerate', type: 'int', default: 15, doc: 'Frames per second.' },
  ],
  methods: [
    {
      name: 'setLayout',
      beyond: true,
      params: [
        { name: 'layout', type: 'CompositeLayout', doc: 'How the pictures are arranged.' },
        {
          name: 'main',
          type: 'HubPort',
          optional: true,
          doc: 'Whose picture is the large one; left out: that of the first port which has one.',
        },
      ],
      doc: 'Arranges the pictures anew.',
    },
    {
      name: 'setLabel',
      beyond: true,
      params: [
        { name: 'port', type: 'HubPort', doc: 'Whose picture gets the label.' },
        {
          name: 'text',
          type: 'String',
          doc: 'What it says: one line of at most 200 characters, in any script for which the server has a font. Empty: the label is taken away.',
        },
        {
          name: 'position',
          type: 'LabelPosition',
          default: 'BOTTOM_LEFT',
          doc: 'Where it lies on the picture.',
        },
        {
          name: 'size',
          type: 'int',
          default: 0,
          doc: 'Height of the letters in pixels of the composite, from 6 to 500; 0: it follows the size of the picture.',
        },
        { name: 'color', type: 'String', default: '#FFFFFF', doc: 'Colour of the letters, as `#RRGGBB`.' },
        {
          name: 'background',
          type: 'String',
          default: '#000000',
          doc: 'Colour behind the letters, as `#RRGGBB`.',
        },
        {
          name: 'opacity',
          type: 'double',
          default: 1,
          doc: 'From 0 (nothing is to be seen) to 1 (nothing shines through).',
        },
      ],
      doc: 'Writes a text on the picture of a port, such as a name, in place of the one before. A text that is too long for the picture gets smaller letters, then it is cut. Refused where GStreamer lacks rsvgdec (Debian: gstreamer1.0-plugins-bad).',
    },
  ],
} as const satisfies ClassDecl;

export const dispatcher = {
  name: 'Dispatcher',
  extends: 'Hub',
  doc: 'Sends the media of one port to another, for any number of pairs. A port gets from one other port at a time and may feed any number.',
  example: `const dispatcher = await pipeline.create('Dispatcher');
const [from, to] = [await dispatcher.createHubPort(), await dispatcher.createHubPort()];
await dispatcher.connect(from, to);`,
  constructorParams: [mediaPipelineParam],
  methods: [
    {
      name: 'connect',
      params: [
        { name: 'source', type: 'HubPort', doc: 'The port whose media is sent.' },
        { name: 'sink', type: 'HubPort', doc: 'The port that gets it.' },
      ],
      doc: 'Sends audio and video of a port to another, replacing what that one got before.',
    },
  ],
} as const satisfies ClassDecl;

export const dispatcherOneToMany = {
  name: 'DispatcherOneToMany',
  extends: 'Hub',
  doc: 'Sends the media of one chosen port to all ports, also back to the chosen one. The choice may change at any time.',
  example: `const dispatcher = await pipeline.create('DispatcherOneToMany');
const ports = await Promise.all(participants.map(() => dispatcher.createHubPort()));
await dispatcher.setSource(ports[0]); // everybody sees the first participant`,
  constructorParams: [mediaPipelineParam],
  methods: [
    {
      name: 'setSource',
      params: [{ name: 'source', type: 'HubPort', doc: 'The port whose media all ports get.' }],
      doc: 'Chooses the port to send to all.',
    },
    { name: 'removeSource', params: [], doc: 'Stops sending; without a source it does nothing.' },
  ],
} as const satisfies ClassDecl;

const route = [
  { name: 'media', type: 'MediaType', doc: 'AUDIO or VIDEO; DATA is refused.' },
  { name: 'source', type: 'HubPort', doc: 'The port whose media is sent.' },
  { name: 'sink', type: 'HubPort', doc: 'The port that gets it.' },
] as const;

export const mixer = {
  name: 'Mixer',
  extends: 'Hub',
  doc: 'Lets each port choose what it gets: any number of ports mixed for audio, one port for video.',
  example: `const mixer = await pipeline.create('Mixer');
await mixer.connect('AUDIO', alice, carol);
await mixer.connect('AUDIO', bob, carol); // carol hears alice and bob`,
  constructorParams: [mediaPipelineParam],
  methods: [
    {
      name: 'connect',
      params: route,
      doc: 'Adds a port to the sound mixed for another, or sends the video of a port to another.',
    },
    {
      name: 'disconnect',
      params: route,
      doc: 'Takes a port out of the sound mixed for another, or stops sending it video.',
    },
  ],
} as const satisfies ClassDecl;
