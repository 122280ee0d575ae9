import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kurento7, loadKurento6 } from '../support/kurento.js';
import { TestServer } from '../support/server.js';
import { OfficialSurvey, surveyedClasses } from './official-client.js';
import type { Report } from './report.js';

for (const version of ['7.3.0', '6.18.0']) {
  describe(`kurento-client ${version}`, () => {
    let server: TestServer;
    let survey: OfficialSurvey;
    before(async () => {
      server = await TestServer.start({ workers: 2 });
      survey = await OfficialSurvey.open(
        server.uri,
        version === '7.3.0' ? kurento7 : loadKurento6(),
        version,
      );
    });
    after(async () => {
      survey.close();
      await server.stop();
    });

    for (const name of surveyedClasses()) {
      test(`${name}: made, read, written, called`, async () => checkReport(await survey.survey(name)));
    }
    test('ServerManager', async () => checkReport(await survey.surveyManager()));
  });
}

function checkReport(report: Report): void {
  assert.deepEqual(report.failures, []);
  assert.ok(report.same >= 10, report.summary);
}
