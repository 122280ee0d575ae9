import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api } from './api.js';
import type { Json } from './declaration.js';

type Obj = Record<string, Json>;
const kmd = (name: string) => api.kmd(name) as Obj;
const named = (list: Json | undefined, name: string) =>
  (list as Obj[]).find((entry) => entry.name === name) as Obj;

/** Keeps the form and drops our texts. */
function withoutDocs(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDocs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'doc')
      .map(([name, member]) => [name, withoutDocs(member as Json)]),
  );
}

describe('kmd', () => {
  it('has a descriptor for each module, and only for these', () => {
    for (const { name } of api.modules) assert.equal(kmd(name).name, name);
    assert.equal(api.kmd('nope'), undefined);
  });

  it('says what the module needs and where its clients are', () => {
    const { version, kurentoVersion, imports, code } = kmd('elements');
    assert.deepEqual(
      { version, kurentoVersion, imports, code },
      {
        version: '7.3.1',
        kurentoVersion: '^7.1.0',
        imports: [
          {
            name: 'core',
            version: '^7.1.0',
            mavenVersion: '[7.1.0,8.0.0-SNAPSHOT)',
            npmVersion: '>=7.1.0 <8.0.0',
          },
        ],
        code: {
          api: {
            java: {
              packageName: 'org.kurento.client',
              mavenGroupId: 'org.kurento',
              mavenArtifactId: 'kurento-client',
              mavenVersion: '7.3.1',
            },
            js: { nodeName: 'kurento-client-elements', npmVersion: '7.3.1' },
          },
        },
      },
    );
    assert.deepEqual(kmd('core').imports, []);
  });

  it('describes classes in Kurento’s form', () => {
    assert.deepEqual(withoutDocs(named(kmd('elements').remoteClasses, 'RtpEndpoint')), {
      name: 'RtpEndpoint',
      extends: 'BaseRtpEndpoint',
      constructor: {
        params: [
          { name: 'mediaPipeline', type: 'MediaPipeline' },
          { name: 'crypto', type: 'SDES', optional: true, defaultValue: {} },
          { name: 'useIpv6', type: 'boolean', optional: true, defaultValue: false },
        ],
      },
      events: ['OnKeySoftLimit'],
    });
    assert.deepEqual(withoutDocs(named(kmd('core').remoteClasses, 'UriEndpoint')), {
      name: 'UriEndpoint',
      abstract: true,
      extends: 'Endpoint',
      properties: [
        { name: 'uri', type: 'String', final: true },
        { name: 'state', type: 'UriEndpointState', readOnly: true },
      ],
      methods: [
        { name: 'pause', params: [] },
        { name: 'stop', params: [] },
      ],
      events: ['UriEndpointStateChanged'],
    });
    const manager = named(kmd('core').remoteClasses, 'ServerManager');
    assert.deepEqual(withoutDocs(named(manager.methods, 'getKmd')), {
      name: 'getKmd',
      params: [{ name: 'moduleName', type: 'String' }],
      return: { type: 'String' },
    });
  });

  it('describes types and events in Kurento’s form', () => {
    const { complexTypes, events } = kmd('core');
    assert.deepEqual(withoutDocs(named(complexTypes, 'MediaType')), {
      typeFormat: 'ENUM',
      name: 'MediaType',
      values: ['AUDIO', 'DATA', 'VIDEO'],
    });
    assert.deepEqual(withoutDocs(named(complexTypes, 'EndpointStats')), {
      typeFormat: 'REGISTER',
      name: 'EndpointStats',
      extends: 'ElementStats',
      properties: [{ name: 'E2ELatency', type: 'MediaLatencyStat[]' }],
    });
    assert.deepEqual(withoutDocs(named(events, 'UriEndpointStateChanged')), {
      name: 'UriEndpointStateChanged',
      extends: 'Media',
      properties: [{ name: 'state', type: 'UriEndpointState' }],
    });
  });

  it('is plain JSON', () => {
    for (const { name } of api.modules) assert.deepEqual(JSON.parse(JSON.stringify(kmd(name))), kmd(name));
  });
});
