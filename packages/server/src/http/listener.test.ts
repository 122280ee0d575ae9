import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type ConnectionOptions, connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { RiveroServer } from '../server.js';
import { TestClient } from '../test-support/test-client.js';
import { type Overrides, startServer } from '../test-support/test-server.js';

async function withServer(
  run: (server: RiveroServer) => Promise<void>,
  overrides: Overrides = {},
): Promise<void> {
  const server = await startServer(overrides);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

/** The HTTP status with which an upgrade is refused. */
function refusal(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers });
    socket.on('open', () => reject(new Error('open')));
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode);
      socket.terminate();
    });
    socket.on('error', () => {});
  });
}

describe('the port', () => {
  test('serves the page, the state, and refuses the rest', () =>
    withServer(async (server) => {
      const page = await fetch(server.pageUrl);
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-type') ?? '', /text\/html/);
      const health = await fetch(`${server.pageUrl}health`);
      assert.equal(((await health.json()) as { status: string }).status, 'ok');
      assert.equal((await fetch(`${server.pageUrl}nothing`)).status, 404);
      assert.equal((await fetch(`${server.pageUrl}kurento`)).status, 426);
      assert.equal((await fetch(`${server.pageUrl}health`, { method: 'POST' })).status, 405);
    }));

  test('takes JSON in binary frames too, and a query after the path', () =>
    withServer(async (server) => {
      const client = await TestClient.open(`${server.url}?access_token=x`);
      const { result } = await client.raw(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}'));
      assert.equal(result?.value, 'pong');
      await client.close();
    }));

  test('closes a connection whose message is too large with 1009', () =>
    withServer(
      async (server) => {
        const [client, other] = [await TestClient.open(server.url), await TestClient.open(server.url)];
        const closed = client.closed();
        client.socket.send('x'.repeat(2000));
        assert.equal((await closed).code, 1009);
        assert.equal(await other.value('ping'), 'pong');
        await other.close();
      },
      { limits: { messageBytes: 1024 } },
    ));

  test('refuses pages of other origins and too many connections', () =>
    withServer(
      async (server) => {
        assert.equal(await refusal(server.url, { origin: 'https://evil.example' }), 403);
        const client = await TestClient.open(server.url, { headers: { origin: 'https://app.example' } });
        assert.equal(await refusal(server.url), 503);
        await client.close();
        const again = await TestClient.open(server.url);
        await again.close();
      },
      { origins: ['https://app.example'], limits: { connections: 1 } },
    ));

  test('rejects when the port is in use', () =>
    withServer(async (server) => {
      await assert.rejects(startServer({ port: server.port }), { code: 'EADDRINUSE' });
    }));
});

test('TLS, and a new certificate without a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  makeCertificate(cert, key, 'first');
  try {
    await withServer(
      async (server) => {
        assert.match(server.url, /^wss:/);
        assert.equal(await subject(server.port), 'first');
        const socket = new WebSocket(server.url, { rejectUnauthorized: false });
        await new Promise((resolve) => socket.on('open', resolve));
        socket.send('{"jsonrpc":"2.0","id":1,"method":"ping"}');
        const answer = await new Promise<string>((resolve) =>
          socket.on('message', (data) => resolve(String(data))),
        );
        assert.match(answer, /pong/);
        const status = await new Promise((resolve) => {
          request({ port: server.port, path: '/health', rejectUnauthorized: false }, (response) => {
            response.resume();
            resolve(response.statusCode);
          }).end();
        });
        assert.equal(status, 200);

        // OpenSSL itself refuses old versions at its usual level of security.
        const ciphers = 'DEFAULT@SECLEVEL=0';
        await assert.rejects(
          subject(server.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers }),
          /protocol version|EPROTO/,
        );
        assert.equal(await subject(server.port, { maxVersion: 'TLSv1.2' }), 'first');

        makeCertificate(`${cert}.new`, `${key}.new`, 'second');
        renameSync(`${key}.new`, key);
        renameSync(`${cert}.new`, cert);
        while ((await subject(server.port)) !== 'second')
          await new Promise((resolve) => setTimeout(resolve, 100));
        assert.equal(socket.readyState, WebSocket.OPEN, 'connections stay');
        socket.terminate();
      },
      { tls: { cert, key } },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function makeCertificate(cert: string, key: string, name: string): void {
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
      ],
      ...['-subj', `/CN=${name}`, '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
}

function subject(port: number, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { port, host: '127.0.0.1', rejectUnauthorized: false, ...options },
      () => {
        resolve(String((socket.getPeerCertificate() as PeerCertificate).subject.CN));
        socket.end();
      },
    );
    socket.on('error', reject);
  });
}
