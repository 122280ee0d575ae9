import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = fileURLToPath(new URL('./test-support/leak-cycles.js', import.meta.url));

/** Resident memory may grow by this much (MB) after the warm-up: the allocator's and V8's own ups and downs. */
const GROWTH = 12;
/** Threads that wait a while for their next task; a leak of one per cycle would make hundreds. */
const IDLE_THREADS = 16;

interface Usage {
  rss: number;
  threads: number;
  files: number;
  handles: number;
}

for (const kind of ['inputs', 'pipelines']) {
  test(`${kind} come and go without leaving anything behind`, async () => {
    const { stdout, stderr } = await run(process.execPath, ['--expose-gc', program, kind], {
      timeout: 120_000,
    });
    assert.doesNotMatch(stderr, /CRITICAL|WARNING/);
    const { before, after } = JSON.parse(stdout) as { before: Usage; after: Usage };
    assert.ok(after.rss - before.rss < GROWTH, `${before.rss} MB before, ${after.rss} MB after`);
    assert.ok(
      after.threads <= before.threads + IDLE_THREADS,
      `${before.threads} threads before, ${after.threads} after`,
    );
    assert.equal(after.files, before.files);
    assert.ok(
      after.handles <= before.handles + 4,
      `${before.handles} handles before, ${after.handles} after`,
    );
  });
}

for (const way of ['exit', 'return', 'throw']) {
  test(`a process that ends by ${way} while a pipeline plays does not crash`, async () => {
    const end = fileURLToPath(new URL('./test-support/end-while-playing.js', import.meta.url));
    const expected = way === 'throw' ? 1 : 0;
    const code = await run(process.execPath, [end, way], { timeout: 60_000 }).then(
      () => 0,
      (error: { code: number | null }) => error.code,
    );
    assert.equal(code, expected);
  });
}
