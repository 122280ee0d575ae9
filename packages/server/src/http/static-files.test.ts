import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { StaticFiles } from './static-files.js';

interface Response {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

describe('static files', () => {
  let folder = '';
  let port = 0;
  const server = createServer((incoming, response) => {
    void new StaticFiles(join(folder, 'public')).serve(incoming, response);
  });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rivero-static-'));
    mkdirSync(join(folder, 'public', 'assets'), { recursive: true });
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    writeFileSync(join(folder, 'public', 'index.html'), '<!doctype html>');
    writeFileSync(join(folder, 'public', 'empty.txt'), '');
    writeFileSync(join(folder, 'public', '.hidden'), 'hidden');
    writeFileSync(join(folder, 'public', 'assets', 'page.js'), 'export {};');
    symlinkSync(join(folder, 'secret.txt'), join(folder, 'public', 'link.txt'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  // fetch would tidy the path up before it is sent.
  const get = (path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      })
        .on('error', reject)
        .end();
    });

  test('serves files with their type and the security headers', async () => {
    const page = await get('/?x=1');
    assert.equal(page.status, 200);
    assert.equal(page.body, '<!doctype html>');
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    assert.match(String(page.headers['content-security-policy']), /default-src 'self'/);
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
    const script = await get('/assets/page.js');
    assert.equal(script.body, 'export {};');
    assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.deepEqual({ ...(await get('/empty.txt')), headers: {} }, { status: 200, headers: {}, body: '' });
  });

  test('HEAD has no body, and an unchanged file is not sent again', async () => {
    const head = await get('/', 'HEAD');
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], '15');
    assert.equal(head.body, '');
    const again = await get('/', 'GET', { 'if-none-match': String(head.headers.etag) });
    assert.equal(again.status, 304);
    assert.equal(again.body, '');
  });

  test('gives nothing else away', async () => {
    const paths = [
      '/nothing',
      '/assets',
      '/assets/',
      '/.hidden',
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '/link.txt',
      '//etc/passwd',
      '/%00',
      '/%zz',
      'http://elsewhere/index.html',
    ];
    for (const path of paths) {
      const { status, body } = await get(path);
      assert.equal(status, 404, path);
      assert.ok(!body.includes('secret'), path);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await get('/', method);
      assert.equal(status, 405);
      assert.equal(headers.allow, 'GET, HEAD');
    }
  });
});
