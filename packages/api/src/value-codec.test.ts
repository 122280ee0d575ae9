import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api as kurento } from './api.js';
import { KurentoError, objectNotFound } from './errors.js';
import { exampleModule } from './testing/example-module.js';
import type { ObjectResolver } from './value-codec.js';

const api = kurento.with(exampleModule);

const anyObject: ObjectResolver = (id) => id;

/** Decodes one parameter of an operation; an error comes back as its text. */
function decode(className: string, operation: string, raw: unknown, resolve = anyObject): unknown {
  try {
    return api.decodeOperationParams(api.requireOperation(className, operation, raw), raw, resolve);
  } catch (error) {
    assert.ok(error instanceof KurentoError, String(error));
    assert.equal(error.type, 'MARSHALL_ERROR');
    return error.message;
  }
}

describe('conversion of values in requests', () => {
  const table: [string, string, unknown, unknown][] = [
    // class.operation, parameter, given, expected
    ['PassThrough.setName', 'name', 5, '5'],
    ['PassThrough.setName', 'name', 1.5, '1.5'],
    ['PassThrough.setName', 'name', null, ''],
    ['PassThrough.setName', 'name', true, 'true'],
    ['PassThrough.setName', 'name', {}, "'name' parameter should be a string"],
    ['PassThrough.setName', 'name', [], "'name' parameter should be a string"],
    ['PassThrough.setEncoderBitrate', 'encoderBitrate', 1.7, 1],
    ['PassThrough.setEncoderBitrate', 'encoderBitrate', -1.7, -1],
    ['PassThrough.setEncoderBitrate', 'encoderBitrate', -0.5, 0],
    ['PassThrough.setEncoderBitrate', 'encoderBitrate', 2147483647, 2147483647],
    ['PassThrough.setEncoderBitrate', 'encoderBitrate', -2147483648, -2147483648],
    [
      'PassThrough.setEncoderBitrate',
      'encoderBitrate',
      '5',
      "'encoderBitrate' parameter should be a integer",
    ],
    [
      'PassThrough.setEncoderBitrate',
      'encoderBitrate',
      2147483648,
      "'encoderBitrate' parameter should be a integer",
    ],
    ['PlayerEndpoint.setPosition', 'position', 99999999999, 99999999999],
    ['PlayerEndpoint.setPosition', 'position', 1e19, "'position' parameter should be a int64"],
    ['PlayerEndpoint.setPosition', 'position', 'x', "'position' parameter should be a int64"],
    ['ExampleFilter.setShare', 'share', 1, 1],
    ['ExampleFilter.setShare', 'share', 0.1, 0.1],
    ['ExampleFilter.setShare', 'share', 1e39, "'share' parameter should be a double"],
    ['ExampleFilter.setShare', 'share', '0.1', "'share' parameter should be a double"],
    ['WebRtcEndpoint.setIceTcp', 'iceTcp', 1, true],
    ['WebRtcEndpoint.setIceTcp', 'iceTcp', 0, false],
    ['WebRtcEndpoint.setIceTcp', 'iceTcp', null, false],
    ['WebRtcEndpoint.setIceTcp', 'iceTcp', 'true', "'iceTcp' parameter should be a boolean"],
    ['PassThrough.getStats', 'mediaType', 'AUDIO', 'AUDIO'],
    ['PassThrough.getStats', 'mediaType', 'audio', "Invalid value for 'MediaType'"],
    ['PassThrough.getStats', 'mediaType', null, "Invalid value for 'MediaType'"],
    ['PassThrough.getStats', 'mediaType', 1, "Invalid value for 'MediaType'"],
    ['PassThrough.getStats', 'mediaType', {}, "'mediaType' parameter should be a string"],
    ['PassThrough.setVideoFormat', 'caps', 'VP8', "'caps' parameter should be a object"],
    ['PassThrough.setVideoFormat', 'caps', [], "'caps' parameter should be a object"],
    ['PassThrough.setVideoFormat', 'caps', {}, "'codec' property should be a string"],
    ['PassThrough.setVideoFormat', 'caps', { codec: 'VP8' }, "'framerate' property should be a object"],
    [
      'PassThrough.setVideoFormat',
      'caps',
      { codec: 'VP8', framerate: { numerator: 1, denominator: '1' } },
      "'denominator' property should be a integer",
    ],
  ];

  for (const [target, name, given, expected] of table) {
    it(`${target}: ${JSON.stringify(given)} → ${JSON.stringify(expected)}`, () => {
      const [className, operation] = target.split('.') as [string, string];
      const result = decode(className, operation, { [name]: given });
      assert.deepEqual(result, typeof result === 'string' ? expected : { [name]: expected });
    });
  }

  it('refuses numbers that JSON.parse could not hold', () => {
    assert.equal(
      decode('PlayerEndpoint', 'setPosition', { position: Number.POSITIVE_INFINITY }),
      "'position' parameter should be a int64",
    );
  });

  it('takes registers with and without hints, and leaves the hints out', () => {
    const candidate = { candidate: 'c', sdpMid: 'audio0', sdpMLineIndex: 0 };
    for (const given of [candidate, { __module__: 'kurento', __type__: 'IceCandidate', ...candidate }]) {
      assert.deepEqual(decode('WebRtcEndpoint', 'addIceCandidate', { candidate: given }), { candidate });
    }
    for (const __type__ of ['Tag', 5, '__proto__']) {
      const given = { ...candidate, __type__, __module__: null };
      assert.deepEqual(decode('WebRtcEndpoint', 'addIceCandidate', { candidate: given }), { candidate });
    }
  });

  it('fills in defaults of registers, and leaves optional members out', () => {
    assert.deepEqual(decode('WebRtcEndpoint', 'setRembParams', { rembParams: { upLosses: 5 } }), {
      rembParams: {
        packetsRecvIntervalTop: 100,
        exponentialFactor: 0.04,
        linealFactorGrade: 30,
        decrementFactor: 0.5,
        thresholdFactor: 0.8,
        upLosses: 5,
        rembOnConnect: 300000,
      },
    });
  });

  it('takes lists of registers, and says which element is wrong', () => {
    const create = (regions: unknown) => {
      try {
        return api.decodeConstructorParams('ExampleFilter', { mediaPipeline: 'p', regions }, anyObject);
      } catch (error) {
        return (error as Error).message;
      }
    };
    const region = { points: [{ x: 0, y: 0.5 }], config: {}, id: 'a' };
    const decoded = create([region]) as { regions: { config: object; points: object[] }[] };
    assert.deepEqual(decoded.regions[0]?.points, [{ x: 0, y: 0.5 }]);
    assert.equal(Object.keys(decoded.regions[0]?.config ?? {}).length, 2);
    assert.deepEqual(create(null), { mediaPipeline: 'p', regions: [] });
    assert.equal(create({}), "'regions' parameter should be a list");
    assert.equal(create([region, 5]), "'regions[1]' parameter should be a object");
  });

  it('gives each object defaults of its own', () => {
    const make = () => api.decodeConstructorParams('RtpEndpoint', { mediaPipeline: 'p' }, anyObject);
    assert.deepEqual(make(), { mediaPipeline: 'p', crypto: {}, useIpv6: false });
    assert.notEqual(make().crypto, make().crypto);
  });

  it('resolves objects in the order of declaration, ids as text', () => {
    const asked: string[] = [];
    const resolve: ObjectResolver = (id, className) => {
      asked.push(`${id} ${className}`);
      if (id === '4') throw objectNotFound(id);
      return id;
    };
    const connect = api.requireOperation('Mixer', 'connect', {});
    const params = { sink: 4, source: 'a', media: 'AUDIO' };
    assert.throws(() => api.decodeOperationParams(connect, params, resolve), {
      message: "Object '4' not found",
    });
    assert.deepEqual(asked, ['a HubPort', '4 HubPort']);
  });
});

describe('conversion of values in answers', () => {
  it('rounds floats to 32 bits and leaves doubles alone', () => {
    assert.equal(api.encodeValue('float', 0.04), 0.03999999910593033);
    assert.equal(api.encodeValue('double', 0.04), 0.04);
    assert.equal(api.encodeValue('float', Number.NaN), null);
    assert.equal(api.encodeValue('int', 1.7), 1);
  });

  it('adds hints, drops what is not declared, leaves out what is undefined', () => {
    assert.deepEqual(api.encodeValue('Tag[]', [{ key: 'a', value: 'b', secret: 1 }]), [
      { __module__: 'kurento', __type__: 'Tag', key: 'a', value: 'b' },
    ]);
    assert.deepEqual(api.encodeValue('RembParams', { upLosses: undefined }), {
      __module__: 'kurento',
      __type__: 'RembParams',
    });
    assert.deepEqual(api.encodeValue('ExampleConfig', {}), {
      __module__: 'example',
      __type__: 'ExampleConfig',
    });
  });

  it('writes a subtype that is named', () => {
    const stats = {
      __type__: 'ElementStats',
      id: 'x',
      type: 'element',
      timestampMillis: 1,
      inputLatency: [],
    };
    assert.deepEqual(api.encodeValue('Stats<>', { x: stats }), { x: { __module__: 'kurento', ...stats } });
    assert.deepEqual(api.encodeValue('Stats', { ...stats, __type__: 'Tag' }), {
      __module__: 'kurento',
      __type__: 'Stats',
      id: 'x',
      type: 'element',
      timestampMillis: 1,
    });
  });

  it('writes nothing as null, and an empty map too', () => {
    assert.equal(api.encodeValue(undefined, 'x'), null);
    assert.equal(api.encodeValue('String', undefined), null);
    assert.equal(api.encodeValue('MediaObject', null), null);
    assert.equal(api.encodeValue('Stats<>', {}), null);
    assert.deepEqual(api.encodeValue('MediaObject[]', []), []);
  });
});
