import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { defineModule, type ElementKind, type ModuleDecl } from '@rivero/module';
import { runElement, until } from '@rivero/module/testing';

const declaration = {
  name: 'talker',
  version: '0.1.0',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  doc: 'For tests.',
  classes: [
    {
      name: 'Talker',
      extends: 'MediaElement',
      doc: 'Hears and says.',
      constructorParams: [{ name: 'mediaPipeline', type: 'MediaPipeline', doc: 'The pipeline.' }],
    },
  ],
  complexTypes: [],
  events: [],
} as const satisfies ModuleDecl;

const talker = (kind: ElementKind['kind'], body: string) =>
  defineModule({
    declaration,
    rivero: '*',
    elements: {
      Talker: {
        kind,
        url: `data:text/javascript,${encodeURIComponent(
          `export default class { constructor(context) { this.context = context; } ${body} }`,
        )}`,
      },
    },
  });

const skip = isGraphEngineBuilt() ? false : 'needs GStreamer';
const GREY =
  'videotestsrc is-live=true pattern=solid-color foreground-color=0xff808080 ! video/x-raw,width=64,height=48,framerate=30/1';

test('a frame processor shows in the picture what a message says, and tells what it sees', {
  skip,
}, async () => {
  const module = talker(
    'videoProcessor',
    `static format = 'RGBA';
     onData({ data, label }) { this.level = data === 'white' ? 255 : data[0]; this.label = label; }
     process({ data }) {
       if (this.level === undefined) return;
       data.fill(this.level);
       if (this.label !== undefined) this.context.sendData('shown', this.label);
       this.label = undefined;
     }`,
  );
  const run = await runElement(module, 'Talker', { source: GREY });
  const brightness = async (): Promise<number> => (await run.picture()).at(32, 24)[0];
  try {
    await run.sendData('white', 'a');
    assert.deepEqual(await run.data(), { data: 'shown', label: 'a' });
    await until(async () => (await brightness()) > 240);
    await run.sendData(Uint8Array.from([0]), 'b');
    assert.deepEqual(await run.data(), { data: 'shown', label: 'b' });
    await until(async () => (await brightness()) < 20);
    assert.deepEqual(run.log, []);
  } finally {
    await run.close();
  }
});

test('so does a bin; what it throws is logged, and the next message comes', { skip }, async () => {
  const module = talker(
    'gstreamerBin',
    `kind = 'video';
     describe() { return 'videobalance name=balance'; }
     onMessage() {}
     async onData({ data }) {
       if (data === 'bad') throw new Error('a bad one');
       this.context.element('balance').set('brightness', Number(data));
       this.context.sendData('set', '');
     }`,
  );
  const run = await runElement(module, 'Talker', { source: GREY });
  try {
    await run.sendData('bad');
    await run.sendData('-1');
    assert.equal((await run.data()).data, 'set');
    await until(async () => (await run.picture()).at(32, 24)[0] < 20);
    assert.deepEqual(
      run.log.map(({ message }) => message),
      ['Talker.onData failed: a bad one'],
    );
  } finally {
    await run.close();
  }
});
