import type { ModuleDecl } from '@rivero/module';

const pipeline = { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'Where it stands.' } as const;
const command = <const Name extends string>(name: Name) =>
  ({ name, params: [], doc: 'Goes wrong.' }) as const;

export const declaration = {
  name: 'broken',
  version: '1.0.0',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'filters'],
  doc: 'For tests.',
  classes: [
    {
      name: 'BrokenFilter',
      extends: 'Filter',
      doc: 'Works until it is told to go wrong.',
      constructorParams: [
        pipeline,
        { name: 'how', type: 'String', default: 'works', doc: 'What goes wrong at once.' },
        { name: 'title', type: 'String', default: 'untitled', doc: 'A text.' },
      ],
      properties: [
        { name: 'title', type: 'String', final: true, doc: 'A text.' },
        { name: 'level', type: 'int', default: 5, doc: 'A number.' },
        { name: 'remembered', type: 'String', readonly: true, doc: 'What it was told to remember.' },
      ],
      methods: [
        command('crash'),
        command('hang'),
        command('spin'),
        command('fail'),
        command('refuse'),
        {
          name: 'remember',
          params: [{ name: 'text', type: 'String', doc: 'What to remember.' }],
          returns: 'int',
          returnDoc: 'The id of the process that it is in.',
          doc: 'Remembers.',
        },
      ],
      events: ['Remembered'],
    },
    { name: 'UnloadableFilter', extends: 'Filter', doc: 'Is not there.', constructorParams: [pipeline] },
  ],
  complexTypes: [],
  events: [
    {
      name: 'Remembered',
      extends: 'Media',
      members: [{ name: 'text', type: 'String', doc: 'What it remembers.' }],
      doc: 'It remembers.',
    },
  ],
} as const satisfies ModuleDecl;
