import type { ModuleDecl } from '../declaration.js';

/** A module for tests, with what Kurento's own modules have none of: a float alone, a list of registers, types of its own. */
export const exampleModule = {
  name: 'example',
  version: '1.0.0',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  doc: 'A module for tests.',
  classes: [
    {
      name: 'ExampleFilter',
      extends: 'Filter',
      doc: 'Looks at regions.',
      constructorParams: [
        { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'The pipeline.' },
        { name: 'regions', type: 'ExampleRegion[]', doc: 'Regions.' },
      ],
      methods: [
        { name: 'setShare', params: [{ name: 'share', type: 'float', doc: 'Share.' }], doc: 'Sets it.' },
      ],
    },
  ],
  complexTypes: [
    {
      kind: 'register',
      name: 'ExamplePoint',
      members: [
        { name: 'x', type: 'float', doc: 'From the left.' },
        { name: 'y', type: 'float', doc: 'From the top.' },
      ],
      doc: 'A point.',
    },
    {
      kind: 'register',
      name: 'ExampleConfig',
      members: [
        { name: 'low', type: 'int', default: 10, doc: 'Low.' },
        { name: 'told', type: 'boolean', default: false, doc: 'Told.' },
      ],
      doc: 'What counts.',
    },
    {
      kind: 'register',
      name: 'ExampleRegion',
      members: [
        { name: 'points', type: 'ExamplePoint[]', doc: 'Corners.' },
        { name: 'config', type: 'ExampleConfig', doc: 'What counts.' },
        { name: 'id', type: 'String', doc: 'Its name.' },
      ],
      doc: 'A region.',
    },
  ],
  events: [],
} as const satisfies ModuleDecl;
