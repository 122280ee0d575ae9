import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { S3Server } from '../testing/s3-server.js';
import { parseS3Uri, S3Storage } from './s3-storage.js';

const MEBIBYTE = 1024 * 1024;

describe('recordings in S3', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-s3-'));
  const spool = join(folder, 'spool');
  let server: S3Server;

  before(async () => {
    server = await S3Server.start('calls');
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function account() {
    const { endpoint, accessKeyId, secretAccessKey } = server;
    return { endpoint, accessKeyId, secretAccessKey };
  }

  function storage(uri: string, name: string, more: Record<string, unknown> = {}): S3Storage {
    return new S3Storage(new URL(uri), {
      spoolDirectory: spool,
      spoolName: name,
      contentType: 'video/webm',
      attempts: 2,
      account: account(),
      ...more,
    });
  }

  async function record(it: S3Storage, bytes = 300_000): Promise<Buffer> {
    await it.open();
    const content = Buffer.alloc(bytes, 7);
    it.append(content);
    it.patch(0, Buffer.from('patched'));
    content.write('patched');
    return content;
  }

  test('the whole recording is there when it has ended, and the local file is gone', async () => {
    const it = storage('s3://calls/2026/one%20call.webm', 'a');
    const content = await record(it);
    assert.equal(server.objects.size, 0, 'not before it ends');
    await it.close();
    const found = server.objects.get('calls/2026/one call.webm')!;
    assert.ok(found.content.equals(content));
    assert.equal(found.type, 'video/webm');
    assert.equal(existsSync(join(spool, 'a')), false);
  });

  test('a large one in parts', async () => {
    const it = storage('s3://calls/large.webm', 'b', { partBytes: 5 * MEBIBYTE });
    const content = await record(it, 11 * MEBIBYTE + 17);
    await it.close();
    assert.ok(server.objects.get('calls/large.webm')!.content.equals(content));
    assert.equal(server.objects.get('calls/large.webm')!.type, 'video/webm');
    assert.equal(server.requests.filter((operation) => operation === 'UploadPart').length, 3);
    assert.equal(existsSync(join(spool, 'b')), false);
  });

  test('credentials from the environment, where none are given', async () => {
    const kept = { ...process.env };
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    });
    try {
      const it = storage('s3://calls/environment.webm', 'c', { account: { endpoint: server.endpoint } });
      const content = await record(it);
      await it.close();
      assert.ok(server.objects.get('calls/environment.webm')!.content.equals(content));
    } finally {
      for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
        if (kept[name] === undefined) delete process.env[name];
        else process.env[name] = kept[name];
      }
    }
  });

  const failures = [
    ['a wrong secret', 's3://calls/x', { secretAccessKey: 'no' }, 'NOT_AUTHORIZED'],
    ['an unknown account', 's3://calls/x', { accessKeyId: 'nobody' }, 'NOT_AUTHORIZED'],
    ['an unknown bucket', 's3://none/x', {}, 'NOT_FOUND'],
    ['no server', 's3://calls/x', { endpoint: 'http://127.0.0.1:1' }, 'WRITE'],
  ] as const;
  for (const [name, uri, more, type] of failures) {
    test(`${name}: one error of its type, and the recording is kept`, async () => {
      const it = storage(uri, name, { account: { ...account(), ...more } });
      const content = await record(it);
      await assert.rejects(it.close(), (error: Error & { type: string }) => {
        assert.equal(error.type, `RESOURCE_ERROR_${type}`);
        assert.ok(error.message.includes(join(spool, name)), error.message);
        return true;
      });
      assert.ok(readFileSync(join(spool, name)).equals(content));
    });
  }

  test('a server that is away for a moment costs nothing', async () => {
    for (const partBytes of [64 * MEBIBYTE, 5 * MEBIBYTE]) {
      let failures = 0;
      server.fails = () => (failures++ % 2 === 0 ? 503 : undefined);
      const it = storage(`s3://calls/patient-${partBytes}`, 'd', { partBytes });
      const content = await record(it, 6 * MEBIBYTE);
      await it.close();
      assert.ok(server.objects.get(`calls/patient-${partBytes}`)!.content.equals(content));
    }
    server.fails = () => undefined;
  });

  test('an upload in parts that fails is taken back, and the recording is kept', async () => {
    server.fails = (operation) => (operation === 'UploadPart' ? 500 : undefined);
    const it = storage('s3://calls/never.webm', 'e', { partBytes: 5 * MEBIBYTE });
    await record(it, 6 * MEBIBYTE);
    await assert.rejects(it.close(), { type: 'RESOURCE_ERROR_WRITE' });
    server.fails = () => undefined;
    assert.equal(server.uploads.size, 0);
    assert.ok(existsSync(join(spool, 'e')));
  });

  test('URIs without bucket or key are refused at once', () => {
    for (const uri of ['s3://', 's3:///key', 's3://bucket', 's3://bucket/', 's3://bucket/folder/']) {
      assert.equal(parseS3Uri(new URL(uri)), undefined, uri);
      assert.throws(() => storage(uri, 'f'), { type: 'RESOURCE_ERROR_NOT_FOUND' });
    }
  });
});
