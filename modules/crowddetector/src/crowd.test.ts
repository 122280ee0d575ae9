import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '@rivero/vision';
import {
  addNoise,
  colourAt,
  colourDistance,
  fillArea,
  fillDisc,
  plain,
  seeded,
} from '@rivero/vision/testing';
import { type CrowdChange, CrowdWatch, type Region } from './crowd.js';
import { Direction } from './direction.js';
import { Level } from './level.js';

const WHOLE = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x: 0, y: 1 },
];
const LEVELS = { min: 10, med: 35, max: 65, pictures: 5 };
const region = (id: string, points: Region['points'] = WHOLE, offset?: number): Region => ({
  id,
  points,
  occupancy: LEVELS,
  fluidity: LEVELS,
  direction: offset === undefined ? undefined : { toEvent: 3, toReset: 3, offset },
});

/** A square with people (discs with faces and stripes), each at its place at a time. */
interface Person {
  x: number;
  y: number;
  readonly radius: number;
  readonly shirt: readonly [number, number, number];
}

function square(people: readonly Person[], random: () => number): Picture {
  const picture = plain(320, 240, [150, 150, 145]);
  for (let x = 0; x < 320; x += 40) fillArea(picture, { x, y: 0, width: 2, height: 240 }, [120, 120, 120]);
  for (const { x, y, radius, shirt } of people) {
    fillDisc(picture, { x, y }, radius, shirt);
    fillArea(picture, { x: x - radius / 2, y: y - 2, width: radius, height: 4 }, [240, 240, 240]);
    fillDisc(picture, { x, y: y - radius / 2 }, Math.round(radius / 4), [20, 20, 20]);
  }
  addNoise(picture, 3, random);
  return picture;
}

function crowd(
  count: number,
  random: () => number,
  area = { x: 20, y: 20, width: 280, height: 200 },
): Person[] {
  return Array.from({ length: count }, () => ({
    x: area.x + Math.floor(random() * area.width),
    y: area.y + Math.floor(random() * area.height),
    radius: 14 + Math.floor(random() * 6),
    shirt: random() < 0.5 ? ([40, 40, 90] as const) : ([230, 60, 40] as const),
  }));
}

/** Shows pictures and gathers what was told. */
function run(watch: CrowdWatch, pictures: number, next: (at: number) => Picture): CrowdChange[] {
  return Array.from({ length: pictures }, (_, at) => watch.look(next(at))).flat();
}

test('an empty square is empty: no event in a hundred pictures', () => {
  const random = seeded(1);
  const watch = new CrowdWatch([region('all', WHOLE, 0)]);
  assert.deepEqual(
    run(watch, 100, () => square([], random)),
    [],
  );
});

test('people that come are told by the level of what they cover, and that they move; people that stand by their place alone', () => {
  const random = seeded(2);
  const watch = new CrowdWatch([region('all')]);
  run(watch, 20, () => square([], random));
  const people = crowd(60, random);
  const came = run(watch, 12, () => {
    for (const person of people) person.x = 20 + ((person.x - 20 + 4) % 280);
    return square(people, random);
  });
  const occupied = came.find(({ event }) => event === 'occupancy');
  assert.ok(occupied?.event === 'occupancy' && occupied.level === 2, JSON.stringify(came));
  assert.ok(occupied.percent > 35 && occupied.percent <= 65);
  const fluid = came.find(({ event }) => event === 'fluidity');
  assert.ok(fluid?.event === 'fluidity' && fluid.level >= 2, JSON.stringify(came));
  const stood = run(watch, 20, () => square(people, random));
  assert.deepEqual(
    stood.map((change) => change.event === 'fluidity' && change.level),
    [0],
    'all stand still, and are still there',
  );
  const left = run(watch, 30, () => square([], random));
  assert.ok(
    left.some((change) => change.event === 'occupancy' && change.level === 0),
    JSON.stringify(left),
  );
});

test('each region has its own levels', () => {
  const random = seeded(3);
  const left = [
    { x: 0, y: 0 },
    { x: 0.5, y: 0 },
    { x: 0.5, y: 1 },
    { x: 0, y: 1 },
  ];
  const right = [
    { x: 0.5, y: 0 },
    { x: 1, y: 0 },
    { x: 1, y: 1 },
    { x: 0.5, y: 1 },
  ];
  const watch = new CrowdWatch([region('left', left), region('right', right)]);
  run(watch, 20, () => square([], random));
  const people = crowd(25, random, { x: 20, y: 20, width: 110, height: 200 });
  const changes = run(watch, 10, () => square(people, random));
  assert.ok(changes.some(({ event, region: id }) => event === 'occupancy' && id === 'left'));
  assert.ok(!changes.some(({ region: id }) => id === 'right'));
});

test('directions: right 0, up 90, left 180, down 270, turned by the offset', () => {
  for (const [dx, dy, offset, expected] of [
    [3, 0, 0, 0],
    [0, -3, 0, 90],
    [-3, 0, 0, 180],
    [0, 3, 0, 270],
    [3, -3, 45, 45],
    [-3, 2, 0, 180],
    [3, 0, 10, 10],
  ] as const) {
    const random = seeded(4);
    const watch = new CrowdWatch([region('all', WHOLE, offset)]);
    const people = crowd(12, random, { x: 100, y: 80, width: 120, height: 80 });
    const changes = run(watch, 14, () => {
      for (const person of people) {
        person.x += dx;
        person.y += dy;
      }
      return square(people, random);
    });
    const angles = changes.flatMap((change) => (change.event === 'direction' ? [change.angle] : []));
    assert.deepEqual(angles, [expected], `${dx}, ${dy} from ${offset}`);
  }
});

test('labelled set: squares with so many people, levels within one of what they cover, directions counted', () => {
  const random = seeded(5);
  let wrongLevels = 0;
  let wrongDirections = 0;
  let missedDirections = 0;
  for (let round = 0; round < 12; round++) {
    const watch = new CrowdWatch([region('all', WHOLE, 0)]);
    run(watch, 8, () => square([], random));
    const people = crowd(3 + round * 7, random, { x: 60, y: 60, width: 200, height: 120 });
    const direction = Math.floor(random() * 4);
    const [dx, dy] = [
      [3, 0],
      [0, -3],
      [-3, 0],
      [0, 3],
    ][direction] as [number, number];
    let covered = 0;
    const changes = run(watch, 10, () => {
      for (const person of people) {
        person.x += dx;
        person.y += dy;
      }
      covered = share(people);
      return square(people, random);
    });
    const expected = covered > 65 ? 3 : covered > 35 ? 2 : covered > 10 ? 1 : 0;
    const told = changes.reduce((level, change) => (change.event === 'occupancy' ? change.level : level), 0);
    if (Math.abs(told - expected) > 1) wrongLevels++;
    const angles = changes.flatMap((change) => (change.event === 'direction' ? [change.angle] : []));
    if (angles.length === 0) missedDirections++;
    if (angles.some((angle) => angle !== 90 * direction)) wrongDirections++;
  }
  assert.deepEqual(
    { wrongLevels, wrongDirections, missedDirections },
    { wrongLevels: 0, wrongDirections: 0, missedDirections: 0 },
  );
});

/** What people cover of the square, in percent. */
function share(people: readonly Person[]): number {
  let covered = 0;
  for (let y = 0; y < 240; y += 4) {
    for (let x = 0; x < 320; x += 4) {
      if (people.some((person) => Math.hypot(x - person.x, y - person.y) <= person.radius)) covered++;
    }
  }
  return (100 * covered) / (60 * 80);
}

test('movement is drawn in blue, what stands in red, regions in white', () => {
  const random = seeded(6);
  const watch = new CrowdWatch([
    region('all', [
      { x: 0.1, y: 0.1 },
      { x: 0.9, y: 0.1 },
      { x: 0.9, y: 0.9 },
      { x: 0.1, y: 0.9 },
    ]),
  ]);
  run(watch, 10, () => square([], random));
  const standing = { x: 100, y: 120, radius: 20, shirt: [30, 30, 60] as const };
  const walking = { x: 180, y: 120, radius: 20, shirt: [30, 30, 60] as const };
  run(watch, 8, () => {
    walking.x += 4;
    return square([standing, walking], random);
  });
  const picture = square([standing, walking], random);
  watch.draw(picture);
  assert.ok(colourDistance(colourAt(picture, 100, 130), [255, 0, 0]) < 30, `${colourAt(picture, 100, 130)}`);
  assert.ok(colourDistance(colourAt(picture, walking.x + 18, 120), [0, 0, 255]) < 30);
  assert.ok(colourDistance(colourAt(picture, 160, 24), [255, 255, 255]) < 30);
});

test('the processing width is put within its bounds, and pictures may change their size', () => {
  const watch = new CrowdWatch([region('all')], 5);
  assert.equal(watch.processingWidth, 160);
  watch.processingWidth = 9999;
  assert.equal(watch.processingWidth, 1280);
  const random = seeded(7);
  watch.look(square([], random));
  watch.look(plain(641, 363, [1, 2, 3]));
  watch.look(plain(16, 16, [1, 2, 3]));
});

test('levels change after so many pictures running, at the thresholds of the reference', () => {
  const level = new Level({ min: 10, med: 35, max: 65 }, 3);
  const told = [50, 50, 70, 50, 50, 50, 50, 10, 10, 10, 10.1, 10.1, 10.1, 66, 66, 66].map((percent) =>
    level.add(percent),
  );
  assert.deepEqual(told, [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    2,
    undefined,
    undefined,
    undefined,
    0,
    undefined,
    undefined,
    1,
    undefined,
    undefined,
    3,
  ]);
});

test('a direction is told once, and again after a pause', () => {
  const direction = new Direction(2, 1);
  const angles = [90, 90, 90, 90, undefined, 90, undefined, undefined, 90, 90, 90, 180, 90, 180, 180, 180];
  const told = angles.map((angle) => direction.add(angle));
  assert.deepEqual(told, [
    undefined,
    undefined,
    90,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    90,
    undefined,
    undefined,
    undefined,
    undefined,
    180,
  ]);
});
