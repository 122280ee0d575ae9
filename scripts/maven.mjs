/** Maven for what is checked with Kurento's Java programs, which is left out where it can't be had. */
import { spawnSync } from 'node:child_process';

/** How long (ms) Maven may take to get what it needs. */
const TIMEOUT = 300_000;
const MISSING =
  /could not (be resolved|transfer|find|resolve)|Unknown host|ResolutionException|was not found in|No compiler is provided/i;

/**
 * Runs Maven in the folder of a project. @returns undefined, `{ skipped }` why it can't be run here, or `{ failed }` with what it
 * says. Needs mvn, a JDK, and Maven Central or a local repository that has it all.
 */
export function runMaven(project, ...args) {
  if (spawnSync('mvn', ['--version'], { stdio: 'ignore' }).status !== 0)
    return { skipped: 'mvn is not on the PATH' };
  const done = spawnSync('mvn', ['-q', '-B', '-f', project, ...args], { encoding: 'utf8', timeout: TIMEOUT });
  if (done.status === 0) return undefined;
  const output = `${done.stdout}${done.stderr}`;
  if (!MISSING.test(output) && !done.error) return { failed: output };
  const line = output.split('\n').find((text) => /ERROR/.test(text)) ?? String(done.error);
  return { skipped: `Maven can't get what it needs: ${line.trim().slice(0, 200)}` };
}
