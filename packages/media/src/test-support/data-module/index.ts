import { defineModule, type ModuleDecl, packetProcessor } from '@rivero/module';

const declaration = {
  name: 'postman',
  version: '0.1.0',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  doc: 'For tests.',
  classes: [
    {
      name: 'Postman',
      extends: 'MediaElement',
      doc: 'Answers messages, and does what is wrong when it is told to.',
      constructorParams: [{ name: 'mediaPipeline', type: 'MediaPipeline', doc: 'The pipeline.' }],
      methods: [{ name: 'count', params: [], returns: 'int', doc: 'Messages that have come.' }],
      events: ['Delivered'],
    },
  ],
  complexTypes: [],
  events: [
    {
      name: 'Delivered',
      extends: 'Media',
      members: [{ name: 'text', type: 'String', doc: 'What.' }],
      doc: 'A message has been delivered.',
    },
  ],
} as const satisfies ModuleDecl;
export type Declaration = typeof declaration;

/** A module that works with messages of data channels. */
export default defineModule({
  declaration,
  rivero: '*',
  elements: {
    Postman: packetProcessor(new URL('./postman.js', import.meta.url)),
  },
});
