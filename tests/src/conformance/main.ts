/** The whole conformance suite as a program: see scripts/conformance.mjs. */
import { TestServer } from '../support/server.js';
import { Replay } from './replay.js';
import { type Report, reasons } from './report.js';
import { readTranscript, transcriptNames } from './transcript.js';

const filters = process.argv.slice(2);
const server = await TestServer.start({ workers: 2 });
const reports: Report[] = [];
for (const name of transcriptNames()) {
  if (filters.length > 0 && !filters.some((filter) => name.includes(filter))) continue;
  const report = await new Replay(server.uri, readTranscript(name)).run();
  reports.push(report);
  console.log(report.summary);
  for (const failure of report.failures) console.log(`  ${failure}`);
}
for (const [reason, count] of reasons(reports, ({ different }) => different))
  console.log(`different ${count}: ${reason}`);
for (const [reason, count] of reasons(reports, ({ skipped }) => skipped))
  console.log(`skipped ${count}: ${reason}`);
await server.stop();
