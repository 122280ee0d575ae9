import type { ClassDecl } from '../../declaration.js';
import { mediaPipelineParam } from '../pipeline-param.js';

export const httpEndpoint = {
  name: 'HttpEndpoint',
  abstract: true,
  extends: 'SessionEndpoint',
  doc: 'An endpoint that is reached by HTTP at a URL of its own.',
  methods: [
    {
      name: 'getUrl',
      params: [],
      returns: 'String',
      returnDoc: 'The URL at which the endpoint is reached.',
      doc: 'Tells where to send requests.',
    },
  ],
} as const satisfies ClassDecl;

export const httpPostEndpoint = {
  name: 'HttpPostEndpoint',
  extends: 'HttpEndpoint',
  doc: 'Takes in media that is uploaded by HTTP POST, as a file form of a browser sends it, and plays it into the pipeline.',
  example: `const upload = await pipeline.create('HttpPostEndpoint');
await upload.connect(recorder);
console.log(await upload.getUrl()); // POST the file here`,
  constructorParams: [
    mediaPipelineParam,
    {
      name: 'disconnectionTimeout',
      type: 'int',
      default: 2,
      doc: 'Seconds without data after which the session is over.',
    },
    {
      name: 'useEncodedMedia',
      type: 'boolean',
      default: false,
      doc: 'True passes the media on as it was encoded; false decodes it first, which repairs faulty streams.',
    },
  ],
  events: ['EndOfStream'],
} as const satisfies ClassDecl;
