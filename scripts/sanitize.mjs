/**
 * `npm run sanitize`: the tests of the packet engine with its variants that find memory errors, undefined behaviour and
 * data races. Arguments choose test files by a part of their name.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAddon } from './build-addon.mjs';
import { root, runProgram, SetupError, setUp } from './setup.mjs';

/** node is not compiled for it: what its parts do among their own threads looks like races. */
const SUPPRESSIONS = 'race:v8::\nrace:node::\nrace:uv_\n';
const suppressions = join(tmpdir(), `rivero-tsan-${process.pid}`);

const VARIANTS = [
  // V8 never frees what it needs until the end.
  { variant: 'sanitize', library: 'libasan.so', options: { ASAN_OPTIONS: 'detect_leaks=0' } },
  {
    variant: 'sanitize-thread',
    library: 'libtsan.so',
    options: { TSAN_OPTIONS: `exitcode=66 suppressions=${suppressions}` },
  },
];

await runProgram(async () => {
  const filters = process.argv.slice(2);
  await setUp('test');
  writeFileSync(suppressions, SUPPRESSIONS);
  const directory = join(root, 'packages/packet-engine/dist');
  const files = readdirSync(directory)
    // What measures memory would measure that of the checks.
    .filter((file) => file.endsWith('.test.js') && file !== 'memory.test.js')
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
  if (files.length === 0) throw new SetupError(`no test file matches ${filters.join(', ')}`);
  for (const { variant, library, options } of VARIANTS) {
    await buildAddon({ variant, log: (line) => console.log(`── ${line}`) });
    const preload = execFileSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).trim();
    const env = { ...process.env, ...options, LD_PRELOAD: preload, RIVERO_ADDON_VARIANT: variant };
    for (const file of files) {
      // Not by the test runner: it would start further processes with the library in them.
      const run = spawnSync(process.execPath, [join(directory, file)], { env, encoding: 'utf8' });
      const failed = run.status !== 0;
      console.log(`${failed ? 'FAILED' : 'passed'}  ${variant}  ${file}`);
      if (!failed) continue;
      process.exitCode = 1;
      console.log(run.stdout, run.stderr);
    }
  }
});
