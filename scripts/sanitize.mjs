/**
 * `npm run sanitize`: the tests of the native addons with their variants that find memory errors, undefined behaviour and
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
  {
    variant: 'sanitize',
    packages: ['packet-engine', 'graph-engine'],
    library: 'libasan.so',
    options: { ASAN_OPTIONS: 'detect_leaks=0' },
  },
  {
    variant: 'sanitize-thread',
    // GLib's and GStreamer's locks are not seen, so that all they guard would look like races.
    packages: ['packet-engine'],
    library: 'libtsan.so',
    options: { TSAN_OPTIONS: `exitcode=66 suppressions=${suppressions}` },
  },
];

await runProgram(async () => {
  const filters = process.argv.slice(2);
  await setUp('test');
  writeFileSync(suppressions, SUPPRESSIONS);
  const files = ['packet-engine', 'graph-engine'].flatMap((name) =>
    readdirSync(join(root, 'packages', name, 'dist'))
      // What measures memory would measure that of the checks.
      .filter((file) => file.endsWith('.test.js') && file !== 'memory.test.js' && file !== 'leaks.test.js')
      .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
      .map((file) => ({ name, file })),
  );
  if (files.length === 0) throw new SetupError(`no test file matches ${filters.join(', ')}`);
  for (const { variant, packages, library, options } of VARIANTS) {
    for (const name of packages)
      await buildAddon(name, { variant, log: (line) => console.log(`── ${line}`) });
    const preload = execFileSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).trim();
    const env = { ...process.env, ...options, LD_PRELOAD: preload, RIVERO_ADDON_VARIANT: variant };
    for (const { name, file } of files.filter((each) => packages.includes(each.name))) {
      // Not by the test runner: it would start further processes with the library in them.
      const run = spawnSync(process.execPath, [join(root, 'packages', name, 'dist', file)], {
        env,
        encoding: 'utf8',
      });
      const failed = run.status !== 0;
      console.log(`${failed ? 'FAILED' : 'passed'}  ${variant}  ${name}/${file}`);
      if (!failed) continue;
      process.exitCode = 1;
      console.log(run.stdout, run.stderr);
    }
  }
});
