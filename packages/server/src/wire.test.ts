import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer } from './test-support/test-client.js';
import { startServer } from './test-support/test-server.js';
import { type Deviation, WireReplay } from './test-support/wire-replay.js';

type Json = Record<string, unknown>;

// The transcripts of the reference server, played against the signaling plane with test workers.

const operation = (name: string) => (request: Json) =>
  (request.params as Json | undefined)?.operation === name;
const line = (number: number) => (request: Json) => request.line === number;
const created =
  (type: string, matches: (params: Json) => boolean = () => true) =>
  ({ method, params }: Json) =>
    method === 'create' &&
    (params as Json).type === type &&
    matches((params as Json).constructorParams as Json);
const code = (expected: number) => (answer: Answer) =>
  assert.equal(answer.error?.code, expected, JSON.stringify(answer));
const value = (expected: unknown) => (answer: Answer) => assert.deepEqual(answer.result?.value, expected);
const list = (answer: Answer) => {
  const items = answer.result?.value;
  assert.ok(
    Array.isArray(items) && items.length > 0 && items.every((item) => item !== ''),
    JSON.stringify(answer),
  );
};

const sessions: Deviation = {
  when: operation('getSessions'),
  why: 'no empty strings; other sessions are those of this run',
  check: list,
};
const wrongClass: Deviation['check'] = code(40107);
const media = (when: Deviation['when']): Deviation => ({ when, why: 'needs a real worker' });

const transcripts: Record<string, Deviation[]> = {
  '01-session': [
    sessions,
    {
      when: ({ line: number, method }) => method === 'connect' && number === 70,
      why: 'the session owned something from an earlier run',
      check: code(40007),
    },
  ],
  '02-shared-objects': [
    { when: operation('getPipelines'), why: 'a pipeline of another run is listed', check: list },
  ],
  '03-protocol-errors': [],
  '04-request-cache': [
    { when: line(9), why: 'another request with the same id is no repetition', check: value('pong') },
    { when: line(11), why: 'another request with the same id is no repetition', check: value('pong') },
    { when: line(16), why: 'another request with the same id is no repetition', check: value('pong') },
  ],
  '05-transactions': [],
  '06-server-manager': [
    sessions,
    {
      when: operation('getInfo'),
      why: 'other versions, more modules',
      check: ({ result }) => {
        const info = result?.value as { modules: { name: string }[] } & Json;
        assert.deepEqual(Object.keys(info), [
          '__module__',
          '__type__',
          'capabilities',
          'modules',
          'type',
          'version',
        ]);
        assert.deepEqual(Object.keys(info.modules[0]!), [
          '__module__',
          '__type__',
          'factories',
          'generationTime',
          'name',
          'version',
        ]);
        assert.deepEqual(
          info.modules.slice(0, 3).map(({ name }) => name),
          ['core', 'elements', 'filters'],
        );
      },
    },
    {
      when: (request) =>
        operation('getUsedCpu')(request) &&
        Object.keys((request.params as Json).operationParams as Json).length === 0,
      why: 'the declared default is used',
      check: ({ result }) => assert.equal(typeof result?.value, 'number'),
    },
  ],
  '10-class-MediaPipeline': [media(operation('getChildren'))],
  '30-errors-create': [
    {
      when: created('WebRtcEndpoint', (params) => String(params?.mediaPipeline).includes('/')),
      why: 'a parent of a wrong class has an error of its own',
      check: wrongClass,
    },
    {
      when: created('HubPort', (params) => params?.hub !== undefined),
      why: 'a parent of a wrong class has an error of its own',
      check: wrongClass,
    },
    media(created('GStreamerFilter', ({ filterType }) => filterType !== 'X')),
    media(
      created(
        'RtpEndpoint',
        ({ crypto }) => (crypto as Json).key === 'x' && (crypto as Json).crypto !== 'NOPE',
      ),
    ),
  ],
  '31-errors-invoke-connect': [
    media(operation('getSourceConnections')),
    media(operation('getSinkConnections')),
  ],
  '33-errors-setters-tags-subscribe-release': [
    media(operation('getMaxVideoSendBandwidth')),
    media(operation('getChildren')),
    media(operation('requestKeyframe')),
  ],
  '34-other-session-uses-object': [sessions],
  '90-crashes': [media(line(38))],
};

describe('recorded transcripts', () => {
  for (const [name, deviations] of Object.entries(transcripts)) {
    test(name, async () => {
      const server = await startServer({ workers: 2 });
      try {
        const replay = new WireReplay(server.url, name, deviations);
        await replay.run();
        assert.ok(replay.compared > 5);
      } finally {
        await server.stop();
      }
    });
  }
});
