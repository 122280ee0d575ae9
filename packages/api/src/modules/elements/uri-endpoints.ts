import type { ClassDecl } from '../../declaration.js';
import { mediaPipelineParam } from '../pipeline-param.js';

export const playerEndpoint = {
  name: 'PlayerEndpoint',
  extends: 'UriEndpoint',
  doc: 'Plays media from a file, from HTTP or from an RTSP camera into the pipeline. The URI is opened by play; what is wrong with it comes as an Error event.',
  example: `const player = await pipeline.create('PlayerEndpoint', { uri: 'file:///media/film.webm' });
await player.connect(viewer);
player.on('EndOfStream', () => player.release());
await player.play();`,
  constructorParams: [
    mediaPipelineParam,
    { name: 'uri', type: 'String', doc: 'What to play: a file:, http:, https: or rtsp: URI.' },
    {
      name: 'useEncodedMedia',
      type: 'boolean',
      default: false,
      doc: 'True passes the media on as it is encoded; false decodes it first, which repairs faulty streams.',
    },
    {
      name: 'networkCache',
      type: 'int',
      default: 2000,
      doc: 'Buffer against jitter of RTSP sources, in milliseconds. Adds as much latency; 0 for none.',
    },
  ],
  properties: [
    {
      name: 'videoInfo',
      type: 'VideoInfo',
      readonly: true,
      default: { isSeekable: false, seekableInit: 0, seekableEnd: 0, duration: 0 },
      doc: 'Length of the media and whether its position can be set. Known once the state is START.',
    },
    {
      name: 'elementGstreamerDot',
      type: 'String',
      readonly: true,
      doc: 'What is inside the player, in the DOT language of Graphviz.',
    },
    {
      name: 'position',
      type: 'int64',
      default: 0,
      doc: 'Place in the media, in milliseconds from its start. Setting it before the media is loaded fails with PLAYER_SEEK_FAIL.',
    },
  ],
  methods: [{ name: 'play', params: [], doc: 'Starts the media, or continues it after pause.' }],
  events: ['EndOfStream'],
} as const satisfies ClassDecl;

export const recorderEndpoint = {
  name: 'RecorderEndpoint',
  extends: 'UriEndpoint',
  doc: 'Writes the media it receives to a file or to an HTTP server. Recording begins with the first media after record; directories that are missing are created.',
  example: `const recorder = await pipeline.create('RecorderEndpoint', {
  uri: 'file:///recordings/call.webm',
  mediaProfile: 'WEBM',
});
await endpoint.connect(recorder);
await recorder.record();
await recorder.stopAndWait(); // now the file is complete`,
  constructorParams: [
    mediaPipelineParam,
    {
      name: 'uri',
      type: 'String',
      doc: 'Where to write: a file:, http: or https: URI. It is used as it is, no suffix is added. hls: writes nowhere: what is recorded is played by HLS at the URL that getLiveUrl tells.',
    },
    {
      name: 'mediaProfile',
      type: 'MediaProfileSpecType',
      default: 'WEBM',
      doc: 'Container and kinds of media. A profile with both waits for both.',
    },
    {
      name: 'stopOnEndOfStream',
      type: 'boolean',
      default: false,
      doc: 'Whether to stop when the source reports the end of its media.',
    },
  ],
  methods: [
    { name: 'record', params: [], doc: 'Starts recording, or continues it after pause.' },
    {
      name: 'getLiveUrl',
      params: [],
      returns: 'String',
      returnDoc: 'The URL of the playlist. Whoever knows it may play.',
      beyond: true,
      doc: 'Tells where players find the live stream (HLS) of a recorder whose URI is hls:, while it records.',
    },
    {
      name: 'stopAndWait',
      params: [],
      doc: 'Stops recording; the answer comes when the file is complete.',
    },
  ],
  events: ['Recording', 'Paused', 'Stopped'],
} as const satisfies ClassDecl;
