import assert from 'node:assert/strict';
import test from 'node:test';
import { type Picture, runElement, until } from '@rivero/module/testing';
import module from './index.js';

const [WIDTH, HEIGHT] = [320, 240];
const BLUE = `videotestsrc is-live=true pattern=solid-color foreground-color=0xff101080 ! video/x-raw,width=${WIDTH},height=${HEIGHT},framerate=30/1`;
const isRed = ([red, green, blue]: readonly number[]): boolean => red! > 180 && green! < 80 && blue! < 80;

/** How far a border reaches into the picture from the left, top, right and bottom, pixels. */
function border({ at }: Picture): number[] {
  const depth = (limit: number, pixel: (i: number) => readonly number[]): number => {
    let i = 0;
    while (i < limit && isRed(pixel(i))) i++;
    return i;
  };
  return [
    depth(WIDTH, (i) => at(i, HEIGHT / 2)),
    depth(HEIGHT, (i) => at(WIDTH / 2, i)),
    depth(WIDTH, (i) => at(WIDTH - 1 - i, HEIGHT / 2)),
    depth(HEIGHT, (i) => at(WIDTH / 2, HEIGHT - 1 - i)),
  ];
}
const NONE = [0, 0, 0, 0];

test('a border is drawn while somebody speaks, as thick and of the colour that was set', async () => {
  const run = await runElement(module, 'SpeakingIndicator', { source: BLUE });
  const isDrawn = async (sides: readonly number[]): Promise<boolean> =>
    `${border(await run.picture())}` === `${sides}`;
  try {
    await run.set('color', '#ff0000');
    for (const other of ['Speaking', '', '{}']) await run.sendData(other);
    await run.sendData(Uint8Array.of(1));
    assert.deepEqual(border(await run.picture()), NONE);
    assert.equal(await run.get('speaking'), false);
    await run.sendData('speaking');
    await until(() => isDrawn([6, 6, 6, 6]));
    await run.sendData('silent');
    await until(() => isDrawn(NONE));
    await run.set('thickness', 25);
    await run.sendData('speaking');
    await until(() => isDrawn([60, 60, 60, 60]));
    // Nothing more is heard of who speaks.
    await until(() => isDrawn(NONE));
    assert.equal(await run.get('speaking'), false);
    assert.deepEqual(
      run.log.filter(({ level }) => level !== 'debug'),
      [],
    );
  } finally {
    await run.close();
  }
});

test('colour and thickness have defaults and are checked', async () => {
  const run = await runElement(module, 'SpeakingIndicator', { source: BLUE });
  try {
    assert.deepEqual([await run.get('color'), await run.get('thickness')], ['#00E676', 2.5]);
    for (const color of ['red', '#12345', '#1234567', '', `#${'f'.repeat(1000)}`])
      await assert.rejects(run.set('color', color), { code: 40001, message: /^color should be as #RRGGBB/ });
    for (const thickness of [0, 25.1, -1])
      await assert.rejects(run.set('thickness', thickness), { code: 40001 });
    assert.deepEqual([await run.get('color'), await run.get('thickness')], ['#00E676', 2.5]);
  } finally {
    await run.close();
  }
});
