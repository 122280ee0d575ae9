import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { SignJWT } from 'jose';
import pino from 'pino';
import { WebSocket } from 'ws';
import { Authenticator } from './auth/authenticator.js';
import { defaultConfiguration } from './config/load.js';
import { Admission } from './http/admission.js';
import { AddressRate } from './limits/address-rate.js';
import { silentLogger } from './log/logger.js';
import type { RiveroServer } from './server.js';
import { TestClient } from './test-support/test-client.js';
import { memoryLauncher, type Overrides, startServer } from './test-support/test-server.js';

const TOKEN = '0123456789abcdef0123456789abcdef';
const SECRET = 'a secret that is long enough to be one';
const MANAGER = 'manager_ServerManager';

interface Setting {
  server: RiveroServer;
  /** Lines of the log. */
  lines: Record<string, unknown>[];
}

async function withServer(overrides: Overrides, run: (setting: Setting) => Promise<void>): Promise<void> {
  const lines: Record<string, unknown>[] = [];
  const sink = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const server = await startServer(overrides, memoryLauncher, pino({ level: 'debug' }, sink));
  try {
    await run({ server, lines });
  } finally {
    await server.stop();
  }
}

function jwt(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** How the upgrade is refused. */
async function refusal(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const socket = new WebSocket(url, { headers });
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  socket.terminate();
  return response;
}

describe('tokens', () => {
  test('no way in without one, in the header or the query; page and state stay open', () =>
    withServer({ auth: { tokens: [`alice:${TOKEN}`] } }, async ({ server, lines }) => {
      const none = await refusal(server.url);
      assert.equal(none.statusCode, 401);
      assert.equal(none.headers['www-authenticate'], 'Bearer');
      const wrong = `${TOKEN}x`;
      assert.equal((await refusal(server.url, bearer(wrong).headers)).statusCode, 401);
      assert.equal((await refusal(`${server.url}?access_token=${wrong}`)).statusCode, 401);
      assert.equal((await refusal(`${server.url}?access_token=${wrong}`)).statusCode, 401);
      for (const path of ['', 'health', `?access_token=${TOKEN}`]) {
        assert.equal((await fetch(`${server.pageUrl}${path}`)).status, 200, path);
      }

      const clients = [
        await TestClient.open(server.url, bearer(TOKEN)),
        await TestClient.open(`${server.url}?access_token=${TOKEN}`),
      ];
      for (const client of clients) {
        assert.equal(await client.value('ping'), 'pong');
        await client.close();
      }
      const refusals = lines.filter(({ level }) => level === 40);
      assert.deepEqual(
        refusals.map(({ msg }) => msg),
        ['Refused a connection: it has no token', 'Refused a connection: its token is unknown'],
        'once each',
      );
      assert.ok(!JSON.stringify(lines).includes(TOKEN), 'tokens are not logged');
      assert.ok(lines.some(({ subject }) => subject === 'alice'));
    }));

  test('a file of tokens is read again when it changes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rivero-tokens-'));
    const file = join(folder, 'tokens');
    writeFileSync(file, `# first\n${TOKEN}\n`);
    try {
      await withServer({ auth: { tokensFile: file } }, async ({ server, lines }) => {
        const client = await TestClient.open(server.url, bearer(TOKEN));
        const next = `${TOKEN}second`;
        assert.equal((await refusal(server.url, bearer(next).headers)).statusCode, 401);
        writeFileSync(`${file}.new`, next);
        renameSync(`${file}.new`, file);
        while (!lines.some(({ msg }) => msg === 'auth.tokensFile read again')) await setTimeout(10);
        await (await TestClient.open(server.url, bearer(next))).close();
        assert.equal((await refusal(server.url, bearer(TOKEN).headers)).statusCode, 401);
        writeFileSync(`${file}.new`, 'x');
        renameSync(`${file}.new`, file);
        while (!lines.some(({ level }) => level === 50)) await setTimeout(10);
        await client.value('ping');
        await (await TestClient.open(server.url, bearer(next))).close();
        await client.close();
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a JSON Web Token lets in, and its end ends the connection, not the session', () =>
    withServer(
      { auth: { jwtSecret: SECRET, jwtIssuer: ['https://login.example'], jwtClockTolerance: 0 } },
      async ({ server, lines }) => {
        const claims = { iss: 'https://login.example', sub: 'bob' };
        const now = Math.floor(Date.now() / 1000);
        assert.equal(
          (await refusal(server.url, bearer(await jwt({ ...claims, exp: now - 1 })).headers)).statusCode,
          401,
        );
        assert.equal((await refusal(server.url, bearer(await jwt({ sub: 'bob' })).headers)).statusCode, 401);

        const client = await TestClient.open(server.url, bearer(await jwt({ ...claims, exp: now + 2 })));
        const pipeline = await client.create('MediaPipeline');
        const sessionId = (await client.call('ping')).result?.sessionId;
        assert.deepEqual(await client.closed(), { code: 1008, reason: 'Token expired' });
        assert.ok(lines.some(({ msg }) => msg === 'Closed a connection: its token has expired'));

        const again = await TestClient.open(server.url, bearer(await jwt({ ...claims, exp: now + 3600 })));
        assert.equal((await again.call('connect', { sessionId })).result?.sessionId, sessionId);
        assert.equal(await again.invoke(pipeline, 'getName'), pipeline);
        await again.close();
      },
    ));

  test('the end of a token can be left without consequence', () =>
    withServer(
      { auth: { jwtSecret: SECRET, jwtClockTolerance: 0, closeExpired: false } },
      async ({ server }) => {
        const exp = Math.floor(Date.now() / 1000) + 1;
        const client = await TestClient.open(server.url, bearer(await jwt({ exp })));
        while (Date.now() < (exp + 1) * 1000) assert.equal(await client.value('ping'), 'pong');
        await client.close();
      },
    ));

  test('settings that make no sense stop the start', () => {
    const auth = defaultConfiguration().auth;
    const make = (changes: Partial<typeof auth>) => () =>
      new Authenticator({ ...auth, ...changes }, false, silentLogger());
    assert.throws(make({ tokens: ['short'] }), /^Error: auth\.tokens: token 1/);
    assert.throws(make({ tokensFile: '/nonexistent/tokens' }), /^Error: auth\.tokensFile: ENOENT/);
    assert.throws(make({ jwtKeys: '/nonexistent/keys' }), /^Error: auth\.jwtKeys: ENOENT/);
    assert.throws(make({ jwtKeys: 'http://login.example/keys' }), /^Error: auth\.jwtKeys: .*https/);
    assert.throws(make({ jwtSecret: 'short' }), /^Error: auth\.jwtSecret: /);
  });
});

describe('rates', () => {
  test('requests beyond the rate get a coded error, and one line tells', () =>
    withServer({ limits: { requestsPerSecond: 1, requestBurst: 20 } }, async ({ server, lines }) => {
      const client = await TestClient.open(server.url);
      const answers = await Promise.all(Array.from({ length: 50 }, () => client.call('ping')));
      const refused = answers.filter(({ error }) => error !== undefined);
      assert.ok(refused.length >= 20 && refused.length <= 30, `${refused.length}`);
      assert.equal(refused[0]?.error?.code, 40009);
      assert.deepEqual(refused[0]?.error?.data, { type: 'NOT_ENOUGH_RESOURCES' });
      assert.equal(lines.filter(({ level }) => level === 40).length, 1);
      const other = await TestClient.open(server.url);
      assert.equal(await other.value('ping'), 'pong');
      await client.close();
      await other.close();
    }));

  test('connections beyond the rate are refused with 429, before their token is looked at', async () => {
    const { auth } = defaultConfiguration();
    const admission = new Admission({
      origins: [],
      connectionRate: new AddressRate({ perSecond: 1, burst: 2 }),
      authenticator: new Authenticator({ ...auth, tokens: [TOKEN] }, false, silentLogger()),
      now: () => 0,
    });
    const request = { url: '/kurento', headers: {} } as IncomingMessage;
    const status = (address: string) =>
      admission.admit(request, address).then(
        () => 200,
        (error: { status: number }) => error.status,
      );
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push(await status('192.0.2.1'));
    assert.deepEqual(statuses, [401, 401, 429, 429]);
    assert.equal(await status('192.0.2.2'), 401);
  });
});

describe('isolation', () => {
  /** Two clients that must not see each other; `share` says how a third one gets to be with the first. */
  async function check(alice: TestClient, mallory: TestClient): Promise<void> {
    await mallory.subscribe(MANAGER, 'ObjectCreated');
    await mallory.subscribe(MANAGER, 'ObjectDestroyed');
    await alice.subscribe(MANAGER, 'ObjectCreated');
    const pipeline = await alice.create('MediaPipeline');
    const element = await alice.create('PassThrough', { mediaPipeline: pipeline });
    const own = await mallory.create('MediaPipeline');
    const ownElement = await mallory.create('PassThrough', { mediaPipeline: own });
    const sessionId = (await alice.call('ping')).result?.sessionId as string;

    const notFound = { code: 40101 };
    for (const object of [pipeline, element]) {
      await assert.rejects(mallory.invoke(object, 'getName'), notFound);
      await assert.rejects(mallory.value('describe', { object }), notFound);
      await assert.rejects(mallory.subscribe(object, 'Error'), notFound);
      await assert.rejects(mallory.value('ref', { object }), notFound);
      assert.equal((await mallory.call('release', { object })).error, undefined, 'as if it were gone');
      assert.equal((await mallory.call('unref', { object })).error, undefined);
    }
    await assert.rejects(mallory.create('PassThrough', { mediaPipeline: pipeline }), notFound);
    await assert.rejects(mallory.invoke(ownElement, 'connect', { sink: element }), notFound);
    const inner = (await mallory.value('transaction', {
      operations: [
        { jsonrpc: '2.0', id: 0, method: 'invoke', params: { object: pipeline, operation: 'getName' } },
      ],
    })) as { error?: { code: number } }[];
    assert.equal(inner[0]?.error?.code, 40101);

    assert.deepEqual(await mallory.invoke(MANAGER, 'getPipelines'), [own]);
    assert.deepEqual(await alice.invoke(MANAGER, 'getPipelines'), [pipeline]);
    assert.deepEqual(await alice.invoke(MANAGER, 'getSessions'), [sessionId]);
    await assert.rejects(mallory.invoke(MANAGER, 'addTag', { key: 'a', value: 'b' }), { code: 40111 });
    await assert.rejects(mallory.invoke(MANAGER, 'setName', { name: 'x' }), { code: 40111 });

    assert.equal(await alice.invoke(element, 'getName'), element, 'it still lives');
    await alice.value('release', { object: pipeline });
    await mallory.value('release', { object: own });
    await mallory.until(() => mallory.events.length === 4);
    const told = mallory.events.map(({ data }) => data.object ?? data.objectId);
    assert.deepEqual(new Set(told), new Set([own, ownElement]));
    assert.deepEqual(
      alice.events.map(({ data }) => data.object),
      [pipeline, element],
    );
  }

  test('a session sees nothing of the others', () =>
    withServer({ sessions: { isolation: 'session' } }, async ({ server }) => {
      const [alice, mallory] = [await TestClient.open(server.url), await TestClient.open(server.url)];
      await check(alice, mallory);
      const pipeline = await alice.create('MediaPipeline');
      const sessionId = (await alice.call('ping')).result?.sessionId as string;
      const second = await TestClient.open(server.url);
      await second.call('connect', { sessionId });
      assert.equal(await second.invoke(pipeline, 'getName'), pipeline, 'another connection of the session');
      for (const client of [alice, mallory, second]) await client.close();
    }));

  test('a subject shares with itself; its sessions are no use to others', () =>
    withServer(
      { auth: { tokens: [`alice:${TOKEN}`, `mallory:${TOKEN}m`] }, sessions: { isolation: 'subject' } },
      async ({ server }) => {
        const alice = await TestClient.open(server.url, bearer(TOKEN));
        const mallory = await TestClient.open(server.url, bearer(`${TOKEN}m`));
        await check(alice, mallory);
        const pipeline = await alice.create('MediaPipeline');
        const sessionId = (await alice.call('ping')).result?.sessionId as string;
        const friend = await TestClient.open(server.url, bearer(TOKEN));
        assert.equal(await friend.invoke(pipeline, 'getName'), pipeline);

        assert.equal((await mallory.call('connect', { sessionId })).error?.code, 40007);
        assert.equal((await mallory.call('keepAlive', { sessionId })).error?.code, 40007);
        assert.equal((await mallory.call('closeSession', { sessionId })).result, null);
        const params = { sessionId, object: pipeline, operation: 'getName' };
        assert.equal((await mallory.call('invoke', params)).error?.code, 40101);
        assert.equal(await alice.invoke(pipeline, 'getName'), pipeline, 'closed was another session');
        await friend.subscribe(pipeline, 'Error');
        for (const client of [alice, mallory, friend]) await client.close();
      },
    ));

  test('without it everybody sees everything', () =>
    withServer({}, async ({ server }) => {
      const [first, second] = [await TestClient.open(server.url), await TestClient.open(server.url)];
      const pipeline = await first.create('MediaPipeline');
      assert.equal(await second.invoke(pipeline, 'getName'), pipeline);
      assert.equal(await second.invoke(MANAGER, 'setName', { name: 'x' }), null);
      for (const client of [first, second]) await client.close();
    }));
});
