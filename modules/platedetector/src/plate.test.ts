import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '@rivero/vision';
import { addNoise, blur, fillArea, plain, seeded } from '@rivero/vision/testing';
import { PlateFinder } from './plate-finder.js';
import { PlateReadings } from './plate-readings.js';
import { paintPlate, print, TYPEFACES } from './test-support.js';

const CONSONANTS = 'BCDFGHJKLMNPRSTVWXYZ';

/** A car of one colour on a road. */
function road(random: () => number): Picture {
  const picture = plain(640, 480, [120, 120, 115]);
  const colour = [random() * 220, random() * 220, random() * 220].map(Math.round) as [number, number, number];
  fillArea(picture, { x: 60, y: 80, width: 520, height: 330 }, colour);
  fillArea(picture, { x: 120, y: 100, width: 400, height: 110 }, [40, 50, 60]);
  for (let at = 0; at < 8; at++)
    fillArea(picture, { x: 80 + at * 60, y: 430, width: 30, height: 8 }, [220, 220, 220]);
  return picture;
}

const draw = (random: () => number, from: string): string => from[Math.floor(random() * from.length)]!;
const number = (random: () => number): string => `${Math.floor(random() * 10000)}`.padStart(4, '0');

function modern(random: () => number): { print: string; plate: string } {
  const digits = number(random);
  const letters = Array.from({ length: 3 }, () => draw(random, CONSONANTS)).join('');
  return { print: `${digits} ${letters}`, plate: `--${digits}${letters}` };
}

test('labelled set: plates of two typefaces in many sizes, with noise, blur and slopes; and pictures without plates', () => {
  const random = seeded(1);
  let shown = 0;
  let missed = 0;
  let wrong = 0;
  for (let round = 0; round < 60; round++) {
    const picture = road(random);
    const { print: text, plate } = modern(random);
    const width = 110 + random() * 160;
    const slope = (random() - 0.5) * 0.12;
    paintPlate(
      picture,
      text,
      TYPEFACES[round % 2]!,
      100 + Math.floor(random() * 200),
      250 + Math.floor(random() * 80),
      Math.round(width),
      slope,
    );
    if (round % 4 === 0 && width > 150) blur(picture.y);
    addNoise(picture, 6, random);
    const found = new PlateFinder().find(picture.y).map((other) => other.text);
    shown++;
    if (!found.includes(plate)) missed++;
    wrong += found.filter((other) => other !== plate).length;
  }
  const words = [
    'PARKING',
    'KURENTO',
    'WELCOME',
    'TAXI 24H',
    'EXIT 5',
    '123 456 789',
    'STOP HERE',
    'OPEN 0900',
    '50 KMH',
    'BUS LANE',
  ];
  let falsePositives = 0;
  for (let round = 0; round < 40; round++) {
    const picture = road(random);
    fillArea(picture, { x: 90, y: 250, width: 320, height: 50 }, [235, 235, 235]);
    print(picture, {
      text: words[round % words.length]!,
      typeface: TYPEFACES[round % 2]!,
      x: 100,
      y: 260,
      height: 18 + Math.floor(random() * 14),
    });
    addNoise(picture, 6, random);
    falsePositives += new PlateFinder().find(picture.y).length;
  }
  assert.ok(missed <= 0.05 * shown, `${missed} of ${shown} plates missed`);
  assert.ok(wrong <= 0.05 * shown, `${wrong} of ${shown} plates read wrongly`);
  assert.equal(falsePositives, 0, 'false positives in 40 pictures without a plate');
});

test('plates of before 2000 are read with their provinces', () => {
  for (const [text, plate] of [
    ['M 1234 AB', '-M1234AB-'],
    ['GR 5678 K', 'GR5678K--'],
    ['SE 9021 DH', 'SE9021DH-'],
  ] as const) {
    const picture = plain(640, 480, [90, 90, 90]);
    paintPlate(picture, text, TYPEFACES[0]!, 200, 200, 220);
    assert.deepEqual(
      new PlateFinder().find(picture.y).map((found) => found.text),
      [plate],
    );
  }
});

test('the expected width says which plates are found; a plate has its box', () => {
  const picture = plain(640, 480, [90, 90, 90]);
  paintPlate(picture, '4821 KLM', TYPEFACES[1]!, 20, 200, 600);
  const finder = new PlateFinder();
  assert.deepEqual(finder.find(picture.y), []);
  finder.plateWidth = 0.9;
  const [plate] = finder.find(picture.y);
  assert.equal(plate?.text, '--4821KLM');
  assert.ok(plate.x > 60 && plate.y > 200 && plate.width > 300 && plate.height > 70);
});

test('a plate is told once after four pictures, another one then, and the last one not again', () => {
  const readings = new PlateReadings();
  const show = (times: number, ...texts: string[]) =>
    Array.from({ length: times }, () => readings.add(texts)).flat();
  assert.deepEqual(show(3, 'A'), []);
  assert.deepEqual(show(5, 'A'), ['A']);
  assert.deepEqual(show(3), []);
  assert.deepEqual(show(5, 'A', 'B'), ['B']);
  assert.deepEqual(show(20), []);
  assert.deepEqual(show(5, 'B'), [], 'it was the last one');
  assert.deepEqual(show(5, 'A'), ['A']);
});
