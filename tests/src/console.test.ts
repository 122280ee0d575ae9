import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { describe, test } from 'node:test';
import { TestBrowser } from './support/browser.js';
import { useHarness } from './support/harness.js';
import { waitFor } from './support/wait.js';

describe('the page for a person with a camera', () => {
  const harness = useHarness({ server: { args: ['--host', '0.0.0.0'] } });

  test('a loopback call starts, shows pictures and figures, and stops', async () => {
    const page = await harness.browser.newPage(`http://localhost:${harness.server.port}/`);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.click('#start');
    await page.waitForSelector('#state[data-state=connected]');
    const figure = async (stream: string, column: number) =>
      Number(await page.textContent(`tr[data-stream="${stream}"] td:nth-of-type(${column})`));
    await page.waitForSelector('tr[data-stream="video, received"]');
    await waitFor('decoded frames in the table', async () => (await figure('video, received', 4)) > 20);
    await waitFor('a bitrate in the table', async () => (await figure('audio, received', 2)) > 5);
    assert.equal(await figure('video, received', 7), 0, 'lost packets');
    const playing = await page.evaluate(() => {
      const video = document.querySelector<HTMLVideoElement>('#remote')!;
      return video.videoWidth > 0 && !video.paused && video.currentTime > 0;
    });
    assert.ok(playing, 'the picture from the server plays');
    const log = await page.textContent('#log');
    for (const event of ['MediaSessionStarted', 'IceGatheringDone', 'MediaStateChanged']) {
      assert.match(log!, new RegExp(event));
    }

    await page.click('#stop');
    await page.waitForSelector('#state[data-state=idle]');
    const manager = await harness.client.getServerManager();
    await waitFor('the pipeline to be released', async () => (await manager.getPipelines()).length === 0);
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test('it says what to do when the browser gives no camera', async () => {
    const browser = await TestBrowser.launch({ camera: false });
    const page = await browser.newPage(`http://localhost:${harness.server.port}/`);
    await page.click('#start');
    await page.waitForSelector('#state[data-state=failed]');
    assert.match(String(await page.textContent('#problem')), /Allow/);
    await browser.close();
  });

  const address = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .find((entry) => entry.family === 'IPv4' && !entry.internal)?.address;

  test('it explains that a plain HTTP page of another machine gets no camera', {
    skip: address ? false : 'this machine has no address but localhost',
  }, async () => {
    const page = await harness.browser.newPage(`http://${address}:${harness.server.port}/`);
    await page.click('#start');
    await page.waitForSelector('#state[data-state=failed]');
    assert.match(String(await page.textContent('#problem')), /https:\/\/ or from http:\/\/localhost/);
    await page.context().close();
  });
});
