import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GstElement, hasElement, inspectElement, isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from '../test-support/graph-process.js';
import { AllowedElements, EFFECTS } from './allowed-elements.js';

describe('what may run as a GStreamerFilter', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  test('effects have one input and one output, and nothing that leads out of the pipeline can be set', () => {
    const allowed = new AllowedElements(['effects']);
    const installed = [...EFFECTS].filter((name) => hasElement(name));
    assert.ok(installed.length > 90, `${installed.length} are installed`);
    for (const name of installed) {
      const { classification, padTemplates } = inspectElement(name)!;
      assert.ok(allowed.allows(name, classification));
      assert.doesNotMatch(classification, /Source|Sink|Network/, name);
      for (const direction of ['src', 'sink'] as const) {
        assert.equal(padTemplates.filter((pad) => pad.direction === direction).length, 1, name);
      }
      const texts = GstElement.make(name)
        .properties()
        .filter(({ type, writable }) => writable && type === 'gchararray')
        .map((property) => property.name)
        .filter((property) => allowed.allowsProperty(name, property));
      // Texts that are only shown or compared; another one has to be looked at.
      const harmless = ['name', 'text', 'time-format', 'font-desc', 'device-name'];
      assert.deepEqual(
        texts.filter((property) => !harmless.includes(property)),
        [],
        name,
      );
    }
  });

  test('a list of names, of effects, of all', () => {
    const verdict = (list: string[], factory: string, classification = 'Filter/Effect/Video'): boolean =>
      new AllowedElements(list).allows(factory, classification);
    assert.equal(verdict([], 'videoflip'), false);
    assert.equal(verdict(['effects'], 'videoflip'), true);
    assert.equal(verdict(['effects'], 'gdkpixbufoverlay'), false);
    assert.equal(verdict(['effects', 'gdkpixbufoverlay'], 'gdkpixbufoverlay'), true);
    assert.equal(verdict(['*'], 'gdkpixbufoverlay'), true);
    assert.equal(verdict(['*'], 'filesink', 'Sink/File'), false);
    assert.equal(verdict(['*'], 'dtlsenc', 'Codec/Network'), false);
    const all = new AllowedElements(['*', 'queue2']);
    assert.equal(all.allowsProperty('gdkpixbufoverlay', 'location'), false);
    assert.equal(all.allowsProperty('downloadbuffer', 'temp_template'), false);
    assert.equal(all.allowsProperty('gdkpixbufoverlay', 'offset-x'), true);
    assert.equal(all.allowsProperty('queue2', 'temp-template'), true);
  });

  test('others are refused, when they are made and when they run', async (context) => {
    const graph = await GraphProcess.start();
    context.after(() => graph.close());
    const make = (params: Record<string, unknown>, allow = ['effects']) =>
      graph.request('createElement', {
        element: 'e',
        type: 'GStreamerFilter',
        params: { ...params, allow },
      });
    const refused = { code: 40111, message: /is not allowed/ };
    await assert.rejects(make({ factory: 'gdkpixbufoverlay' }), refused);
    await assert.rejects(make({ factory: 'queue2' }), refused);
    await assert.rejects(make({ factory: 'identity', properties: { dump: 'true' } }), refused);
    await assert.rejects(
      make({ factory: 'queue2', properties: { 'temp-template': '/tmp/xXXXXXX' } }, ['*']),
      refused,
    );
    await assert.rejects(make({ factory: 'nosuchelement' }), { code: 40001 });
    await make({ factory: 'identity', properties: { 'sleep-time': '1' }, kind: 'video' });
    const set = (name: string, value: string) =>
      graph.request('invoke', { element: 'e', method: 'setProperty', params: { name, value } });
    await set('sleep-time', '0');
    await assert.rejects(set('dump', 'true'), refused);
  });
});
