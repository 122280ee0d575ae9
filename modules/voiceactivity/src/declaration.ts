import type { ModuleDecl } from '@rivero/module';

export const declaration = {
  name: 'voiceactivity',
  version: '0.1.0',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  doc: 'Tells when somebody begins and stops speaking, and shows it in the picture.',
  classes: [
    {
      name: 'VoiceActivityDetector',
      extends: 'Filter',
      doc: 'Tells when somebody begins and stops speaking. The sound passes unchanged and is not delayed. It is judged in pieces of 32 ms on this machine, by the neural network Silero VAD. By DATA connections it also sends text messages: `speaking` when speech begins and once a second while it lasts, `silent` when it ends.',
      example: `const detector = await pipeline.create('VoiceActivityDetector');
detector.on('SpeechStarted', ({ startMillis }) => console.log('speaks since', new Date(startMillis)));
detector.on('SpeechStopped', ({ durationMillis }) => console.log('spoke for', durationMillis, 'ms'));
await camera.connect(detector, 'AUDIO');`,
      constructorParams: [
        { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'The pipeline to which the object belongs.' },
      ],
      properties: [
        {
          name: 'threshold',
          type: 'double',
          default: 0.5,
          doc: 'Probability from which on a piece of sound counts as speech, 0.05 to 0.95. Speech ends below this less 0.15.',
        },
        {
          name: 'minSpeechMillis',
          type: 'int',
          default: 100,
          doc: 'Speech shorter than this is not told, ms, 0 to 10000. SpeechStarted comes so much later than speech begins.',
        },
        {
          name: 'minSilenceMillis',
          type: 'int',
          default: 500,
          doc: 'Pauses shorter than this belong to the speech, ms, 0 to 10000. SpeechStopped comes so much later than speech ends.',
        },
        { name: 'speaking', type: 'boolean', readonly: true, doc: 'Whether somebody is speaking.' },
      ],
      methods: [],
      events: ['SpeechStarted', 'SpeechStopped'],
    },
    {
      name: 'SpeakingIndicator',
      extends: 'Filter',
      doc: 'Draws a border into the video that passes through while a VoiceActivityDetector, whose DATA is connected to it, hears somebody speak. When nothing is heard of the detector for 2.5 s the border goes.',
      example: `const indicator = await pipeline.create('SpeakingIndicator');
await indicator.setColor('#FFC107');
await camera.connect(detector, 'AUDIO');
await camera.connect(indicator, 'VIDEO');
await detector.connect(indicator, 'DATA');
await indicator.connect(viewer, 'VIDEO');
await detector.connect(viewer, 'AUDIO');`,
      constructorParams: [
        { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'The pipeline to which the object belongs.' },
      ],
      properties: [
        {
          name: 'color',
          type: 'String',
          default: '#00E676',
          doc: 'Of the border, as #RRGGBB.',
        },
        {
          name: 'thickness',
          type: 'double',
          default: 2.5,
          doc: 'Of the border, percent of the shorter side of the picture, 0.5 to 25; at least two pixels.',
        },
        { name: 'speaking', type: 'boolean', readonly: true, doc: 'Whether the border is drawn now.' },
      ],
      methods: [],
      events: [],
    },
  ],
  complexTypes: [],
  events: [
    {
      name: 'SpeechStarted',
      extends: 'Media',
      members: [
        { name: 'probability', type: 'double', doc: 'Mean probability of speech since it began, 0 to 1.' },
        { name: 'startMillis', type: 'int64', doc: 'When it began, ms since 1970 (UTC).' },
      ],
      doc: 'Somebody has begun to speak.',
    },
    {
      name: 'SpeechStopped',
      extends: 'Media',
      members: [
        { name: 'probability', type: 'double', doc: 'Mean probability of speech while it lasted, 0 to 1.' },
        { name: 'startMillis', type: 'int64', doc: 'When it began, ms since 1970 (UTC).' },
        { name: 'durationMillis', type: 'int64', doc: 'How long it was, ms, without the silence after it.' },
      ],
      doc: 'Nobody speaks any more, or no sound comes any more.',
    },
  ],
} as const satisfies ModuleDecl;
