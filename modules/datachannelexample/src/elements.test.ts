import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ElementRun, type Picture, runElement, until } from '@rivero/module/testing';
import module from './index.js';

const BLUE =
  'videotestsrc is-live=true pattern=solid-color foreground-color=0xff101080 ! video/x-raw,width=320,height=240,framerate=30/1';

/** How many pixels of a part of the picture are of a colour. */
function count(picture: Picture, fromRow: number, is: (pixel: readonly number[]) => boolean): number {
  let found = 0;
  for (let y = fromRow; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) if (is(picture.at(x, y))) found++;
  }
  return found;
}
const isWhite = ([red, green, blue]: readonly number[]): boolean => Math.min(red!, green!, blue!) > 180;
const isGreen = ([red, green, blue]: readonly number[]): boolean => green! > 150 && red! < 90 && blue! < 90;

async function run(className: string, body: (element: ElementRun) => Promise<void>): Promise<void> {
  const element = await runElement(module, className, { source: BLUE });
  try {
    await body(element);
    assert.deepEqual(
      element.log.filter(({ level }) => level !== 'debug'),
      [],
    );
  } finally {
    await element.close();
  }
}

test('KmsShowData shows the last message, and messages go on', () =>
  run('KmsShowData', async (element) => {
    assert.equal(count(await element.picture(), 0, isWhite), 0);
    await element.sendData('Hello', 'chat');
    assert.deepEqual(await element.data(), { data: 'Hello', label: 'chat' });
    await until(async () => count(await element.picture(), 190, isWhite) > 200);
    await element.sendData(Buffer.from('.'), 'chat');
    await until(async () => {
      const white = count(await element.picture(), 190, isWhite);
      return white > 4 && white < 60;
    });
    await element.sendData('', 'chat');
    await until(async () => count(await element.picture(), 0, isWhite) === 0);
  }));

test('KmsShowFaces marks the faces of a message for a while, and takes no nonsense', () =>
  run('KmsShowFaces', async (element) => {
    for (const message of ['hello', 'null', '{"faces":7}', '{"faces":[{"x":"1"}]}', '{"faces":[null]}', ''])
      await element.sendData(message);
    await element.sendData(Uint8Array.from([255, 0]));
    await until(async () => {
      await element.sendData(
        JSON.stringify({
          faces: [
            { x: 100, y: 60, width: 80, height: 90 },
            { x: -1e300, y: 1e300, width: 1e300, height: 5 },
          ],
        }),
      );
      const { at } = await element.picture();
      return isGreen(at(100, 100)) && isGreen(at(180, 100)) && isGreen(at(140, 60)) && isGreen(at(140, 150));
    });
    const { at } = await element.picture();
    assert.ok(!isGreen(at(140, 100)), `within the frame: ${at(140, 100)}`);
    await until(async () => count(await element.picture(), 0, isGreen) === 0);
  }));
