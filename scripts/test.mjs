/**
 * `npm test`: sets up what is missing, checks the style, then runs every test. Arguments choose test files
 * by a part of their path (`npm test -- ice sdp`) and leave out the style check. A few files that fail are run once more, by
 * themselves, and named.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root, run, runProgram, SetupError, setUp } from './setup.mjs';

/** A test file that takes longer than this hangs (ms). */
const FILE_TIMEOUT = 600_000;
/** Test files of packages that run at a time: they mostly wait, for sockets and short timers. Those with servers and browsers need the two cores. */
const PARTS_AT_ONCE = 3;
const WHOLES_AT_ONCE = 2;
/** More failed files than this are no accident. */
const MAX_REPEATED = 4;

await runProgram(async () => {
  const filters = process.argv.slice(2);
  await setUp('test');
  if (filters.length === 0) await checkStyle();

  const files = testFiles().filter(
    (file) => filters.length === 0 || filters.some((filter) => file.includes(filter)),
  );
  if (files.length === 0) throw new SetupError(`no test file matches ${filters.join(', ')}`);
  const isWhole = (file) => /^(tests|bench)\b/.test(file);
  const results = [
    await runTests(
      files.filter((file) => !isWhole(file)),
      PARTS_AT_ONCE,
    ),
    await runTests(files.filter(isWhole), WHOLES_AT_ONCE),
  ];
  const failed = results.flatMap((result) => result.failed);
  process.exitCode = results.find(({ code }) => code !== 0)?.code ?? 0;
  if (process.exitCode === 0 || failed.length > MAX_REPEATED) return;
  // A file that says nothing of a test that failed is not made good by others.
  if (results.some((result) => result.code !== 0 && result.failed.length === 0)) return;
  // Browsers, cameras and recorders on a busy machine: what fails once is told, and counts when it fails alone, too.
  console.log(`\n── Failed, run again by themselves: ${failed.join(', ')}`);
  const again = await runTests(failed, 1);
  process.exitCode = again.code;
  console.log(
    `\n── ${again.code === 0 ? 'Passed the second time; look at them all the same' : 'Failed again'}: ${failed.join(', ')}`,
  );
});

/** Runs test files; tells which of them failed. */
async function runTests(files, concurrency) {
  if (files.length === 0) return { code: 0, failed: [] };
  const folder = mkdtempSync(join(tmpdir(), 'rivero-test-'));
  const list = join(folder, 'failed');
  try {
    const code = await run([
      process.execPath,
      '--test',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${new URL('failed-files.mjs', import.meta.url).href}`,
      `--test-reporter-destination=${list}`,
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${FILE_TIMEOUT}`,
      ...files,
    ]);
    const failed = existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean) : [];
    return { code, failed: failed.map((file) => relative(root, file)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkStyle() {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const code = await run([process.execPath, biome, 'check', '.']);
  if (code !== 0) throw new SetupError('the style check failed; see above (npm run format mends most of it)');
}

/** Compiled test files of every workspace, short ones (one package) before those with browsers. */
function testFiles() {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
  const modules = readdirSync(join(root, 'modules')).map((name) => join('modules', name));
  return [...packages, ...modules, 'tests', 'bench'].flatMap((workspace) => {
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
