import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Overrides, startServer } from '../test-support/test-server.js';

const OFFER = { method: 'POST', body: 'v=0\r\n', headers: { 'content-type': 'application/sdp' } };

async function withServer(overrides: Overrides, run: (base: string) => Promise<void>): Promise<void> {
  const server = await startServer(overrides);
  try {
    await run(`http://127.0.0.1:${server.port}`);
  } finally {
    await server.stop();
  }
}

test('the doors ask for the tokens that the WebSocket asks for', () =>
  withServer({ auth: { tokens: ['door:secret-token-of-the-door'] } }, async (base) => {
    const refused = await fetch(`${base}/whep/x`, OFFER);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer');
    const headers = { ...OFFER.headers, authorization: 'Bearer secret-token-of-the-door' };
    assert.equal((await fetch(`${base}/whep/x`, { ...OFFER, headers })).status, 404);
    assert.equal((await fetch(`${base}/whep/resource/x`, { method: 'DELETE', headers })).status, 404);
  }));

test('closed doors are pages that do not exist', () =>
  withServer({ doors: { whip: false } }, async (base) => {
    assert.equal((await fetch(`${base}/whip/x`, OFFER)).status, 405);
    assert.equal((await fetch(`${base}/whip/x`)).status, 404);
  }));
