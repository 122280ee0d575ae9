import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { Scheduler } from '../runtime/scheduler.js';
import type { TransportHub } from '../transport/transport-hub.js';
import { DropLog } from './drop-log.js';

test('what was dropped is told once a minute; it warns unless calls have merely ended', (t) => {
  let now = 0;
  let dropped: Record<string, number> = {};
  const lines: { level: number; dropped: Record<string, number> }[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const scheduler = new Scheduler(() => now);
  const dropLog = new DropLog(
    scheduler,
    {
      get dropped() {
        return dropped;
      },
    } as TransportHub,
    log,
  );
  t.after(() => {
    dropLog.close();
    scheduler.close();
  });
  const minute = (counts: Record<string, number>): (typeof lines)[number] | undefined => {
    dropped = counts;
    now += 60_000;
    dropLog.onTime(now);
    return lines.splice(0).at(-1);
  };
  assert.equal(minute({ Rate: 0 }), undefined);
  const ended = minute({ Rate: 0, NoDestination: 37, UnknownAddress: 8 });
  assert.deepEqual([ended?.level, ended?.dropped], [30, { NoDestination: 37, UnknownAddress: 8 }]);
  assert.equal(minute({ Rate: 0, NoDestination: 37, UnknownAddress: 8 }), undefined, 'nothing new');
  const flood = minute({ Rate: 1, NoDestination: 38, UnknownAddress: 8 });
  assert.deepEqual([flood?.level, flood?.dropped], [40, { Rate: 1, NoDestination: 1 }]);
  assert.equal(minute({ Rate: 1, NoDestination: 38, UnknownAddress: 10_009 })?.level, 40, 'a stranger');
});
