/**
 * `npm test`: sets up what is missing, checks the style, then runs every test. Arguments choose test files
 * by a part of their path (`npm test -- ice sdp`) and leave out the style check.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, run, runProgram, SetupError, setUp } from './setup.mjs';

/** A test file that takes longer than this hangs (ms). */
const FILE_TIMEOUT = 600_000;

await runProgram(async () => {
  const filters = process.argv.slice(2);
  await setUp('test');
  if (filters.length === 0) await checkStyle();

  const files = testFiles().filter(
    (file) => filters.length === 0 || filters.some((filter) => file.includes(filter)),
  );
  if (files.length === 0) throw new SetupError(`no test file matches ${filters.join(', ')}`);
  process.exitCode = await run([
    process.execPath,
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    `--test-timeout=${FILE_TIMEOUT}`,
    ...files,
  ]);
});

async function checkStyle() {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const code = await run([process.execPath, biome, 'check', '.']);
  if (code !== 0) throw new SetupError('the style check failed; see above (npm run format mends most of it)');
}

/** Compiled test files of every workspace, short ones (one package) before those with browsers. */
function testFiles() {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
  return [...packages, 'tests', 'bench'].flatMap((workspace) => {
    const dist = join(root, workspace, 'dist');
    if (!existsSync(dist)) return [];
    return readdirSync(dist, { recursive: true })
      .filter((file) => file.endsWith('.test.js') && hasSource(workspace, file))
      .map((file) => relative(root, join(dist, file)))
      .sort();
  });
}

/** The compiler leaves the output of a deleted source behind: that is no test any more. */
function hasSource(workspace, compiled) {
  return existsSync(join(root, workspace, 'src', compiled.replace(/\.js$/, '.ts')));
}
