import type { ClassDecl, MethodDecl } from '../../declaration.js';
import { speakerProperties } from './speakers.js';

const details = {
  name: 'details',
  type: 'GstreamerDotDetails',
  optional: true,
  doc: 'How much detail to show; SHOW_VERBOSE when left out.',
} as const;

export const getGstreamerDot = {
  name: 'getGstreamerDot',
  params: [details],
  returns: 'String',
  returnDoc: 'The graph in the DOT language of Graphviz.',
  doc: 'Draws what is inside: the elements that process media and how they are linked.',
} as const satisfies MethodDecl;

export const dumpGstreamerDot = {
  name: 'dumpGstreamerDot',
  params: [details],
  doc: 'Writes the same graph as getGstreamerDot to a file on the server.',
} as const satisfies MethodDecl;

export const mediaPipeline = {
  name: 'MediaPipeline',
  extends: 'MediaObject',
  doc: 'The container in which elements and hubs are created and connected. Only elements of the same pipeline can be connected. Releasing a pipeline releases everything in it.',
  example: `const pipeline = await client.create('MediaPipeline');
const endpoint = await pipeline.create('WebRtcEndpoint');
await pipeline.release();`,
  constructorParams: [],
  properties: [
    {
      name: 'latencyStats',
      type: 'boolean',
      default: false,
      doc: 'Whether the elements measure how long media takes through them; the figures appear in getStats.',
    },
    {
      name: 'transcoding',
      type: 'boolean',
      default: true,
      beyond: true,
      doc: 'Whether media that a sink does not accept is decoded and encoded for it. When false, connecting such a sink fails with CONNECT_ERROR, which names both codecs.',
    },
    ...speakerProperties,
  ],
  methods: [getGstreamerDot, dumpGstreamerDot],
  events: ['DominantSpeakerChanged', 'AudioLevels', 'AudioSilence', 'LastNChanged'],
} as const satisfies ClassDecl;

export const hub = {
  name: 'Hub',
  abstract: true,
  extends: 'MediaObject',
  doc: 'A meeting point of any number of elements, which are attached to it through HubPorts. What comes in through one port and goes out through another is up to the kind of hub.',
  methods: [getGstreamerDot, dumpGstreamerDot],
} as const satisfies ClassDecl;

export const hubPort = {
  name: 'HubPort',
  extends: 'MediaElement',
  doc: 'One place in a hub. Media that an element sends to the port goes into the hub; media that the hub assigns to the port comes out of it and is sent on to connected elements.',
  example: `const port = await hub.createHubPort();
await endpoint.connect(port); // into the hub
await port.connect(endpoint); // out of the hub`,
  constructorParams: [{ name: 'hub', type: 'Hub', doc: 'The hub to which the port belongs.' }],
} as const satisfies ClassDecl;
