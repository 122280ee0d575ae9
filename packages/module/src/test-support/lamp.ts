import type { ModuleDecl } from '../index.js';

/** A declaration with one of everything, for tests. */
export const lamp = {
  name: 'lamp',
  version: '1.2.3',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  doc: 'A lamp.',
  classes: [
    {
      name: 'Lit',
      abstract: true,
      extends: 'Filter',
      doc: 'What shines.',
      methods: [{ name: 'shine', params: [], returns: 'int', doc: 'Shines.' }],
    },
    {
      name: 'Lamp',
      extends: 'Lit',
      doc: 'A lamp.',
      constructorParams: [
        { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'Where it stands.' },
        { name: 'colour', type: 'Colour', default: 'RED', doc: 'Its colour.' },
        { name: 'note', type: 'String', optional: true, doc: 'A note.' },
      ],
      properties: [
        { name: 'colour', type: 'Colour', final: true, doc: 'Its colour.' },
        { name: 'level', type: 'int', default: 5, doc: 'How bright.' },
        { name: 'hours', type: 'double', readonly: true, doc: 'How long it has shone.' },
      ],
      methods: [
        {
          name: 'flash',
          params: [
            { name: 'times', type: 'int', doc: 'How often.' },
            { name: 'at', type: 'Spot', optional: true, doc: 'Where.' },
          ],
          returns: 'Spot',
          doc: 'Flashes.',
        },
        { name: 'off', params: [], doc: 'Darkness.' },
      ],
      events: ['Flashed'],
    },
  ],
  complexTypes: [
    { kind: 'enum', name: 'Colour', values: ['RED', 'BLUE'], doc: 'Colours.' },
    {
      kind: 'register',
      name: 'Spot',
      members: [
        { name: 'x', type: 'int', doc: 'Pixels.' },
        { name: 'y', type: 'int', default: 0, doc: 'Pixels.' },
      ],
      doc: 'A place.',
    },
  ],
  events: [
    {
      name: 'Flashed',
      extends: 'Media',
      members: [{ name: 'times', type: 'int', doc: 'How often.' }],
      doc: 'It has flashed.',
    },
  ],
} as const satisfies ModuleDecl;
