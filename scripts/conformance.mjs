/**
 * `npm run conformance`: compares the server with the recorded reference. Replays the recorded transcripts,
 * goes through every class with the official JavaScript clients 7.3.0 and 6.18.0, then with the Java client 7.3.0
 * where Maven can get it, and has Kurento's generator make clients of the modules. Arguments choose topics by a part of
 * their name and leave out Java (`-- Player class`).
 */
import { join } from 'node:path';
import { runMaven } from './maven.mjs';
import { checkModuleClients } from './module-clients.mjs';
import { root, run, runProgram, setUp } from './setup.mjs';

await runProgram(async () => {
  const topics = process.argv.slice(2);
  await setUp('build');
  const suite = await run([process.execPath, join(root, 'tests/dist/conformance/main.js'), ...topics]);
  const java = topics.length === 0 ? await runJava() : 0;
  const modules = topics.length === 0 ? await checkModuleClients() : 0;
  process.exitCode = suite || java || modules;
});

/** The official Java client. Needs mvn, a JDK, and Maven Central or a local repository that has it all. */
async function runJava() {
  const project = join(root, 'tests', 'java');
  const result = runMaven(
    project,
    'package',
    'dependency:build-classpath',
    '-DincludeScope=runtime',
    '-Dmdep.outputFile=target/classpath',
  );
  if (result?.skipped !== undefined) {
    console.log(`\nkurento-client 7.3.0 for Java: skipped, ${result.skipped}`);
    return 0;
  }
  if (result !== undefined) {
    console.error(result.failed);
    return 1;
  }
  return run([process.execPath, join(root, 'tests/dist/conformance/java.js'), project]);
}
