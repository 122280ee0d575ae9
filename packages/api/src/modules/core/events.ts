import type { EventDecl } from '../../declaration.js';

const mediaType = { name: 'mediaType', type: 'MediaType', doc: 'Kind of media.' } as const;

const connection = [
  { name: 'sink', type: 'MediaElement', doc: 'The element that receives.' },
  mediaType,
  { name: 'sourceMediaDescription', type: 'String', doc: 'Which output of the source.' },
  { name: 'sinkMediaDescription', type: 'String', doc: 'Which input of the sink.' },
] as const;

const flow = [
  { name: 'state', type: 'MediaFlowState', doc: 'The new state.' },
  { name: 'padName', type: 'String', doc: 'Which input or output; "default" for the usual one.' },
  mediaType,
] as const;

export const coreEvents = [
  {
    name: 'RaiseBase',
    members: [
      { name: 'source', type: 'MediaObject', doc: 'The object that emits the event.' },
      {
        name: 'timestampMillis',
        type: 'String',
        doc: 'When it happened, in milliseconds since 1970, as decimal text.',
      },
      {
        name: 'tags',
        type: 'Tag[]',
        doc: 'The tags of the source; empty unless sendTagsInEvents is set.',
      },
    ],
    doc: 'What every event carries.',
  },
  {
    name: 'Error',
    extends: 'RaiseBase',
    members: [
      { name: 'description', type: 'String', doc: 'What went wrong, for people.' },
      { name: 'errorCode', type: 'int', doc: 'Number of the error within its type.' },
      { name: 'type', type: 'String', doc: 'Kind of error, such as INVALID_URI.' },
    ],
    doc: 'Something failed in the object, outside of any request.',
  },
  {
    name: 'MediaSessionTerminated',
    extends: 'Media',
    members: [],
    doc: 'The session with the remote side has ended.',
  },
  {
    name: 'MediaSessionStarted',
    extends: 'Media',
    members: [],
    doc: 'The session with the remote side has been negotiated.',
  },
  {
    name: 'Media',
    extends: 'RaiseBase',
    members: [{ name: 'type', type: 'String', doc: 'Name of the event.' }],
    doc: 'What every event about media carries.',
  },
  {
    name: 'ObjectCreated',
    extends: 'RaiseBase',
    members: [{ name: 'object', type: 'MediaObject', doc: 'The new object.' }],
    doc: 'An object has been created, by any session.',
  },
  {
    name: 'ObjectDestroyed',
    extends: 'RaiseBase',
    members: [{ name: 'objectId', type: 'String', doc: 'Id that the object had.' }],
    doc: 'An object no longer exists. Children come before their parents.',
  },
  {
    name: 'MediaStateChanged',
    extends: 'Media',
    members: [
      { name: 'oldState', type: 'MediaState', doc: 'The state before.' },
      { name: 'newState', type: 'MediaState', doc: 'The state now.' },
    ],
    doc: 'Media from the remote side has begun or ceased to arrive.',
  },
  {
    name: 'ConnectionStateChanged',
    extends: 'Media',
    members: [
      { name: 'oldState', type: 'ConnectionState', doc: 'The state before.' },
      { name: 'newState', type: 'ConnectionState', doc: 'The state now.' },
    ],
    doc: 'The transport to the remote side has come up or gone down.',
  },
  {
    name: 'MediaFlowOutStateChanged',
    extends: 'Media',
    members: flow,
    doc: 'Media has begun or ceased to leave the element.',
  },
  {
    name: 'MediaFlowInStateChanged',
    extends: 'Media',
    members: flow,
    doc: 'Media has begun or ceased to arrive at the element.',
  },
  {
    name: 'MediaTranscodingStateChanged',
    extends: 'Media',
    members: [
      { name: 'state', type: 'MediaTranscodingState', doc: 'The new state.' },
      { name: 'binName', type: 'String', doc: 'Name of the codec stage.' },
      mediaType,
    ],
    doc: 'Transcoding in the element has begun or ended, or is known not to be needed.',
  },
  {
    name: 'ElementConnected',
    extends: 'Media',
    members: connection,
    doc: 'The source of this event now sends media to another element.',
  },
  {
    name: 'ElementDisconnected',
    extends: 'Media',
    members: connection,
    doc: 'The source of this event no longer sends media to another element.',
  },
  {
    name: 'UriEndpointStateChanged',
    extends: 'Media',
    members: [{ name: 'state', type: 'UriEndpointState', doc: 'The new state.' }],
    doc: 'The endpoint has been started, paused or stopped, or its media has ended.',
  },
  {
    name: 'FilterOverloaded',
    extends: 'Media',
    beyond: true,
    members: [
      { name: 'framesIn', type: 'int64', doc: 'Frames that have come in so far.' },
      { name: 'framesDropped', type: 'int64', doc: 'Those that have been left out so far.' },
      { name: 'meanFrameMicros', type: 'int64', doc: 'Mean time for one of them, in microseconds.' },
    ],
    doc: 'The filter is too slow for the frames that come: for two seconds more than a tenth have been left out. Told once until it has kept up for five seconds.',
  },
] as const satisfies readonly EventDecl[];
