/** `npm start`: sets up what is missing, then becomes the server. Arguments go to the server. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, runProgram, setUp } from './setup.mjs';

await runProgram(async () => {
  await setUp('start');
  // In this very process, so that signals and the exit code are the server's own.
  const server = join(root, 'packages', 'server', 'dist', 'main.js');
  process.argv[1] = server;
  await import(pathToFileURL(server).href);
});
