import type { EventDecl } from '../../declaration.js';

const channelId = [{ name: 'channelId', type: 'int', doc: 'Number of the channel.' }] as const;

export const elementsEvents = [
  { name: 'EndOfStream', extends: 'Media', members: [], doc: 'The media has come to its end.' },
  { name: 'Recording', extends: 'Media', members: [], doc: 'Recording has begun or goes on.' },
  { name: 'Paused', extends: 'Media', members: [], doc: 'Recording is halted.' },
  { name: 'Stopped', extends: 'Media', members: [], doc: 'Recording has ended and the file is complete.' },
  {
    name: 'OnKeySoftLimit',
    extends: 'Media',
    members: [{ name: 'mediaType', type: 'MediaType', doc: 'Kind of media.' }],
    doc: 'An SRTP key has nearly been used up and should be replaced soon.',
  },
  {
    name: 'IceCandidateFound',
    extends: 'Media',
    members: [{ name: 'candidate', type: 'IceCandidate', doc: 'The candidate, to be sent to the peer.' }],
    doc: 'A local candidate has been found.',
  },
  {
    name: 'IceGatheringDone',
    extends: 'Media',
    members: [],
    doc: 'All local candidates have been found.',
  },
  {
    name: 'IceComponentStateChanged',
    extends: 'Media',
    members: [
      { name: 'streamId', type: 'int', doc: 'Number of the stream, from 1.' },
      { name: 'componentId', type: 'int', doc: '1 for RTP, 2 for RTCP.' },
      { name: 'state', type: 'IceComponentState', doc: 'The new state.' },
    ],
    doc: 'ICE has made progress, or has failed.',
  },
  {
    name: 'DtlsConnectionStateChange',
    extends: 'Media',
    members: [
      { name: 'streamId', type: 'String', doc: 'Number of the stream.' },
      { name: 'componentId', type: 'String', doc: 'The component and direction.' },
      { name: 'connectionId', type: 'String', doc: 'Name of the connection.' },
      { name: 'state', type: 'DtlsConnectionState', doc: 'The new state.' },
    ],
    doc: 'DTLS has made progress, has failed or was closed.',
  },
  { name: 'DataChannelOpened', extends: 'Media', members: channelId, doc: 'A data channel is open.' },
  { name: 'DataChannelClosed', extends: 'Media', members: channelId, doc: 'A data channel was closed.' },
  {
    name: 'NewCandidatePairSelected',
    extends: 'Media',
    members: [{ name: 'candidatePair', type: 'IceCandidatePair', doc: 'The pair.' }],
    doc: 'Media now takes this pair of candidates.',
  },
] as const satisfies readonly EventDecl[];
