import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FileStorage } from './file-storage.js';
import { StorageError } from './storage.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-storage-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('writes and patches in their order, in folders that it makes', async () => {
  const path = join(folder, 'a/b/file.bin');
  const storage = new FileStorage(path);
  storage.append(Buffer.from('before it is open '));
  await storage.open();
  for (let index = 0; index < 100; index++) storage.append(Buffer.from(`${index} `));
  storage.patch(0, Buffer.from('BEFORE'));
  storage.append(Buffer.from('end'));
  await storage.close();
  await storage.close();
  const numbers = Array.from({ length: 100 }, (_, index) => `${index} `).join('');
  assert.equal(readFileSync(path, 'utf8'), `BEFORE it is open ${numbers}end`);
  assert.equal(storage.length, statSync(path).size);
});

test('what is flushed is in the file, however little has come', async () => {
  const path = join(folder, 'flushed.bin');
  const storage = new FileStorage(path);
  storage.append(Buffer.from('one'));
  const opened = storage.open();
  await storage.flush();
  assert.equal(readFileSync(path, 'utf8'), 'one');
  await opened;
  storage.append(Buffer.from('two'));
  storage.patch(0, Buffer.from('O'));
  await storage.flush();
  assert.equal(readFileSync(path, 'utf8'), 'Onetwo');
  await storage.flush();
  await storage.close();
  await storage.flush();
});

test('a place that can not be written to', async () => {
  writeFileSync(join(folder, 'file'), '');
  const storage = new FileStorage(join(folder, 'file/below'));
  await assert.rejects(
    storage.open(),
    (error) =>
      error instanceof StorageError && error.type === 'RESOURCE_ERROR_OPEN_WRITE' && error.code === 6,
  );
  storage.append(Buffer.alloc(10));
  await assert.rejects(storage.close(), StorageError);
});

test('a full disk is told once', async () => {
  const storage = new FileStorage('/dev/full');
  const told: StorageError[] = [];
  storage.onError = (error) => told.push(error);
  await storage.open();
  storage.append(Buffer.alloc(100));
  storage.append(Buffer.alloc(100));
  await storage.close();
  storage.append(Buffer.alloc(100));
  assert.deepEqual(
    told.map(({ type, code }) => [type, code]),
    [['RESOURCE_ERROR_NO_SPACE_LEFT', 14]],
  );
});

test('what was whole before the disk was full stays', async (t) => {
  const mount = join(folder, 'small');
  mkdirSync(mount);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount], { stdio: 'ignore' });
  } catch {
    t.skip('no right to mount a small file system');
    return;
  }
  try {
    const path = join(mount, 'file');
    const storage = new FileStorage(path);
    const failed = new Promise<StorageError>((resolve) => {
      storage.onError = resolve;
    });
    await storage.open();
    let stop = false;
    void failed.then(() => {
      stop = true;
    });
    while (!stop) {
      storage.append(Buffer.alloc(10_000, 1));
      await new Promise(setImmediate);
    }
    assert.equal((await failed).type, 'RESOURCE_ERROR_NO_SPACE_LEFT');
    await storage.close();
    const { size } = statSync(path);
    assert.ok(size > 0 && size % 10_000 === 0, `${size} bytes`);
  } finally {
    execFileSync('umount', [mount]);
  }
});
