/**
 * `npm run soak:recorder`: a recording of ten minutes while one packet in twenty is lost; how far sound and picture drift apart.
 * Options: --minutes=N, --loss=SHARE, --keep (the folder with the recording).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClient } from '../support/kurento.js';
import { TestServer } from '../support/server.js';
import { soakRecorder } from './recorder-soak.js';

const MAX_SKEW_MS = 40;
const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

const seconds = Number(option('minutes') ?? 10) * 60;
const loss = Number(option('loss') ?? 0.05);
const folder = mkdtempSync(join(tmpdir(), 'rivero-soak-'));
const server = await TestServer.start({ args: ['--media.loopback', 'always'] });
const client = await openClient(server.uri);
try {
  const { skew, file, elapsed, lost, sent } = await soakRecorder(client, folder, { seconds, loss });
  console.log(
    `recorded ${elapsed.toFixed(1)} s, the file has ${file.duration.toFixed(1)} s; ${file.decodedFrames} pictures`,
  );
  console.log(`${lost} of ${sent} packets lost; the longest gap is ${file.largestGap.toFixed(2)} s`);
  console.log(
    `the beep is later than the flash by (medians of each minute, ms): ${skew.medians.map((ms) => ms.toFixed(1)).join(' ')}; ${skew.pairs} pairs`,
  );
  const worst = Math.max(...skew.medians.map(Math.abs));
  console.log(`worst ${worst.toFixed(1)} ms (< ${MAX_SKEW_MS})`);
  process.exitCode = worst < MAX_SKEW_MS && skew.pairs > 0 ? 0 : 1;
} finally {
  client.close();
  await server.stop();
  if (process.argv.includes('--keep')) console.log(folder);
  else rmSync(folder, { recursive: true, force: true });
}
