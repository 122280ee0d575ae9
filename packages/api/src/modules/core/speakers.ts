// Who speaks in a pipeline, and whose video is shown: none of this is in Kurento.

import type { ComplexTypeDecl, EventDecl, PropertyDecl } from '../../declaration.js';

/** Of MediaPipeline. */
export const speakerProperties = [
  {
    name: 'audioLevelInterval',
    type: 'int',
    default: 1000,
    beyond: true,
    doc: 'Time between two AudioLevels events, in milliseconds, 100 to 60000.',
  },
  {
    name: 'audioLevelThreshold',
    type: 'int',
    default: -50,
    beyond: true,
    doc: 'Level above which audio counts as sound, in dBov, -127 to 0. Quieter sources are not in AudioLevels; when all are quieter, AudioSilence tells.',
  },
  {
    name: 'lastN',
    type: 'int',
    default: -1,
    beyond: true,
    doc: 'Of how many endpoints video is forwarded: those that were the dominant speaker most recently, then those that came first. The video of the others is paused at their viewers, and pinned endpoints are neither paused nor counted. -1 forwards all.',
  },
] as const satisfies readonly PropertyDecl[];

/** Of BaseRtpEndpoint. */
export const pinned = {
  name: 'pinned',
  type: 'boolean',
  default: false,
  beyond: true,
  doc: 'Whether video of this endpoint is forwarded whatever the lastN of the pipeline says: for a shared screen, a lecturer.',
} as const satisfies PropertyDecl;

export const speakerTypes = [
  {
    kind: 'register',
    name: 'AudioLevel',
    beyond: true,
    members: [
      { name: 'endpoint', type: 'MediaElement', doc: 'The endpoint that the audio comes from.' },
      {
        name: 'level',
        type: 'int',
        doc: 'Level of the mean power in the interval, in dBov, -127 to 0 (the loudest).',
      },
      { name: 'peak', type: 'int', doc: 'Highest level in the interval, in dBov.' },
      { name: 'voice', type: 'boolean', doc: 'Whether the sender says that somebody spoke.' },
    ],
    doc: 'How loud the audio of one endpoint is.',
  },
] as const satisfies readonly ComplexTypeDecl[];

/** Of MediaPipeline. */
export const speakerEvents = [
  {
    name: 'DominantSpeakerChanged',
    extends: 'Media',
    beyond: true,
    members: [{ name: 'endpoint', type: 'MediaElement', doc: 'The endpoint whose user speaks.' }],
    doc: 'Somebody else is the dominant speaker. Found from the audio levels that senders report (RFC 6464), with hysteresis, so that coughs and short interjections change nothing. Silence changes nothing either: the last speaker stays.',
  },
  {
    name: 'AudioLevels',
    extends: 'Media',
    beyond: true,
    members: [
      {
        name: 'levels',
        type: 'AudioLevel[]',
        doc: 'The sources above audioLevelThreshold, the loudest first.',
      },
    ],
    doc: 'How loud everybody is, every audioLevelInterval while there is sound and somebody listens to this event.',
  },
  {
    name: 'AudioSilence',
    extends: 'Media',
    beyond: true,
    members: [],
    doc: 'No source was above audioLevelThreshold for an interval. Told once, until there is sound again.',
  },
  {
    name: 'LastNChanged',
    extends: 'Media',
    beyond: true,
    members: [
      { name: 'forwarded', type: 'MediaElement[]', doc: 'Endpoints whose video is forwarded.' },
      { name: 'paused', type: 'MediaElement[]', doc: 'Endpoints whose video is paused at all viewers.' },
    ],
    doc: 'The video of other endpoints than before is forwarded, because of lastN.',
  },
] as const satisfies readonly EventDecl[];
