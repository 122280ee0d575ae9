import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestBrowser } from './support/browser.js';
import type { KurentoClient } from './support/kurento.js';
import { TestServer } from './support/server.js';

type Open = (uri: string, options: Record<string, unknown>) => Promise<KurentoClient>;
const open = createRequire(import.meta.url)('kurento-client') as Open;
const TOKEN = '0123456789abcdef0123456789abcdef';

describe('the official client over wss, with its option access_token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-wss-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  let server: TestServer;
  let uri: string;

  before(async () => {
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', ...ec, ...name, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    server = await TestServer.start({
      args: ['--tls.cert', cert, '--tls.key', key, '--auth.tokens', `alice:${TOKEN}`],
    });
    uri = `wss://localhost:${server.port}/kurento`;
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const options = (access_token?: string) => ({
    ...(access_token !== undefined && { access_token }),
    failAfter: 1,
    duplicates_timeout: 500,
    socket: { ca: readFileSync(cert) },
  });

  test('works', async () => {
    assert.match(server.uri, /^wss:/);
    const client = await open(uri, options(TOKEN));
    try {
      const pipeline = await client.create('MediaPipeline');
      const endpoint = await pipeline.create('WebRtcEndpoint');
      assert.match(await endpoint.generateOffer(), /^v=0/);
      await pipeline.release();
    } finally {
      client.close();
    }
  });

  test('is refused without a token, and the log says so without telling any token', async () => {
    for (const token of [undefined, `${TOKEN}x`]) await assert.rejects(open(uri, options(token)));
    assert.match(server.output, /it has no token/);
    assert.match(server.output, /its token is unknown/);
    assert.ok(!server.output.includes(TOKEN));
  });
});

test('the page passes the token in its address on', async () => {
  const server = await TestServer.start({ args: ['--auth.tokens', TOKEN] });
  const browser = await TestBrowser.launch();
  try {
    const url = `http://localhost:${server.port}/`;
    const page = await browser.newPage(`${url}?access_token=${TOKEN}`);
    await page.click('#start');
    await page.waitForSelector('#state[data-state=connected]');
    const stranger = await browser.newPage(url);
    await stranger.click('#start');
    await stranger.waitForSelector('#state[data-state=failed]');
    assert.match(server.output, /it has no token/);
    assert.ok(!server.output.includes(TOKEN));
  } finally {
    await browser.close();
    await server.stop();
  }
});
