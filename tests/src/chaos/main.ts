/**
 * `npm run chaos`: everything that applications do to pipelines with media that flows, and much that they should not do, at random. It fails when a
 * request is not answered, a process ends, an error of the server itself is seen or logged, a recording is damaged, or something is left behind.
 * Options: --seed=N (the first one), --runs=N, --steps=N, --pipelines=N.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChaos } from './setting.js';

const option = (name: string, otherwise: number): number =>
  Number(
    process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise,
  );

const seed = option('seed', 1);
const steps = option('steps', 2500);
const pipelines = option('pipelines', 3);
for (let i = 0; i < option('runs', 5); i++) {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-chaos-'));
  const { answers, events, faults } = await runChaos(folder, { seed: seed + i, steps, pipelines });
  console.log(`seed ${seed + i}: ${faults.length === 0 ? 'as it should be' : 'FAILED'}`);
  console.log(`  answers by code: ${[...answers].map(([code, count]) => `${code}: ${count}`).join(', ')}`);
  console.log(`  events: ${[...events].map(([name, count]) => `${name}: ${count}`).join(', ')}`);
  for (const fault of faults) console.log(`  ${fault}`);
  if (faults.length > 0) {
    process.exitCode = 1;
    console.log(`  files: ${folder}`);
  } else {
    rmSync(folder, { recursive: true, force: true });
  }
}
