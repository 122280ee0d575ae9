import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { RealServer } from './testing/real-server.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const dist = join(root, 'packages/client/dist');
const executablePath = process.env.RIVERO_CHROMIUM ?? '/usr/bin/chromium';
const CALL_TIMEOUT = 30_000;

/** The modules that a module of the package loads, itself included. */
function loaded(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = readFileSync(join(dist, path), 'utf8');
  for (const [, from = ''] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gm)) {
    assert.match(from, /^\.\.?\//, `${path} imports ${from}`);
    loaded(join(path, '..', from), seen);
  }
  assert.doesNotMatch(text, /^import '/m);
  return seen;
}

test('what a page loads imports nothing but the package itself', () => {
  const modules = loaded('index.js');
  assert.ok(modules.size > 15);
  assert.ok([...modules].every((path) => !/generator|testing|\.test\./.test(path)));
  const generated = readdirSync(join(dist, 'generated')).filter((name) => name.endsWith('.js'));
  assert.ok(generated.every((name) => modules.has(`generated/${name}`)));
});

test('the page of the documentation makes a call in Chromium', {
  skip: existsSync(executablePath) ? false : `no browser at ${executablePath}`,
}, async () => {
  const server = await RealServer.start();
  const html = /```html\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/client.md'), 'utf8'))?.[1] ?? '';
  const page = html
    .replace(':8888/', `:${server.port}/`)
    .replace('</script>', 'Object.assign(window, { peer, client, endpoint });</script>');
  assert.notEqual(page, html);
  const pages = createServer((request, response) => {
    const path = /^\/node_modules\/@rivero\/client\/dist\/([\w/.-]+\.js)$/.exec(request.url ?? '')?.[1];
    if (path === undefined) response.setHeader('content-type', 'text/html').end(`<!doctype html>${page}`);
    else response.setHeader('content-type', 'text/javascript').end(readFileSync(join(dist, path)));
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--allow-loopback-in-peer-connection',
    ],
  });
  try {
    const tab = await browser.newPage();
    const problems: string[] = [];
    tab.on('pageerror', (error) => problems.push(error.message));
    await tab.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
    await tab
      .waitForFunction('window.peer?.connectionState === "connected"', undefined, { timeout: CALL_TIMEOUT })
      .catch((error: unknown) => {
        throw new Error(`no call: ${problems.join('; ')}`, { cause: error });
      });
    const state = await tab.evaluate('window.endpoint.getConnectionState()');
    assert.equal(state, 'CONNECTED');
    await tab.evaluate('window.client.close()');
    assert.equal(await tab.evaluate('window.client.state'), 'closed');
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
    pages.close();
    await server.stop();
  }
});
