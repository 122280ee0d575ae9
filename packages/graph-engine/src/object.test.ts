import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GstBin } from './bin.js';
import { GstElement } from './element.js';
import { GstObject } from './object.js';
import { GstPad } from './pad.js';
import { GstPipeline } from './pipeline.js';
import { gstreamerVersion, hasElement, inspectElement, parseCaps } from './registry.js';
import { until } from './test-support/running-pipeline.js';

test('properties of each type are written and read', () => {
  const source = GstElement.make('videotestsrc', { pattern: 'ball', 'num-buffers': 5, 'is-live': true });
  assert.equal(source.get('pattern'), 'ball');
  assert.equal(source.set('pattern', 1).get('pattern'), 'snow');
  assert.equal(source.get('num-buffers'), 5);
  assert.equal(source.get('is-live'), true);
  assert.equal(source.set('is-live', 'false').get('is-live'), false);

  const filter = GstElement.make('capsfilter', { caps: 'video/x-raw,width=320,framerate=15/2' });
  assert.equal(filter.get('caps'), 'video/x-raw, width=(int)320, framerate=(fraction)15/2');

  const queue = GstElement.make('queue', { 'max-size-time': 5_000_000_000, leaky: 'downstream' });
  assert.equal(queue.get('max-size-time'), 5_000_000_000);
  assert.equal(queue.get('leaky'), 'downstream');

  const file = GstElement.make('filesrc', { location: '/tmp/ä €' });
  assert.equal(file.get('location'), '/tmp/ä €');
  assert.equal(file.set('location', null).get('location'), null);

  const volume = GstElement.make('volume', { volume: 0.25 });
  assert.equal(volume.get('volume'), 0.25);

  const convert = GstElement.make('audioconvert', { 'mix-matrix': '<<(float)0.75, (float)0.5>>' });
  assert.deepEqual(convert.get('mix-matrix'), [[0.75, 0.5]]);
});

test('some properties are set when the element is made, and only then', () => {
  const mixer = GstElement.make('compositor', { 'force-live': true, background: 'black' });
  assert.equal(mixer.get('force-live'), true);
  assert.equal(mixer.get('background'), 'black');
  assert.throws(() => mixer.set('force-live', false), { code: 'NO_SUCH_PROPERTY', message: /only when/ });
});

test('structures go in as objects and as text', () => {
  const source = GstElement.make('souphttpsrc');
  source.set('extra-headers', { name: 'headers', fields: { 'X-One': 'a', two: 2, three: true } });
  assert.deepEqual(source.get('extra-headers'), {
    name: 'headers',
    fields: { 'X-One': 'a', two: 2, three: true },
  });
  source.set('extra-headers', 'headers, Range=(string)"bytes=0-"');
  assert.deepEqual(source.get('extra-headers'), { name: 'headers', fields: { Range: 'bytes=0-' } });
});

test('what does not fit a property is refused with a code and changes nothing', () => {
  const source = GstElement.make('videotestsrc', { 'num-buffers': 7 });
  const bad: [string, Parameters<GstElement['set']>[1], string][] = [
    ['no-such-thing', 1, 'NO_SUCH_PROPERTY'],
    ['num-buffers', 'many', 'INVALID_VALUE'],
    ['num-buffers', 1.5, 'INVALID_VALUE'],
    ['num-buffers', 2 ** 40, 'INVALID_VALUE'],
    ['num-buffers', -2, 'INVALID_VALUE'],
    ['num-buffers', Number.NaN, 'INVALID_VALUE'],
    ['num-buffers', true, 'INVALID_VALUE'],
    ['num-buffers', null, 'INVALID_VALUE'],
    ['pattern', 'plaid', 'INVALID_VALUE'],
    ['pattern', 999, 'INVALID_VALUE'],
    ['is-live', 'perhaps', 'INVALID_VALUE'],
    ['name', { name: 'a', fields: {} }, 'INVALID_VALUE'],
  ];
  for (const [property, value, code] of bad) {
    assert.throws(() => source.set(property, value), { code }, `${property} = ${String(value)}`);
  }
  assert.equal(source.get('num-buffers'), 7);
  assert.throws(() => source.get('no-such-thing'), { code: 'NO_SUCH_PROPERTY' });
  const filter = GstElement.make('capsfilter');
  assert.throws(() => filter.set('caps', 'video/x-raw, width=('), { code: 'INVALID_VALUE' });
  assert.throws(() => filter.set('caps', source), { code: 'INVALID_VALUE' });
  const http = GstElement.make('souphttpsrc');
  assert.throws(() => http.set('extra-headers', { name: '', fields: {} }), { code: 'INVALID_VALUE' });
});

test('the same object is the same value, of the class that it is', () => {
  const bin = GstBin.parse('videotestsrc name=a ! fakesink name=b', false);
  const source = bin.find('a');
  assert.ok(source instanceof GstElement && !(source instanceof GstBin));
  assert.equal(bin.find('a'), source);
  assert.equal(source.parent, bin);
  const pad = source.getStaticPad('src');
  assert.ok(pad instanceof GstPad);
  assert.equal(bin.find('b')?.getStaticPad('sink').peer, pad);
  assert.equal(source.isWithin(bin), true);
  assert.equal(bin.isWithin(source), false);
  assert.match(source.path, /^\/GstBin:bin\d+\/GstVideoTestSrc:a$/);
  assert.ok(GstPipeline.create() instanceof GstPipeline);
});

test('what can not be made says why', () => {
  assert.throws(() => GstElement.make('nosuchelement'), { code: 'ELEMENT_MISSING' });
  assert.throws(() => GstElement.make('fakesink', { frob: 1 }), { code: 'NO_SUCH_PROPERTY' });
  assert.throws(() => GstBin.parse('videotestsrc ! nosuchelement'), { code: 'PARSE_FAILED' });
  assert.throws(() => GstBin.parse('videotestsrc ! audioconvert ! fakesink'), { code: 'PARSE_FAILED' });
  assert.throws(() => GstBin.parse('! ! ='), { code: 'PARSE_FAILED' });
  assert.throws(() => GstBin.parse(''), { code: 'PARSE_FAILED' });
});

test('signals come with copies of their arguments until they are taken off', async () => {
  const bin = GstBin.create('outer');
  const added: unknown[] = [];
  const off = bin.on('element-added', (...args) => added.push(...args));
  const first = GstElement.make('fakesink');
  bin.add(first);
  await until(() => added.length > 0);
  assert.deepEqual(added, [first]);
  off();
  off();
  bin.add(GstElement.make('fakesink'));
  const names: unknown[] = [];
  first.on('notify::sync', (spec) => names.push(spec));
  first.set('sync', true);
  await until(() => names.length > 0);
  assert.equal(added.length, 1);
  bin.dispose();
});

test('signals that need an answer, or are none, are refused', () => {
  const source = GstElement.make('rtspsrc');
  assert.throws(() => source.on('before-send', () => {}), { code: 'NO_SUCH_SIGNAL' });
  assert.throws(() => source.on('nothing', () => {}), { code: 'NO_SUCH_SIGNAL' });
  assert.throws(() => source.emit('pad-added'), { code: 'NO_SUCH_SIGNAL' });
  const sink = GstElement.make('multiudpsink');
  assert.throws(() => sink.emit('add', 'host'), { code: 'INVALID_VALUE' });
  assert.throws(() => sink.emit('add', 'host', 'port'), { code: 'INVALID_VALUE' });
  sink.emit('add', '127.0.0.1', 9);
  assert.equal(sink.get('clients'), '127.0.0.1:9');
  assert.ok(source instanceof GstObject);
});

test('the registry tells of elements and caps', () => {
  assert.match(gstreamerVersion(), /^1\.\d+\.\d+$/);
  assert.equal(hasElement('tee'), true);
  assert.equal(hasElement('nosuchelement'), false);
  assert.equal(inspectElement('nosuchelement'), undefined);
  const info = inspectElement('tee');
  assert.equal(info?.plugin, 'coreelements');
  assert.deepEqual(
    info?.padTemplates.map((pad) => [pad.name, pad.direction, pad.presence, pad.caps]).sort(),
    [
      ['sink', 'sink', 'always', 'ANY'],
      ['src_%u', 'src', 'request', 'ANY'],
    ],
  );
  assert.deepEqual(parseCaps('audio/x-opus, channels=2; audio/x-raw, rate=[8000,48000]'), [
    { name: 'audio/x-opus', fields: { channels: 2 } },
    { name: 'audio/x-raw', fields: { rate: '[ 8000, 48000 ]' } },
  ]);
  assert.throws(() => parseCaps('a b c ('), { code: 'INVALID_VALUE' });
});
