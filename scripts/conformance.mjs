/**
 * `npm run conformance`: compares the server with the recorded reference. Replays the recorded transcripts,
 * goes through every class with the official JavaScript clients 7.3.0 and 6.18.0, then with the Java client 7.3.0
 * where Maven can get it. Arguments choose topics by a part of their name and leave out Java (`-- Player class`).
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, run, runProgram, setUp } from './setup.mjs';

/** How long (ms) Maven may take to get what it needs. */
const MAVEN_TIMEOUT = 300_000;

await runProgram(async () => {
  const topics = process.argv.slice(2);
  await setUp('build');
  const suite = await run([process.execPath, join(root, 'tests/dist/conformance/main.js'), ...topics]);
  const java = topics.length === 0 ? await runJava() : 0;
  process.exitCode = suite || java;
});

/** The official Java client. Needs mvn, a JDK, and Maven Central or a local repository that has it all. */
async function runJava() {
  const project = join(root, 'tests', 'java');
  const skip = (reason) => {
    console.log(`\nkurento-client 7.3.0 for Java: skipped, ${reason}`);
    return 0;
  };
  if (spawnSync('mvn', ['--version'], { stdio: 'ignore' }).status !== 0)
    return skip('mvn is not on the PATH');
  const fetched = spawnSync(
    'mvn',
    [
      '-q',
      '-B',
      '-f',
      project,
      'package',
      'dependency:build-classpath',
      '-DincludeScope=runtime',
      '-Dmdep.outputFile=target/classpath',
    ],
    {
      encoding: 'utf8',
      timeout: MAVEN_TIMEOUT,
    },
  );
  if (fetched.status !== 0) {
    const output = `${fetched.stdout}${fetched.stderr}`;
    if (
      /could not (be resolved|transfer|find|resolve)|Unknown host|ResolutionException|was not found in|No compiler is provided/i.test(
        output,
      ) ||
      fetched.error
    ) {
      const line = output.split('\n').find((text) => /ERROR/.test(text)) ?? String(fetched.error);
      return skip(`Maven can't get what it needs: ${line.trim().slice(0, 200)}`);
    }
    console.error(output);
    return 1;
  }
  return run([process.execPath, join(root, 'tests/dist/conformance/java.js'), project]);
}
