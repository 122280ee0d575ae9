import type { ClassDecl } from '../../declaration.js';
import { dumpGstreamerDot, getGstreamerDot } from './pipeline-and-hub.js';

const connectionFilter = [
  {
    name: 'mediaType',
    type: 'MediaType',
    optional: true,
    doc: 'Only connections of this media type; all when left out.',
  },
  {
    name: 'description',
    type: 'String',
    optional: true,
    doc: 'Only connections with this description on the side of this element; all when left out.',
  },
] as const;

const connectionParams = [
  { name: 'sink', type: 'MediaElement', doc: 'The element that receives. It may be this element itself.' },
  {
    name: 'mediaType',
    type: 'MediaType',
    optional: true,
    doc: 'The media type; AUDIO, VIDEO and DATA when left out.',
  },
  {
    name: 'sourceMediaDescription',
    type: 'String',
    optional: true,
    doc: 'Which of several streams of the source; "default" when left out.',
  },
  {
    name: 'sinkMediaDescription',
    type: 'String',
    optional: true,
    doc: 'Which of several inputs of the sink; "default" when left out.',
  },
] as const;

export const mediaElement = {
  name: 'MediaElement',
  abstract: true,
  extends: 'MediaObject',
  doc: 'A building block of a pipeline with inputs (sinks) and outputs (sources) for audio, video and data. One output can feed any number of inputs; an input has one source per media type and description. Where source and sink do not share a codec, media is transcoded.',
  properties: [
    {
      name: 'encoderBitrate',
      type: 'int',
      default: 300000,
      doc: 'Target bitrate of encoders in this element, in bit/s. Negative values are ignored.',
    },
    {
      name: 'minEncoderBitrate',
      type: 'int',
      default: 0,
      doc: 'Lowest bitrate that encoders in this element may use, in bit/s.',
    },
    {
      name: 'maxEncoderBitrate',
      type: 'int',
      default: 2147483647,
      doc: 'Highest bitrate that encoders in this element may use, in bit/s. A value below minEncoderBitrate is raised to it.',
    },
  ],
  methods: [
    {
      name: 'getSourceConnections',
      params: connectionFilter,
      returns: 'ElementConnectionData[]',
      returnDoc: 'The connections in which this element is the sink.',
      doc: 'Lists the elements that send media to this one.',
    },
    {
      name: 'getSinkConnections',
      params: connectionFilter,
      returns: 'ElementConnectionData[]',
      returnDoc: 'The connections in which this element is the source.',
      doc: 'Lists the elements that receive media from this one.',
    },
    {
      name: 'connect',
      params: connectionParams,
      doc: 'Sends the media of this element to another element of the same pipeline, replacing what fed that input before. May be called while media flows. Fails with CONNECT_ERROR when the pipelines differ.',
    },
    {
      name: 'disconnect',
      params: connectionParams,
      doc: 'Stops sending media to an element. Removing a connection that is not there is no error.',
    },
    {
      name: 'setAudioFormat',
      params: [{ name: 'caps', type: 'AudioCaps', doc: 'Codec and bitrate.' }],
      doc: 'Fixes the format in which this element outputs audio; other input is transcoded to it.',
    },
    {
      name: 'setVideoFormat',
      params: [{ name: 'caps', type: 'VideoCaps', doc: 'Codec and frame rate.' }],
      doc: 'Fixes the format in which this element outputs video; other input is transcoded to it.',
    },
    dumpGstreamerDot,
    getGstreamerDot,
    {
      name: 'getStats',
      params: [
        {
          name: 'mediaType',
          type: 'MediaType',
          optional: true,
          doc: 'Only statistics of this media type; all when left out.',
        },
      ],
      returns: 'Stats<>',
      returnDoc: 'Records by their id; null when there is nothing to report.',
      doc: 'Reads the statistics of the element: of its RTP streams and data channels, of the frames of filters, and of latency when the pipeline measures it.',
    },
    {
      name: 'isMediaFlowingIn',
      params: [
        { name: 'mediaType', type: 'MediaType', doc: 'AUDIO or VIDEO; DATA is refused.' },
        {
          name: 'sinkMediaDescription',
          type: 'String',
          default: 'default',
          doc: 'Which of several inputs; an unknown one gives false.',
        },
      ],
      returns: 'boolean',
      returnDoc: 'True while media arrives.',
      doc: 'Tells whether media arrives at an input.',
    },
    {
      name: 'isMediaFlowingOut',
      params: [
        { name: 'mediaType', type: 'MediaType', doc: 'AUDIO or VIDEO; DATA is refused.' },
        {
          name: 'sourceMediaDescription',
          type: 'String',
          default: 'default',
          doc: 'Which of several outputs; an unknown one gives false.',
        },
      ],
      returns: 'boolean',
      returnDoc: 'True while media leaves.',
      doc: 'Tells whether media leaves an output.',
    },
    {
      name: 'isMediaTranscoding',
      params: [
        { name: 'mediaType', type: 'MediaType', doc: 'AUDIO or VIDEO; DATA is refused.' },
        {
          name: 'binName',
          type: 'String',
          default: 'default',
          doc: 'Which of several codec stages, by the name in MediaTranscodingStateChanged.',
        },
      ],
      returns: 'boolean',
      returnDoc: 'True while media is decoded and encoded again.',
      doc: 'Tells whether media is being transcoded in this element.',
    },
  ],
  events: [
    'ElementConnected',
    'ElementDisconnected',
    'MediaFlowOutStateChanged',
    'MediaFlowInStateChanged',
    'MediaTranscodingStateChanged',
  ],
} as const satisfies ClassDecl;

export const passThrough = {
  name: 'PassThrough',
  extends: 'MediaElement',
  doc: 'Sends on what it receives, unchanged. Useful as a fixed point of a pipeline: many sinks stay connected to it while its source is switched.',
  example: `const stage = await pipeline.create('PassThrough');
for (const viewer of viewers) await stage.connect(viewer);
await presenter.connect(stage); // switch everybody with one call`,
  constructorParams: [
    { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'The pipeline to which the element belongs.' },
  ],
} as const satisfies ClassDecl;

export const filter = {
  name: 'Filter',
  abstract: true,
  extends: 'MediaElement',
  doc: 'An element that changes or analyses the media on its way from input to output. One that is too slow for what comes leaves frames out and delays nothing.',
  events: ['FilterOverloaded'],
} as const satisfies ClassDecl;
