/** `node scripts/long-test.mjs NAME …`: sets up what is missing, then runs tests/src/NAME/main.ts: what takes too long for `npm test`. */
import { join } from 'node:path';
import { root, run, runProgram, setUp } from './setup.mjs';

await runProgram(async () => {
  const [name, ...args] = process.argv.slice(2);
  await setUp('test');
  process.exitCode = await run([process.execPath, join(root, 'tests', 'dist', name, 'main.js'), ...args]);
});
