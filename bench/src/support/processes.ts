import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A call table: what the other process can be asked for. */
export type Calls = Record<string, (params: never) => unknown>;

interface Request {
  id: number;
  call: string;
  params: unknown;
}

interface Reply {
  id: number;
  result?: unknown;
  error?: string;
}

/** Answers the parent's requests: one after the other, or as they come. */
export function serve(calls: Calls, options: { overlapping?: boolean } = {}): void {
  let last: Promise<void> = Promise.resolve();
  const answer = async ({ id, call, params }: Request): Promise<void> => {
    try {
      const result = await (calls[call] as (params: unknown) => unknown)(params);
      process.send?.({ id, result } satisfies Reply);
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (request: Request) => {
    if (options.overlapping === true) void answer(request);
    else last = last.then(() => answer(request));
  });
  process.on('disconnect', () => process.exit(0));
}

/** A process of the benchmark and what may be asked of it. */
export class BenchProcess<T extends Calls> {
  readonly child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #nextId = 1;

  constructor(file: URL, execArgv: readonly string[] = []) {
    this.child = fork(file, { serialization: 'advanced', execArgv: [...execArgv] });
    this.child.on('message', (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.error === undefined) waiting?.resolve(reply.result);
      else waiting?.reject(new Error(reply.error));
    });
    this.child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`a benchmark process ended: ${signal ?? code}`));
      this.#waiting.clear();
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  ask<K extends keyof T & string>(call: K, params: Parameters<T[K]>[0]): Promise<Awaited<ReturnType<T[K]>>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send({ id, call, params } satisfies Request);
    });
  }

  /** Ends the process; resolves when it has ended. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await ended;
  }
}

export interface CpuTime {
  /** Of the main thread, which runs JavaScript, µs. */
  mainThread: number;
  /** Of the whole process, garbage collector and compiler included, µs. */
  process: number;
}

/** CPU time that a process has had, to the nanosecond as the scheduler counts it. */
export function cpuTime(pid: number): CpuTime {
  const threads = threadTimes(pid);
  let total = 0;
  for (const micros of threads.values()) total += micros;
  return { mainThread: threads.get(pid) ?? 0, process: total };
}

/** The same of every thread, µs by its id. */
export function threadTimes(pid: number): Map<number, number> {
  const times = new Map<number, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [ns = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    times.set(Number(thread), Number(ns) / 1000);
  }
  return times;
}

export function cpuBetween(before: CpuTime, after: CpuTime): CpuTime {
  return { mainThread: after.mainThread - before.mainThread, process: after.process - before.process };
}

/** Resident memory of a process, bytes. */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) * 1024;
}
