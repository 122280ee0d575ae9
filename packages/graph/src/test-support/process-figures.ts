import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds. */
export interface ProcessFigures {
  readonly threads: number;
  readonly files: number;
  readonly rssMegabytes: number;
}

export function figuresOf(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    threads: readdirSync(`/proc/${pid}/task`).length,
    files: readdirSync(`/proc/${pid}/fd`).length,
    rssMegabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
  };
}

/** Asserts that a process holds about what it held before: what is removed last is freed later. @returns what it holds */
export function assertFlat(pid: number, before: ProcessFigures, megabytes: number): ProcessFigures {
  const after = figuresOf(pid);
  const grown = (name: keyof ProcessFigures): number => after[name] - before[name];
  assert.ok(grown('threads') <= 6, `threads: ${before.threads} to ${after.threads}`);
  assert.ok(grown('files') <= 40, `files: ${before.files} to ${after.files}`);
  assert.ok(grown('rssMegabytes') < megabytes, `RSS: ${before.rssMegabytes} to ${after.rssMegabytes} MB`);
  return after;
}
