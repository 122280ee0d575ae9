import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Channel,
  memoryLinkPair,
  type Nothing,
  type WorkerEvents,
  type WorkerMethods,
} from '@rivero/channel';
import { defaultConfiguration } from '../config/load.js';
import { silentLogger } from '../log/logger.js';
import { processLauncher } from '../test-support/test-server.js';
import { serveTestWorker } from '../test-support/test-worker.js';
import { WorkerSupervisor } from './supervisor.js';
import type { WorkerHandle } from './worker-handle.js';
import { forkLauncher, type WorkerLauncher } from './worker-process.js';

/** Test workers in this process that can be made to fail, and what became of them. */
class Fleet {
  launched = 0;
  failing = false;
  refusing = false;
  readonly kills: (() => void)[] = [];
  readonly ended: WorkerHandle[] = [];

  readonly launch: WorkerLauncher = () => {
    this.launched++;
    if (this.refusing) throw new Error('no more processes');
    const [link, other] = memoryLinkPair();
    if (this.failing) {
      const channel = new Channel<WorkerMethods, Nothing, WorkerEvents, Nothing>(other);
      channel.handle('configure', () => {
        throw new Error('no UDP port');
      });
    } else serveTestWorker(other);
    const kill = () => other.close();
    this.kills.push(kill);
    return {
      pid: undefined,
      link,
      kill,
      ended: new Promise((resolve) => other.onClose(() => resolve('killed'))),
    };
  };
}

function supervise(launch: WorkerLauncher, fleet: Fleet, workers = 1, waitMillis = 100): WorkerSupervisor {
  return new WorkerSupervisor(
    {
      workers,
      launch,
      configuration: {
        logLevel: 'silent',
        logPretty: false,
        modules: [],
        media: defaultConfiguration().media,
      },
      probeMillis: 1000,
      timeoutMillis: 1000,
      startMillis: 5000,
      waitMillis,
      log: silentLogger(),
    },
    { objectEvent: () => {}, workerEnded: (worker) => fleet.ended.push(worker) },
  );
}

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const place = (supervisor: WorkerSupervisor): Promise<WorkerHandle> =>
  new Promise((resolve, reject) => {
    supervisor.place((error, worker) => (worker === undefined ? reject(error) : resolve(worker)));
  });

test('a worker that ends is replaced and told about', async () => {
  const fleet = new Fleet();
  const supervisor = supervise(fleet.launch, fleet, 2);
  await supervisor.start();
  const [first] = supervisor.ready;
  fleet.kills[0]?.();
  await eventually(() => fleet.ended.length === 1);
  assert.equal(fleet.ended[0], first);
  assert.equal(supervisor.ready.length, 1);
  await eventually(() => supervisor.ready.length === 2);
  assert.ok(!supervisor.ready.includes(first!));
  assert.equal(fleet.launched, 3);
  await supervisor.stop();
  assert.equal(fleet.ended.length, 1, 'workers that end at the end are no news');
});

test('pipelines go where there are fewest', async () => {
  const fleet = new Fleet();
  const supervisor = supervise(fleet.launch, fleet, 3);
  await supervisor.start();
  for (let i = 0; i < 9; i++) (await place(supervisor)).pipelines.add({} as never);
  assert.deepEqual(
    supervisor.ready.map(({ pipelines }) => pipelines.size),
    [3, 3, 3],
  );
  await supervisor.stop();
});

test('without a worker a placement waits, and then fails', async () => {
  const fleet = new Fleet();
  const supervisor = supervise(fleet.launch, fleet);
  await supervisor.start();
  fleet.failing = true;
  fleet.kills[0]?.();
  await eventually(() => supervisor.ready.length === 0);
  await assert.rejects(place(supervisor), { code: 40009 });
  fleet.failing = false;
  await eventually(() => supervisor.ready.length === 1);
  await place(supervisor);
  fleet.kills.at(-1)?.();
  await eventually(() => supervisor.ready.length === 0);
  const waiting = place(supervisor);
  await supervisor.stop();
  await assert.rejects(waiting, { code: 40009 });
});

test('a worker that cannot be started again is tried again and again', async () => {
  const fleet = new Fleet();
  const supervisor = supervise(fleet.launch, fleet);
  await supervisor.start();
  fleet.refusing = true;
  fleet.kills[0]?.();
  await eventually(() => fleet.launched >= 3);
  fleet.refusing = false;
  await eventually(() => supervisor.ready.length === 1);
  await supervisor.stop();
});

test('start fails with the reason when no worker starts', async () => {
  const fleet = new Fleet();
  fleet.failing = true;
  await assert.rejects(supervise(fleet.launch, fleet, 2).start(), /no UDP port/);
  await assert.rejects(supervise(forkLauncher('/nonexistent.js'), fleet).start(), /exit code 1/);
});

test('worker processes end with the supervisor', async () => {
  const fleet = new Fleet();
  const supervisor = supervise(processLauncher, fleet, 2);
  await supervisor.start();
  const processes = supervisor.ready.map(({ process }) => process);
  await supervisor.stop();
  for (const { ended } of processes) assert.equal(await ended, 'exit code 0');
});
