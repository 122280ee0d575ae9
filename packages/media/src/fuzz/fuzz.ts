import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from './random.js';
import type { FuzzRun, FuzzTarget } from './target.js';

/** No input may take longer, ms; generous, because other programs run too. */
const SLOW_MS = 500;
/** What may be kept after all inputs, once the first ones have warmed everything up, bytes. */
const HEAP_GROWTH = 24 * 1024 * 1024;
const RSS_GROWTH = 256 * 1024 * 1024;
/** Inputs between looks at the clock. */
const ROUND = 16;

export interface FuzzOptions {
  seed: number;
  milliseconds: number;
  /** Where inputs that break a rule are written. */
  directory: string;
}

export interface FuzzResult {
  inputs: number;
  /** The rule that was broken, and the file with the inputs that broke it. */
  finding?: { error: unknown; path: string };
}

class BrokenRule extends Error {}

let collect: (() => void) | undefined;

/** Memory that is really in use. */
function memory(): { heap: number; rss: number } {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

function take(run: FuzzRun, input: Uint8Array): void {
  const start = performance.now();
  run.take(input);
  const time = performance.now() - start;
  if (time > SLOW_MS) throw new BrokenRule(`an input took ${Math.round(time)} ms`);
}

/** Gives a target mutated inputs until the time is over or one breaks a rule. */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const random = new Random(options.seed);
  let run = await target.open();
  const end = performance.now() + options.milliseconds;
  const middle = performance.now() + options.milliseconds / 2;
  /** What the present run got. */
  let taken: Uint8Array[] = [];
  let inputs = 0;
  let before: ReturnType<typeof memory> | undefined;
  try {
    // At least one round, however busy the machine is.
    do {
      for (let i = 0; i < ROUND; i++) {
        if (target.lifetime > 0 && taken.length >= target.lifetime) {
          run.close?.();
          run = await target.open();
          taken = [];
        }
        const input = target.input(random);
        if (target.lifetime === 0) taken.length = 0;
        taken.push(input);
        inputs++;
        take(run, Uint8Array.from(input));
      }
      if (before === undefined && performance.now() > middle) before = memory();
    } while (performance.now() < end);
    const after = memory();
    if (before !== undefined) checkGrowth(before, after);
    return { inputs };
  } catch (error) {
    return { inputs, finding: { error, path: save(target, options, taken, inputs) } };
  } finally {
    run.close?.();
  }
}

function checkGrowth(before: ReturnType<typeof memory>, after: ReturnType<typeof memory>): void {
  const [heap, rss] = [after.heap - before.heap, after.rss - before.rss];
  if (heap > HEAP_GROWTH) throw new BrokenRule(`${Math.round(heap / 1024)} KiB of heap are kept`);
  if (rss > RSS_GROWTH) throw new BrokenRule(`the process grew by ${Math.round(rss / 1024)} KiB`);
}

/** One input a line; the last one broke the rule, those before it made the state in which it did. */
function save(
  target: FuzzTarget,
  options: FuzzOptions,
  taken: readonly Uint8Array[],
  number: number,
): string {
  mkdirSync(options.directory, { recursive: true });
  const path = join(options.directory, `${target.name}-${options.seed}-${number}.hex`);
  writeFileSync(path, taken.map((input) => `${Buffer.from(input).toString('hex')}\n`).join(''));
  return path;
}

/** Gives a target the inputs of a finding again. @throws what broke the rule */
export async function replay(target: FuzzTarget, path: string): Promise<void> {
  const run = await target.open();
  try {
    for (const line of readFileSync(path, 'utf8').trimEnd().split('\n'))
      take(run, Uint8Array.from(Buffer.from(line, 'hex')));
  } finally {
    run.close?.();
  }
}
