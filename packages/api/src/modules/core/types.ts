import type { ComplexTypeDecl } from '../../declaration.js';

export const coreTypes = [
  {
    kind: 'enum',
    name: 'UriEndpointState',
    values: ['STOP', 'START', 'PAUSE'],
    doc: 'State of an endpoint that plays or records: ended, running or halted.',
  },
  {
    kind: 'register',
    name: 'ServerInfo',
    members: [
      { name: 'version', type: 'String', doc: 'Version of the API the server offers.' },
      { name: 'modules', type: 'ModuleInfo[]', doc: 'The modules that are loaded.' },
      { name: 'type', type: 'ServerType', doc: 'Kind of server.' },
      { name: 'capabilities', type: 'String[]', doc: 'Optional abilities, such as "transactions".' },
    ],
    doc: 'What a server says about itself.',
  },
  {
    kind: 'enum',
    name: 'ServerType',
    values: ['KMS', 'KCS'],
    doc: 'Kind of server: KMS is a media server, KCS a cloud front of several.',
  },
  {
    kind: 'enum',
    name: 'GstreamerDotDetails',
    values: [
      'SHOW_MEDIA_TYPE',
      'SHOW_CAPS_DETAILS',
      'SHOW_NON_DEFAULT_PARAMS',
      'SHOW_STATES',
      'SHOW_FULL_PARAMS',
      'SHOW_ALL',
      'SHOW_VERBOSE',
    ],
    doc: 'Amount of detail in a graph: media types, full formats, changed parameters, states, all parameters, all of these, or all of these at full length.',
  },
  {
    kind: 'register',
    name: 'ModuleInfo',
    members: [
      { name: 'version', type: 'String', doc: 'Version of the module.' },
      { name: 'name', type: 'String', doc: 'Name of the module.' },
      { name: 'generationTime', type: 'String', doc: 'When the module was built.' },
      { name: 'factories', type: 'String[]', doc: 'The classes that can be created.' },
    ],
    doc: 'A module that the server has loaded.',
  },
  {
    kind: 'enum',
    name: 'MediaState',
    values: ['DISCONNECTED', 'CONNECTED'],
    doc: 'Whether media arrives from the remote side.',
  },
  {
    kind: 'enum',
    name: 'MediaFlowState',
    values: ['FLOWING', 'NOT_FLOWING'],
    doc: 'Whether media passes an input or output.',
  },
  {
    kind: 'enum',
    name: 'MediaTranscodingState',
    values: ['TRANSCODING', 'NOT_TRANSCODING'],
    doc: 'Whether media is decoded and encoded again, or passed on as it is.',
  },
  {
    kind: 'enum',
    name: 'ConnectionState',
    values: ['DISCONNECTED', 'CONNECTED'],
    doc: 'Whether there is a transport to the remote side.',
  },
  {
    kind: 'enum',
    name: 'MediaType',
    values: ['AUDIO', 'DATA', 'VIDEO'],
    doc: 'Kind of media: sound, messages of data channels, or picture.',
  },
  {
    kind: 'enum',
    name: 'FilterType',
    values: ['AUDIO', 'AUTODETECT', 'VIDEO'],
    doc: 'Kind of media that a filter works on.',
  },
  {
    kind: 'enum',
    name: 'VideoCodec',
    values: ['H265', 'AV1', 'VP9', 'VP8', 'H264', 'RAW'],
    doc: 'Video codec; RAW is uncompressed.',
  },
  {
    kind: 'enum',
    name: 'AudioCodec',
    values: ['OPUS', 'PCMU', 'PCMA', 'RAW'],
    doc: 'Audio codec; PCMU and PCMA are G.711, RAW is uncompressed.',
  },
  {
    kind: 'register',
    name: 'Fraction',
    members: [
      { name: 'numerator', type: 'int', doc: 'The number above the line.' },
      { name: 'denominator', type: 'int', doc: 'The number below the line, at least 1.' },
    ],
    doc: 'A fraction, such as a frame rate of 30/1.',
  },
  {
    kind: 'register',
    name: 'AudioCaps',
    members: [
      { name: 'codec', type: 'AudioCodec', doc: 'The codec.' },
      { name: 'bitrate', type: 'int', doc: 'Bitrate in bit/s.' },
    ],
    doc: 'A format of audio.',
  },
  {
    kind: 'register',
    name: 'VideoCaps',
    members: [
      { name: 'codec', type: 'VideoCodec', doc: 'The codec.' },
      { name: 'framerate', type: 'Fraction', doc: 'Frames per second.' },
    ],
    doc: 'A format of video.',
  },
  {
    kind: 'register',
    name: 'ElementConnectionData',
    members: [
      { name: 'source', type: 'MediaElement', doc: 'The element that sends.' },
      { name: 'sink', type: 'MediaElement', doc: 'The element that receives.' },
      { name: 'type', type: 'MediaType', doc: 'Kind of media.' },
      { name: 'sourceDescription', type: 'String', doc: 'Which output of the source.' },
      { name: 'sinkDescription', type: 'String', doc: 'Which input of the sink.' },
    ],
    doc: 'A connection between two elements, for one kind of media.',
  },
  {
    kind: 'register',
    name: 'Tag',
    members: [
      { name: 'key', type: 'String', doc: 'Key, unique within the object.' },
      { name: 'value', type: 'String', doc: 'Value.' },
    ],
    doc: 'A label that the application has put on an object.',
  },
  {
    kind: 'register',
    name: 'CodecConfiguration',
    members: [
      { name: 'name', type: 'String', optional: true, doc: 'Name and clock rate, such as "VP8/90000".' },
      { name: 'properties', type: 'String<>', optional: true, doc: 'Parameters of the codec.' },
    ],
    doc: 'A codec with its parameters.',
  },
  {
    kind: 'register',
    name: 'RembParams',
    members: [
      {
        name: 'packetsRecvIntervalTop',
        type: 'int',
        default: 100,
        doc: 'Number of received packets over which losses are counted.',
      },
      {
        name: 'exponentialFactor',
        type: 'float',
        default: 0.04,
        doc: 'Growth of the estimate per interval without losses, as a fraction of itself.',
      },
      {
        name: 'linealFactorMin',
        type: 'int',
        optional: true,
        doc: 'Least growth per interval while growth is linear, in bit/s; packetsRecvIntervalTop when left out.',
      },
      {
        name: 'linealFactorGrade',
        type: 'float',
        default: 30,
        doc: 'Number of steps in which linear growth goes from the last threshold to the last peak.',
      },
      {
        name: 'decrementFactor',
        type: 'float',
        default: 0.5,
        doc: 'By which the estimate is multiplied when too much is lost, 0 to 1.',
      },
      {
        name: 'thresholdFactor',
        type: 'float',
        default: 0.8,
        doc: 'By which the received bitrate is multiplied to get the threshold of linear growth, 0 to 1.',
      },
      {
        name: 'upLosses',
        type: 'int',
        default: 12,
        doc: 'Losses above which the estimate is reduced, in 1/256 (as in RTCP receiver reports).',
      },
      {
        name: 'rembOnConnect',
        type: 'int',
        default: 300000,
        doc: 'The estimate sent when the connection is new, in bit/s.',
      },
    ],
    doc: 'Tuning of the bandwidth estimation for video that is received.',
  },
  {
    kind: 'register',
    name: 'OfferOptions',
    members: [
      { name: 'offerToReceiveAudio', type: 'boolean', default: true, doc: 'Whether to offer audio.' },
      { name: 'offerToReceiveVideo', type: 'boolean', default: true, doc: 'Whether to offer video.' },
    ],
    doc: 'Which media an offer contains.',
  },
] as const satisfies readonly ComplexTypeDecl[];
