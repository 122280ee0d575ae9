import type { ClassDecl } from '../../declaration.js';
import { pinned } from './speakers.js';

export const endpoint = {
  name: 'Endpoint',
  abstract: true,
  extends: 'MediaElement',
  doc: 'An element through which media enters or leaves the pipeline: to the network or to files.',
} as const satisfies ClassDecl;

export const sessionEndpoint = {
  name: 'SessionEndpoint',
  abstract: true,
  extends: 'Endpoint',
  doc: 'An endpoint that holds a media session with a remote side.',
  events: ['MediaSessionTerminated', 'MediaSessionStarted'],
} as const satisfies ClassDecl;

export const uriEndpoint = {
  name: 'UriEndpoint',
  abstract: true,
  extends: 'Endpoint',
  doc: 'An endpoint that reads from or writes to a URI.',
  properties: [
    { name: 'uri', type: 'String', final: true, doc: 'The URI given at construction, as it is.' },
    {
      name: 'state',
      type: 'UriEndpointState',
      readonly: true,
      default: 'STOP',
      doc: 'Whether media is running, paused or stopped.',
    },
  ],
  methods: [
    { name: 'pause', params: [], doc: 'Halts the media; it can be continued later where it halted.' },
    { name: 'stop', params: [], doc: 'Ends the media and lets go of the URI.' },
  ],
  events: ['UriEndpointStateChanged'],
} as const satisfies ClassDecl;

export const sdpEndpoint = {
  name: 'SdpEndpoint',
  abstract: true,
  extends: 'SessionEndpoint',
  doc: 'An endpoint that negotiates its session by SDP offer and answer (RFC 3264): it makes offers, or it answers them. A connected endpoint can be negotiated anew, unless the server is configured otherwise.',
  properties: [
    {
      name: 'maxAudioRecvBandwidth',
      type: 'int',
      default: 0,
      doc: 'Most audio the remote side may send, in kbit/s; announced as b=AS. 0 means no limit. Set it before negotiating.',
    },
    {
      name: 'maxVideoRecvBandwidth',
      type: 'int',
      default: 0,
      doc: 'Most video the remote side may send, in kbit/s; announced as b=AS. 0 means no limit. Set it before negotiating.',
    },
  ],
  methods: [
    {
      name: 'generateOffer',
      params: [
        {
          name: 'options',
          type: 'OfferOptions',
          optional: true,
          doc: 'Which media to offer; audio and video when left out.',
        },
      ],
      returns: 'String',
      returnDoc: 'The offer (SDP).',
      doc: 'Makes an offer for the remote side. While it waits for the answer no other can be made.',
    },
    {
      name: 'processOffer',
      params: [{ name: 'offer', type: 'String', doc: 'The offer of the remote side (SDP).' }],
      returns: 'String',
      returnDoc: 'The answer (SDP).',
      doc: 'Answers an offer of the remote side, the first one or a later one. Not while an offer of generateOffer waits for its answer.',
    },
    {
      name: 'processAnswer',
      params: [{ name: 'answer', type: 'String', doc: 'The answer of the remote side (SDP).' }],
      returns: 'String',
      returnDoc: 'The local description (SDP) as it now stands.',
      doc: 'Takes in the answer to an offer of generateOffer.',
    },
    {
      name: 'getLocalSessionDescriptor',
      params: [],
      returns: 'String',
      returnDoc: 'The local description (SDP), with the candidates found so far.',
      doc: 'Reads the local description; fails before an offer or answer was made.',
    },
    {
      name: 'getRemoteSessionDescriptor',
      params: [],
      returns: 'String',
      returnDoc: 'The remote description (SDP).',
      doc: 'Reads the remote description; fails before one was processed.',
    },
  ],
} as const satisfies ClassDecl;

export const baseRtpEndpoint = {
  name: 'BaseRtpEndpoint',
  abstract: true,
  extends: 'SdpEndpoint',
  doc: 'An endpoint that sends and receives media over RTP, with congestion control by REMB.',
  properties: [
    {
      name: 'minVideoRecvBandwidth',
      type: 'int',
      default: 100,
      doc: 'Lowest bandwidth the remote side is ever asked to reduce its video to, in kbit/s.',
    },
    {
      name: 'minVideoSendBandwidth',
      type: 'int',
      default: 100,
      doc: 'Lowest bandwidth to which sent video is reduced, in kbit/s. Values above maxVideoSendBandwidth are lowered to it.',
    },
    {
      name: 'maxVideoSendBandwidth',
      type: 'int',
      default: 500,
      doc: 'Highest bandwidth for sent video, in kbit/s; 0 means no limit.',
    },
    {
      name: 'mediaState',
      type: 'MediaState',
      readonly: true,
      default: 'DISCONNECTED',
      doc: 'CONNECTED while media arrives from the remote side.',
    },
    {
      name: 'connectionState',
      type: 'ConnectionState',
      readonly: true,
      default: 'DISCONNECTED',
      doc: 'CONNECTED while there is a transport to the remote side.',
    },
    {
      name: 'mtu',
      type: 'int',
      default: 1200,
      doc: 'Largest size of an RTP packet that this endpoint makes itself, in bytes, without IP and UDP headers.',
    },
    {
      name: 'rembParams',
      type: 'RembParams',
      default: {},
      doc: 'Tuning of the bandwidth estimation. Setting replaces the whole set: members left out return to their defaults.',
    },
    {
      name: 'maxSpatialLayer',
      type: 'int',
      default: -1,
      beyond: true,
      doc: 'The largest picture that this endpoint sends of a source with several: encodings of simulcast, or spatial layers, counted from 0, the smallest. -1 sends the best that the receiver can take.',
    },
    {
      name: 'maxTemporalLayer',
      type: 'int',
      default: -1,
      beyond: true,
      doc: 'The most pictures a second that this endpoint sends of a source with temporal layers, counted from 0, the fewest. -1 sends as many as the receiver can take.',
    },
    pinned,
  ],
  methods: [
    {
      name: 'requestKeyframe',
      params: [],
      doc: 'Asks the source of this endpoint for a complete picture now. Must be called on the receiving end of a connection.',
    },
  ],
  events: ['MediaStateChanged', 'ConnectionStateChanged'],
} as const satisfies ClassDecl;
