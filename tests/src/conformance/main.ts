/** The conformance suite but for Java, as a program: see scripts/conformance.mjs. Arguments choose topics by a part of their name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kurento7, loadKurento6 } from '../support/kurento.js';
import { makeVp8File } from '../support/media-file.js';
import { hasGStreamer } from '../support/rtp-programs.js';
import { TestServer } from '../support/server.js';
import { OfficialSurvey, surveyedClasses } from './official-client.js';
import { Replay } from './replay.js';
import { type Report, reasons, total } from './report.js';
import { readTranscript, transcriptNames, transcriptsWithMedia } from './transcript.js';

const filters = process.argv.slice(2);
const chosen = (topic: string): boolean =>
  filters.length === 0 || filters.some((filter) => topic.includes(filter));

const reports: Report[] = [];
function tell(report: Report): void {
  reports.push(report);
  console.log(report.summary);
  for (const failure of report.failures) console.log(`  ${failure}`);
}

function list(title: string, which: (report: Report) => ReadonlyMap<string, number>): void {
  const found = reasons(reports, which);
  if (found.length === 0) return;
  console.log(`\n${title}`);
  for (const [reason, count] of found) console.log(`${String(count).padStart(6)}  ${reason}`);
}

const media = mkdtempSync(join(tmpdir(), 'rivero-conformance-'));
// As long as the one of the reference.
if (hasGStreamer()) makeVp8File(join(media, 'test.webm'), 5);
const server = await TestServer.start({ workers: 2 });
try {
  for (const name of transcriptNames().filter(chosen)) {
    tell(await new Replay(server.uri, readTranscript(name)).run());
  }
  if (hasGStreamer()) {
    for (const name of transcriptsWithMedia().filter(chosen)) {
      const report = await new Replay(server.uri, readTranscript(name), media).run();
      report.topic = `${name}, with media`;
      tell(report);
    }
  } else console.log('transcripts with media: skipped, they need the Debian package gstreamer1.0-tools');
  for (const version of ['7.3.0', '6.18.0']) {
    // Loaded one after the other: both take the same name in the process.
    const kurento = version === '7.3.0' ? kurento7 : loadKurento6();
    const survey = await OfficialSurvey.open(server.uri, kurento, version);
    for (const name of surveyedClasses().filter(chosen)) tell(await survey.survey(name));
    if (chosen('ServerManager')) tell(await survey.surveyManager());
    survey.close();
  }
} finally {
  await server.stop();
  rmSync(media, { recursive: true });
}
list('Different on purpose:', ({ different }) => different);
list('Skipped:', ({ skipped }) => skipped);
const sum = (count: (report: Report) => number): number =>
  reports.reduce((all, report) => all + count(report), 0);
const failed = sum(({ failures }) => failures.length);
console.log(
  `\n${reports.length} topics: ${sum(({ same }) => same)} checks as the reference, ` +
    `${sum(({ different }) => total(different))} different on purpose, ` +
    `${sum(({ skipped }) => total(skipped))} skipped, ${failed} failed`,
);
process.exitCode = failed > 0 || reports.length === 0 ? 1 : 0;
