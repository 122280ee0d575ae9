/** Runs the Java project with a server of its own: node java.js <project folder>. The project is built already. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestServer } from '../support/server.js';

const project = process.argv[2] ?? '';
const classpath = readFileSync(join(project, 'target', 'classpath'), 'utf8').trim();
const server = await TestServer.start({ workers: 2 });
try {
  const java = spawn(
    'java',
    [
      '-cp',
      `${join(project, 'target', 'classes')}:${classpath}`,
      'conformance.KurentoClientSurvey',
      server.uri,
    ],
    { stdio: 'inherit' },
  );
  process.exitCode = await new Promise<number>((resolve, reject) => {
    java.on('error', reject);
    java.on('close', (code) => resolve(code ?? 1));
  });
} finally {
  await server.stop();
}
