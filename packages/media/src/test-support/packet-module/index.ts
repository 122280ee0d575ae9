import { defineModule, type ModuleDecl, packetProcessor } from '@rivero/module';

const constructorParams = [
  { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'The pipeline.' },
  { name: 'does', type: 'String', default: '', doc: 'What to do.' },
] as const;

const declaration = {
  name: 'sorter',
  version: '0.1.0',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  doc: 'For tests.',
  classes: [
    {
      name: 'Sorter',
      extends: 'Filter',
      doc: 'Leaves packets out, puts some in, or does what is wrong.',
      constructorParams,
      methods: [
        { name: 'count', params: [], returns: 'int', doc: 'Packets that have come.' },
        { name: 'show', params: [], returns: 'String', doc: 'The last packet.' },
        { name: 'pid', params: [], returns: 'int', doc: 'Of its process.' },
        { name: 'crash', params: [], doc: 'Ends its process.' },
        {
          name: 'send',
          params: [{ name: 'text', type: 'String', doc: 'The payload.' }],
          returns: 'boolean',
          doc: 'Sends a packet.',
        },
      ],
    },
    { name: 'Watcher', extends: 'Sorter', doc: 'Only looks.', constructorParams },
    { name: 'Sealer', extends: 'Sorter', doc: 'Makes payloads unreadable.', constructorParams },
    { name: 'Opener', extends: 'Sorter', doc: 'Makes them readable again.', constructorParams },
  ],
  complexTypes: [],
  events: [],
} as const satisfies ModuleDecl;
export type Declaration = typeof declaration;

const url = (file: string): URL => new URL(`./${file}.js`, import.meta.url);

/** A module that works with RTP packets. */
export default defineModule({
  declaration,
  rivero: '*',
  elements: {
    Sorter: packetProcessor(url('sorter'), { memoryMegabytes: 32 }),
    Watcher: packetProcessor(url('watcher')),
    Sealer: packetProcessor(url('sealer')),
    Opener: packetProcessor(url('opener')),
  },
});
