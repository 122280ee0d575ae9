import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HttpStorage } from './http-storage.js';
import { StorageError } from './storage.js';

const spool = mkdtempSync(join(tmpdir(), 'rivero-spool-'));
after(() => rmSync(spool, { recursive: true, force: true }));

interface Seen {
  method: string;
  type: string;
  body: Buffer;
}

async function body(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** A server that answers the n-th request with the n-th status, the last one again and again. */
async function withServer(
  statuses: number[],
  use: (url: URL, seen: Seen[]) => Promise<void>,
  headers: Record<string, string> = {},
): Promise<void> {
  const seen: Seen[] = [];
  const listener: RequestListener = async (request, response) => {
    const content = await body(request);
    seen.push({ method: request.method!, type: request.headers['content-type'] ?? '', body: content });
    response.writeHead(statuses[Math.min(seen.length, statuses.length) - 1]!, headers);
    response.end();
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/up/file.webm`), seen);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function storage(url: URL, name: string, retries = 3, timeout = 30_000): HttpStorage {
  return new HttpStorage(url, {
    timeout,
    spoolDirectory: spool,
    spoolName: name,
    contentType: 'video/webm',
    retries,
    retryDelay: 1,
  });
}

async function record(it: HttpStorage): Promise<Buffer> {
  await it.open();
  const content = Buffer.alloc(300_000, 7);
  it.append(content);
  it.patch(0, Buffer.from('patched'));
  content.write('patched');
  return content;
}

test('uploads the whole recording when it ends, and removes the local file', async () => {
  await withServer([201], async (url, seen) => {
    const it = storage(url, 'a');
    const content = await record(it);
    assert.equal(seen.length, 0);
    await it.close();
    assert.deepEqual(
      seen.map(({ method, type }) => [method, type]),
      [['PUT', 'video/webm']],
    );
    assert.ok(seen[0]!.body.equals(content));
    assert.equal(existsSync(join(spool, 'a')), false);
  });
});

test('POST where PUT is not allowed, again after failures that pass', async () => {
  await withServer([405, 503, 200], async (url, seen) => {
    const it = storage(url, 'b');
    const content = await record(it);
    await it.close();
    assert.deepEqual(
      seen.map(({ method }) => method),
      ['PUT', 'POST', 'POST'],
    );
    assert.ok(seen[2]!.body.equals(content));
  });
});

test('nothing is lost when the upload fails: the error names the local file', async () => {
  await withServer([500], async (url) => {
    const it = storage(url, 'c', 2);
    const content = await record(it);
    await assert.rejects(it.close(), (error) => {
      assert.ok(error instanceof StorageError);
      assert.equal(error.type, 'RESOURCE_ERROR_WRITE');
      assert.match(error.message, /500/);
      assert.ok(error.message.includes(join(spool, 'c')));
      return true;
    });
    assert.ok(readFileSync(join(spool, 'c')).equals(content));
  });
});

test('the last failure is told at once', async () => {
  await withServer([503], async (url) => {
    const it = new HttpStorage(url, {
      spoolDirectory: spool,
      spoolName: 'last',
      contentType: 'video/webm',
      retries: 0,
      retryDelay: 3_600_000,
    });
    await record(it);
    await assert.rejects(it.close(), StorageError);
  });
});

test('no server at all, and a server that refuses', async () => {
  const nobody = storage(new URL('http://127.0.0.1:1/x'), 'd', 1);
  await record(nobody);
  await assert.rejects(nobody.close(), { type: 'RESOURCE_ERROR_WRITE' });
  assert.ok(readdirSync(spool).includes('d'));
  await withServer([403], async (url, seen) => {
    const it = storage(url, 'e');
    await record(it);
    await assert.rejects(it.close(), { type: 'RESOURCE_ERROR_NOT_AUTHORIZED', code: 15 });
    assert.equal(seen.length, 1);
  });
});

test('a server that takes everything and never answers is asked twice; the file is kept', async () => {
  let asked = 0;
  const server = createServer((request) => {
    asked++;
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/never`);
    const it = storage(url, 'silent', 5, 50);
    const content = await record(it);
    await assert.rejects(
      it.close(),
      (error) => error instanceof StorageError && /no progress/.test(error.message),
    );
    assert.equal(asked, 2);
    assert.ok(readFileSync(join(spool, 'silent')).equals(content));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a redirected upload goes where it is sent', async () => {
  await withServer([204], async (target, seen) => {
    await withServer(
      [307],
      async (url) => {
        const it = storage(url, 'f');
        const content = await record(it);
        await it.close();
        assert.ok(seen[0]!.body.equals(content));
      },
      { location: target.href },
    );
  });
});

test('an empty recording is not uploaded', async () => {
  await withServer([200], async (url, seen) => {
    const it = storage(url, 'g');
    await it.open();
    await it.close();
    assert.equal(seen.length, 0);
    assert.equal(existsSync(join(spool, 'g')), false);
  });
});
