/** `npm run fuzz -- [TARGET …] [--seconds N]`: sets up what is missing, then fuzzes; see docs/security.md. */
import { join } from 'node:path';
import { root, run, runProgram, setUp } from './setup.mjs';

await runProgram(async () => {
  await setUp('build');
  const program = join(root, 'packages', 'media', 'dist', 'fuzz', 'main.js');
  process.exitCode = await run([process.execPath, program, ...process.argv.slice(2)]);
});
