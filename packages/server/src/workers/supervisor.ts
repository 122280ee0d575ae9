import { KurentoError } from '@rivero/api';
import {
  ChannelClosedError,
  type WorkerConfiguration,
  type WorkerEvents,
  type WorkerStatus,
} from '@rivero/channel';
import type { Logger } from '../log/logger.js';
import { WorkerHandle } from './worker-handle.js';
import type { WorkerLauncher } from './worker-process.js';

const FIRST_DELAY_MILLIS = 200;
const LONGEST_DELAY_MILLIS = 10_000;
/** A worker that lived this long does not count as failing at its start. */
const STABLE_MILLIS = 30_000;
const SHUTDOWN_MILLIS = 3000;

export interface SupervisorOptions {
  workers: number;
  launch: WorkerLauncher;
  configuration: Omit<WorkerConfiguration, 'index'>;
  probeMillis: number;
  timeoutMillis: number;
  startMillis: number;
  waitMillis: number;
  log: Logger;
}

export interface SupervisorListener {
  /** An object of the worker has an event. */
  objectEvent(event: WorkerEvents['objectEvent']): void;
  /** The worker ended. Its pipelines are gone; requests to it have failed already. */
  workerEnded(worker: WorkerHandle): void;
}

interface Slot {
  readonly index: number;
  worker: WorkerHandle | undefined;
  ready: boolean;
  /** Starts in a row that failed or did not last. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

/** Keeps the media workers running: starts, watches and replaces them, and chooses one for each new pipeline. */
export class WorkerSupervisor {
  readonly #options: SupervisorOptions;
  readonly #listener: SupervisorListener;
  readonly #log: Logger;
  readonly #slots: Slot[];
  #waiting: { settle: (worker: WorkerHandle | undefined) => void; timer: NodeJS.Timeout }[] = [];
  #probe: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: SupervisorOptions, listener: SupervisorListener) {
    this.#options = options;
    this.#listener = listener;
    this.#log = options.log;
    this.#slots = Array.from({ length: options.workers }, (_, index) => ({
      index,
      worker: undefined,
      ready: false,
      failures: 0,
      timer: undefined,
    }));
  }

  /**
   * Starts the workers. Resolves when each is ready or has failed once, rejects when none is ready: then the
   * reason lies in the configuration or the installation.
   */
  async start(): Promise<void> {
    const results = await Promise.all(this.#slots.map((slot) => this.#startWorker(slot)));
    if (!this.#slots.some((slot) => slot.ready)) {
      await this.stop();
      throw new Error(`No media worker could be started: ${results.find((why) => why !== undefined)}`);
    }
    this.#probe = setInterval(() => this.#probeAll(), this.#options.probeMillis);
    this.#probe.unref();
  }

  get total(): number {
    return this.#slots.length;
  }

  /** The workers that are ready. */
  get ready(): WorkerHandle[] {
    return this.#slots.flatMap((slot) => (slot.ready && slot.worker !== undefined ? [slot.worker] : []));
  }

  /**
   * Chooses the worker with the fewest pipelines. While there is none it waits for a replacement, and then gives
   * the error NOT_ENOUGH_RESOURCES.
   */
  place(chosen: (error: KurentoError | undefined, worker?: WorkerHandle) => void): void {
    const worker = this.#leastLoaded();
    if (worker !== undefined) {
      chosen(undefined, worker);
      return;
    }
    const unavailable = () =>
      chosen(new KurentoError('NOT_ENOUGH_RESOURCES', 'No media worker is available'));
    if (this.#stopping) {
      unavailable();
      return;
    }
    const entry = {
      settle: (replacement: WorkerHandle | undefined) => {
        clearTimeout(entry.timer);
        if (replacement === undefined) unavailable();
        else chosen(undefined, replacement);
      },
      timer: setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        entry.settle(undefined);
      }, this.#options.waitMillis),
    };
    this.#waiting.push(entry);
  }

  /** The figures of every worker that answers. */
  async status(): Promise<WorkerStatus[]> {
    const answers = await Promise.allSettled(
      this.ready.map((worker) => worker.channel.request('status', {})),
    );
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  /** From now on workers that end are neither replaced nor reported. */
  prepareToStop(): void {
    this.#stopping = true;
    clearInterval(this.#probe);
    for (const { settle } of this.#waiting.splice(0)) settle(undefined);
    for (const slot of this.#slots) clearTimeout(slot.timer);
  }

  /** Ends all workers, by force those that do not end by themselves in time. */
  async stop(): Promise<void> {
    this.prepareToStop();
    await Promise.all(
      this.#slots.map(async (slot) => {
        const { worker } = slot;
        if (worker === undefined) return;
        if (slot.ready) await within(SHUTDOWN_MILLIS, worker.channel.request('shutdown', {}));
        worker.channel.close();
        if (!(await within(SHUTDOWN_MILLIS, worker.process.ended))) worker.process.kill();
        await worker.process.ended;
      }),
    );
  }

  /** Ends all workers by force and at once. */
  killAll(): void {
    this.#stopping = true;
    for (const slot of this.#slots) slot.worker?.process.kill();
  }

  #leastLoaded(): WorkerHandle | undefined {
    let best: WorkerHandle | undefined;
    for (const { ready, worker } of this.#slots) {
      if (
        ready &&
        worker !== undefined &&
        (best === undefined || worker.pipelines.size < best.pipelines.size)
      ) {
        best = worker;
      }
    }
    return best;
  }

  /** Resolves with undefined when the worker is ready, and otherwise with the reason. */
  #startWorker(slot: Slot): Promise<string | undefined> {
    const { index } = slot;
    const started = Date.now();
    let worker: WorkerHandle;
    try {
      worker = new WorkerHandle(index, this.#options.launch(index), this.#log);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#replace(slot, undefined, why, started);
      return Promise.resolve(why);
    }
    slot.worker = worker;
    slot.ready = false;
    let reason: string | undefined;
    worker.channel.on('objectEvent', (event) => this.#listener.objectEvent(event));
    const ended = worker.channel.closed.then(async () => {
      slot.ready = false;
      if (!this.#stopping) this.#listener.workerEnded(worker);
      // A process without its channel is of no use, even when it still runs.
      if (!this.#stopping && !(await within(SHUTDOWN_MILLIS, worker.process.ended))) worker.process.kill();
      const how = await worker.process.ended;
      return reason ?? how;
    });
    void ended.then((why) => this.#replace(slot, worker, why, started));

    const ready = new Promise<string | undefined>((resolve) => {
      const late = setTimeout(() => {
        reason = `not ready after ${this.#options.startMillis} ms`;
        worker.process.kill();
      }, this.#options.startMillis);
      void ended.then((why) => {
        clearTimeout(late);
        resolve(why);
      });
      worker.channel.call('configure', { ...this.#options.configuration, index }, (error, result) => {
        clearTimeout(late);
        if (error !== undefined) {
          // When it has ended already, how it ended says more, and killing it changes nothing.
          if (!(error instanceof ChannelClosedError)) reason ??= error.message;
          worker.process.kill();
          return;
        }
        slot.ready = true;
        this.#log.info(
          { worker: index, workerPid: result?.pid, udpPort: result?.port },
          'Media worker is ready',
        );
        resolve(undefined);
        for (const { settle } of this.#waiting.splice(0)) settle(worker);
      });
    });
    return ready;
  }

  #replace(slot: Slot, worker: WorkerHandle | undefined, why: string, started: number): void {
    slot.worker = undefined;
    if (this.#stopping) return;
    const lived = Date.now() - started;
    slot.failures = lived >= STABLE_MILLIS ? 0 : slot.failures + 1;
    const delay =
      slot.failures === 0 ? 0 : Math.min(FIRST_DELAY_MILLIS * 2 ** (slot.failures - 1), LONGEST_DELAY_MILLIS);
    this.#log.error(
      { worker: slot.index, workerPid: worker?.process.pid, why, restartMillis: delay },
      'Media worker ended; it is replaced',
    );
    slot.timer = setTimeout(() => void this.#startWorker(slot), delay);
  }

  #probeAll(): void {
    const { probeMillis, timeoutMillis } = this.#options;
    for (const worker of this.ready) {
      if (worker.missedProbes === 0) {
        worker.missedProbes = 1;
        worker.call('status', {}, () => {
          worker.missedProbes = 0;
        });
        continue;
      }
      // Counted in probes and not by the clock: a machine that slept must not cost all workers.
      worker.missedProbes++;
      if ((worker.missedProbes - 1) * probeMillis < timeoutMillis) continue;
      this.#log.error(
        { worker: worker.index, workerPid: worker.process.pid, silentMillis: timeoutMillis },
        'Media worker does not answer; it is killed',
      );
      worker.process.kill();
    }
  }
}

/** Whether the promise settles in time. */
function within(millis: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), millis);
    const settled = () => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
