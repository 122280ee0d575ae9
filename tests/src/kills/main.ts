/**
 * `npm run kills`: the matrix of tests/src/processing-kills.test.ts cell by cell, each phase by itself and the kill up to half a second after
 * its last step. Options: --repeat=N, --target=graph|worker|server, --phase=TEXT.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Killing, TARGETS } from './kill.js';
import { MAX_LOST_SECONDS, PHASES } from './phases.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

const repeat = Number(option('repeat') ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'rivero-kills-'));
let failures = 0;
try {
  for (const target of TARGETS.filter((each) => each === (option('target') ?? each))) {
    for (const phase of Object.keys(PHASES).filter((each) => each.includes(option('phase') ?? ''))) {
      const killing = await Killing.start(folder);
      for (let i = 0; i < repeat; i++) {
        const delay = Math.floor(Math.random() * 500);
        let result = 'as it should be';
        try {
          const lost = (await killing.run(target, [phase], i === 0 ? 0 : delay))[phase];
          if (lost !== undefined) result = `${lost.toFixed(2)} s lost`;
          if (lost !== undefined && lost > MAX_LOST_SECONDS) throw new Error(result);
        } catch (error) {
          failures++;
          result = `FAILED: ${error instanceof Error ? error.message : String(error)}`;
        }
        console.log(`${target}, ${phase}, ${i === 0 ? 0 : delay} ms: ${result}`);
      }
      await killing.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures === 0 ? 'all as they should be' : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
