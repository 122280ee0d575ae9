import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api } from './api.js';
import type { ModuleDecl } from './declaration.js';
import { KurentoError } from './errors.js';
import { ApiRegistry } from './registry.js';
import { exampleModule } from './testing/example-module.js';
import { DeclarationError } from './type-table.js';

const anyObject = (id: string) => id;

describe('classes', () => {
  it('are found by name and qualified name only', () => {
    assert.equal(api.findClass('WebRtcEndpoint')?.name, 'WebRtcEndpoint');
    assert.equal(api.findClass('kurento.WebRtcEndpoint')?.name, 'WebRtcEndpoint');
    for (const name of ['elements.WebRtcEndpoint', 'core.MediaPipeline', 'webRtcEndpoint', '', '__proto__']) {
      assert.equal(api.findClass(name), undefined, name);
    }
  });

  it('of other namespaces are found by theirs too', () => {
    const larger = api.with(exampleModule);
    for (const name of ['ExampleFilter', 'kurento.ExampleFilter', 'example.ExampleFilter']) {
      assert.equal(larger.findClass(name)?.name, 'ExampleFilter', name);
    }
    assert.equal(larger.describe('ExampleFilter')?.qualifiedType, 'example.ExampleFilter');
  });

  it('can be created unless they are abstract', () => {
    assert.equal(api.creatable('kurento.HubPort')?.name, 'HubPort');
    assert.equal(api.creatable('MediaElement'), undefined);
    assert.equal(api.creatable('ServerManager'), undefined);
    assert.throws(() => api.requireCreatable('MediaElement'), {
      code: 40108,
      message: "Factory 'MediaElement' not found",
    });
  });

  it('know their ancestors', () => {
    assert.deepEqual(api.hierarchy('WebRtcEndpoint'), [
      'BaseRtpEndpoint',
      'SdpEndpoint',
      'SessionEndpoint',
      'Endpoint',
      'MediaElement',
      'MediaObject',
    ]);
    assert.deepEqual(api.hierarchy('NoSuch'), []);
    assert.deepEqual(api.describe('kurento.PassThrough'), {
      type: 'PassThrough',
      qualifiedType: 'kurento.PassThrough',
      hierarchy: ['kurento.MediaElement', 'kurento.MediaObject'],
    });
    assert.ok(api.isSubclass('HubPort', 'MediaElement'));
    assert.ok(api.isSubclass('HubPort', 'HubPort'));
    assert.ok(!api.isSubclass('MediaElement', 'HubPort'));
    assert.ok(!api.isSubclass('NoSuch', 'NoSuch'));
  });

  it('list factories by module, in order of name', () => {
    assert.deepEqual(
      api.moduleSummaries().slice(0, 3),
      [
        ['core', ['HubPort', 'MediaPipeline', 'PassThrough']],
        [
          'elements',
          [
            'AlphaBlending',
            'Composite',
            'Dispatcher',
            'DispatcherOneToMany',
            'HttpPostEndpoint',
            'Mixer',
            'PlayerEndpoint',
            'RecorderEndpoint',
            'RtpEndpoint',
            'WebRtcEndpoint',
          ],
        ],
        ['filters', ['FaceOverlayFilter', 'GStreamerFilter', 'ImageOverlayFilter', 'ZBarFilter']],
      ].map(([name, factories]) => ({ name, version: '7.3.1', factories })),
    );
  });
});

describe('operations', () => {
  it('are getters and setters of properties, inherited ones too', () => {
    const getter = api.resolveOperation('WebRtcEndpoint', 'getICECandidatePairs');
    assert.equal(getter?.kind, 'getter');
    assert.equal(getter?.property, 'ICECandidatePairs');
    assert.equal(getter?.returns, 'IceCandidatePair[]');
    const setter = api.resolveOperation('WebRtcEndpoint', 'setName');
    assert.equal(setter?.kind, 'setter');
    assert.equal(setter?.declaredBy, 'MediaObject');
    assert.deepEqual(api.decodeOperationParams(setter as never, { name: 'x' }, anyObject), { name: 'x' });
  });

  it('have no setter where a property is final or readonly', () => {
    for (const operation of ['setId', 'setChildren', 'setUri', 'setState']) {
      assert.equal(api.resolveOperation('PlayerEndpoint', operation), undefined, operation);
    }
    assert.throws(() => api.requireOperation('PlayerEndpoint', 'setUri', { uri: 'x' }), {
      code: 40008,
      message: "Method 'setUri' with 1 parameters not found",
    });
  });

  it('differ by class', () => {
    assert.equal(api.resolveOperation('Dispatcher', 'connect')?.params.length, 2);
    assert.equal(api.resolveOperation('HubPort', 'connect')?.params.length, 4);
    assert.equal(api.resolveOperation('MediaPipeline', 'connect'), undefined);
    assert.equal(api.resolveOperation('WebRtcEndpoint', 'constructor'), undefined);
  });

  it('take anything when they have no parameters', () => {
    const getName = api.requireOperation('HubPort', 'getName', undefined);
    for (const raw of [undefined, null, [], 'x', 5, { a: 1 }]) {
      assert.deepEqual(api.decodeOperationParams(getName, raw, anyObject), {});
    }
  });

  it('may go without operationParams when all parameters are optional', () => {
    const getUsedCpu = api.requireOperation('ServerManager', 'getUsedCpu', undefined);
    for (const raw of [undefined, null, {}]) {
      assert.deepEqual(api.decodeOperationParams(getUsedCpu, raw, anyObject), { interval: 1000 });
    }
    const connect = api.requireOperation('HubPort', 'connect', undefined);
    for (const [operation, raw] of [
      [getUsedCpu, []],
      [getUsedCpu, 'x'],
      [connect, undefined],
      [connect, null],
    ] as const) {
      assert.throws(() => api.decodeOperationParams(operation, raw, anyObject), {
        code: 40001,
        message: "'operationParams' is required",
      });
    }
  });

  it('never take what an object inherits for a parameter', () => {
    const hostile = JSON.parse('{"__proto__": {"name": "x"}}');
    const setName = api.requireOperation('HubPort', 'setName', hostile);
    assert.throws(() => api.decodeOperationParams(setName, hostile, anyObject), KurentoError);
  });
});

describe('constructors', () => {
  const construct = (className: string, raw: unknown) => {
    try {
      return api.decodeConstructorParams(className, raw, anyObject);
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('need constructorParams when they need anything', () => {
    assert.equal(construct('WebRtcEndpoint', undefined), "'constructorParams' is required");
    assert.equal(construct('WebRtcEndpoint', null), "'mediaPipeline' parameter should be a string");
    for (const raw of [[], 'x', 5]) {
      assert.equal(construct('WebRtcEndpoint', raw), "'constructorParams' should be an object");
      assert.equal(construct('MediaPipeline', raw), "'constructorParams' should be an object");
    }
    for (const raw of [undefined, null, {}, { properties: {}, other: 1 }]) {
      assert.deepEqual(construct('MediaPipeline', raw), {});
    }
  });

  it('fill in defaults', () => {
    assert.deepEqual(construct('Composite', { mediaPipeline: 'p', width: 1280 }), {
      mediaPipeline: 'p',
      width: 1280,
      height: 600,
      framerate: 15,
    });
  });

  it('exist only for known classes', () => {
    assert.equal(construct('NoSuch', {}), "Factory 'NoSuch' not found");
  });
});

describe('events', () => {
  it('are inherited', () => {
    assert.ok(api.supportsEvent('WebRtcEndpoint', 'IceCandidateFound'));
    assert.ok(api.supportsEvent('WebRtcEndpoint', 'Error'));
    assert.ok(!api.supportsEvent('MediaPipeline', 'ElementConnected'));
    assert.ok(!api.supportsEvent('WebRtcEndpoint', 'Media'));
    assert.throws(() => api.requireEvent('WebRtcEndpoint', 'OnIceCandidate'), {
      code: 40106,
      message: "Event 'OnIceCandidate' not supported",
    });
  });

  it('of media carry their name, others do not', () => {
    assert.deepEqual(api.encodeEvent('EndOfStream', { source: 'x', tags: [], timestampMillis: 7 }), {
      source: 'x',
      tags: [],
      timestampMillis: '7',
      type: 'EndOfStream',
    });
    assert.deepEqual(api.encodeEvent('ObjectDestroyed', { objectId: 'x' }), { objectId: 'x' });
    assert.deepEqual(api.encodeEvent('Error', { type: 'INVALID_URI', errorCode: 0 }), {
      type: 'INVALID_URI',
      errorCode: 0,
    });
  });
});

const extra: ModuleDecl = {
  name: 'blur',
  version: '1.0.0',
  kurentoVersion: '^7.1.0',
  imports: ['filters', 'core'],
  doc: 'An extra module.',
  classes: [
    {
      name: 'BlurFilter',
      extends: 'Filter',
      doc: 'Blurs.',
      constructorParams: [
        { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'The pipeline.' },
        { name: 'window', type: 'WindowParam', default: {}, doc: 'Where.' },
        { name: 'weights', type: 'double<>', optional: true, doc: 'How.' },
      ],
      properties: [{ name: 'radius', type: 'int', default: 5, doc: 'Radius.' }],
      events: ['Blurred'],
    },
  ],
  complexTypes: [
    {
      kind: 'register',
      name: 'WindowParam',
      members: [{ name: 'left', type: 'int', default: 1, doc: 'Left.' }],
      doc: 'Its own window.',
    },
  ],
  events: [{ name: 'Blurred', extends: 'Media', members: [], doc: 'Has blurred.' }],
};

describe('extra modules', () => {
  it('extend a registry without changing it', () => {
    const larger = api.with(extra);
    assert.equal(api.findClass('BlurFilter'), undefined);
    assert.equal(larger.describe('blur.BlurFilter')?.hierarchy[0], 'kurento.Filter');
    assert.ok(larger.supportsEvent('BlurFilter', 'ElementConnected'));
    assert.ok(larger.supportsEvent('BlurFilter', 'Blurred'));
    assert.deepEqual(larger.moduleSummaries().at(-1)?.factories, ['BlurFilter']);
    assert.ok(larger.kmd('blur'));
  });

  it('see their own types first', () => {
    const raw = JSON.parse('{"mediaPipeline": "p", "weights": {"a": 1, "__proto__": 2}}');
    const decoded = api.with(extra).decodeConstructorParams('BlurFilter', raw, anyObject);
    assert.deepEqual(decoded.window, { left: 1 });
    assert.deepEqual(Object.entries(decoded.weights as object), [
      ['a', 1],
      ['__proto__', 2],
    ]);
  });

  const filter = extra.classes[0] as ModuleDecl['classes'][number];
  const wrong: [string, Partial<ModuleDecl>, RegExp][] = [
    ['an import that is not loaded', { imports: ['nope'] }, /needs the module 'nope'/],
    ['a type it did not import', { imports: [] }, /unknown type 'MediaPipeline'/],
    ['a class that exists', { classes: [{ ...filter, name: 'HubPort' }] }, /'HubPort' is declared twice/],
    ['an unknown parent', { classes: [{ ...filter, extends: 'Nope' }] }, /unknown class 'Nope'/],
    ['itself as parent', { classes: [{ ...filter, extends: 'BlurFilter' }] }, /extends itself/],
    ['an unknown event', { classes: [{ ...filter, events: ['Nope'] }] }, /unknown event 'Nope'/],
    ['a name that is none', { classes: [{ ...filter, name: '__proto__' }] }, /not a valid name/],
    [
      'an event that exists',
      { events: [{ name: 'Error', members: [], doc: '' }] },
      /'Error' is declared twice/,
    ],
    [
      'an event that extends itself',
      { events: [{ name: 'Blurred', extends: 'Blurred', members: [], doc: '' }] },
      /extends the wrong event/,
    ],
    [
      'a register that extends itself',
      {
        complexTypes: [
          { kind: 'register', name: 'WindowParam', extends: 'WindowParam', members: [], doc: '' },
        ],
      },
      /extends itself/,
    ],
    [
      'a register that extends an enum',
      {
        complexTypes: [{ kind: 'register', name: 'WindowParam', extends: 'MediaType', members: [], doc: '' }],
      },
      /extends an unknown register/,
    ],
  ];
  for (const [what, change, message] of wrong) {
    it(`are refused for ${what}`, () => {
      assert.throws(
        () => api.with({ ...extra, ...change }),
        (error) => error instanceof DeclarationError && message.test(error.message),
      );
    });
  }

  it('are refused when they are there already', () => {
    assert.throws(() => new ApiRegistry([...api.modules, ...api.modules]), DeclarationError);
  });
});
