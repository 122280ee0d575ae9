/** `node scripts/bench.mjs NAME …`: sets up what is missing, then runs the benchmark bench/src/NAME.ts. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from '../bench/build-native.mjs';
import { root, run, runProgram, SetupError, setUp } from './setup.mjs';

await runProgram(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const source = join(root, 'bench', 'src');
  if (!/^[\w-]+$/.test(name) || !existsSync(join(source, `${name}.ts`))) {
    const names = readdirSync(source).filter((file) => /^[\w-]+\.ts$/.test(file) && file !== 'index.ts');
    throw new SetupError(`no benchmark '${name}'; there is: ${names.join(' ').replaceAll('.ts', '')}`);
  }
  // Networks are looked at with a browser.
  await setUp(name === 'network' ? 'test' : 'build');
  buildNative();
  process.exitCode = await run([process.execPath, join(root, 'bench', 'dist', `${name}.js`), ...args]);
});
