import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { UriAccess, type UriAccessSettings, UriForbiddenError } from './uri-access.js';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'rivero-access-')));
after(() => rmSync(root, { recursive: true, force: true }));
const inside = join(root, 'inside');
const outside = join(root, 'outside');
for (const folder of [inside, outside]) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.webm'), '');
}
symlinkSync(outside, join(inside, 'way out'));
symlinkSync(join(outside, 'a.webm'), join(inside, 'link.webm'));
symlinkSync(join(outside, 'new.webm'), join(inside, 'dangling.webm'));
symlinkSync(inside, join(root, 'way in'));

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'camera.lan': ['192.168.1.7'],
  'metadata.internal': ['169.254.169.254'],
  'both.example': ['192.168.1.8', '169.254.169.254'],
};

function access(settings: Partial<UriAccessSettings> = {}): UriAccess {
  const all = { folders: [inside], uriSchemes: ['file', 'http', 'rtsp', 'srt'], uriHosts: [], ...settings };
  return new UriAccess(all, async (host) => {
    if (/^[\d.:a-f]+$/.test(host)) return [host];
    const found = NAMES[host];
    if (found === undefined) throw new Error('not found');
    return found;
  });
}

async function refused(uri: string, settings: Partial<UriAccessSettings> = {}): Promise<void> {
  await assert.rejects(access(settings).check(uri), (error) => {
    assert.ok(error instanceof UriForbiddenError, String(error));
    assert.deepEqual([error.type, error.code], ['RESOURCE_ERROR_NOT_AUTHORIZED', 15]);
    return true;
  });
}

async function opened(uri: string, settings: Partial<UriAccessSettings> = {}): Promise<string> {
  return access(settings).check(uri);
}

describe('what players and recorders may open', () => {
  test('user and password as they are written, but for what would be read in two ways', async () => {
    for (const [uri, plain] of [
      ['rtsp://admin:p@ss@camera.lan/1', 'rtsp://admin:p%40ss@camera.lan/1'],
      ['rtsp://admin:a#1%x@camera.lan:554/1', 'rtsp://admin:a%231%25x@camera.lan:554/1'],
      ['rtsp://ad min:p%40ss@camera.lan', 'rtsp://ad%20min:p%40ss@camera.lan'],
      ['rtsp://admin:ä!$&@camera.lan/a@b', 'rtsp://admin:%C3%A4!$&@camera.lan/a@b'],
      ['http://a:b@camera.lan/c#d@e', 'http://a:b@camera.lan/c#d@e'],
      ['rtsp://camera.lan/a@b', 'rtsp://camera.lan/a@b'],
    ] as const) {
      assert.equal(await opened(uri), plain);
    }
    // GStreamer's RTSP ends the user at the first @, knows no fragments, and reads `80@camera.lan` as port 80.
    for (const uri of [
      'rtsp://a:#@169.254.169.254/',
      'rtsp://a:b@camera.lan@169.254.169.254/',
      'rtsp://169.254.169.254#/',
    ]) {
      await refused(uri);
    }
    assert.equal(
      await opened('rtsp://a:b@169.254.169.254:80@camera.lan/'),
      'rtsp://a:b%40169.254.169.254:80@camera.lan/',
    );
  });

  test('URLs of the web as whoever fetches them reads them', async () => {
    for (const uri of [
      'http:169.254.169.254/latest/',
      'http:/169.254.169.254/latest/',
      'http://169.254.169.254\\@example.com/',
      'http://2852039166/',
    ]) {
      await assert.rejects(access().checkPathOrUri(uri), { code: 15 }, uri);
    }
    assert.equal(await access().checkPathOrUri('HTTP:192.168.1.7/a.png'), 'http://192.168.1.7/a.png');
  });

  test('files of the folders, also those that are still to be written', async () => {
    assert.equal(await opened(`file://${inside}/a.webm`), `file://${inside}/a.webm`);
    assert.equal(await opened(`file://${inside}/new/folder/b.webm`), `file://${inside}/new/folder/b.webm`);
    assert.equal(await access().checkPathOrUri(`${inside}/a.webm`), `${inside}/a.webm`);
    const through = pathUri(join(root, 'way in', 'a.webm'));
    assert.equal(await opened(through), `file://${inside}/a.webm`, 'where it leads is what counts');
    const named = { folders: [join(root, 'way in')] };
    assert.equal(await opened(`file://${inside}/a.webm`, named), `file://${inside}/a.webm`);
  });

  test('the nearest entry decides, and a closed folder stays shut whatever else opens it', async () => {
    const folders = ['/', `!${outside}`, `${outside}/again`];
    assert.equal(await opened(`file://${inside}/a.webm`, { folders }), `file://${inside}/a.webm`);
    assert.equal(
      await opened(`file://${outside}/again/b.webm`, { folders }),
      `file://${outside}/again/b.webm`,
    );
    await refused(`file://${outside}/a.webm`, { folders });
    await refused(`file://${outside}/againx/a.webm`, { folders });
    await refused(`file://${inside}/way%20out/a.webm`, { folders });
    for (const twice of [
      [outside, `!${outside}`],
      [`!${outside}`, outside],
    ])
      await refused(`file://${outside}/a.webm`, { folders: ['/', ...twice] });
  });

  test('nothing else, whatever the way there', async () => {
    for (const path of [
      `${outside}/a.webm`,
      `${inside}/../outside/a.webm`,
      `${inside}/%2e%2e/outside/a.webm`,
      `${inside}/%2E./outside/a.webm`,
      `${inside}%2f..%2foutside/a.webm`,
      `${inside}/way%20out/a.webm`,
      `${inside}/way%20out/new.webm`,
      `${inside}/link.webm`,
      `${inside}`,
      `${inside}x/a.webm`,
      '/etc/passwd',
      '/proc/self/environ',
      `${inside}/a%00.webm`,
    ]) {
      await refused(`file://${path}`);
    }
    for (const path of [
      '/etc/passwd',
      'package.json',
      '../x',
      `${inside}/../outside/a.webm`,
      `file://${outside}/a.webm`,
    ])
      await assert.rejects(access().checkPathOrUri(path), UriForbiddenError);
    await refused('file://elsewhere/etc/passwd');
    await refused(`file://${inside}/a.webm`, { folders: [] });
  });

  test('a link whose target does not exist leads to nobody knows where', async () => {
    // Opened for writing it would make a file outside.
    await refused(`file://${inside}/dangling.webm`);
  });

  test('a query or fragment does not count: what is opened has none', async () => {
    assert.equal(await opened(`file://${inside}/a.webm?/../../outside/a.webm`), `file://${inside}/a.webm`);
  });

  test('whatever a path is made of, what is opened is in the folder', async () => {
    const part = fc.constantFrom(
      '..',
      '.',
      'way out',
      'link.webm',
      'a.webm',
      'x',
      '%2e%2e',
      '',
      '%2f',
      'dangling.webm',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const uri = `file://${inside}/${parts.join('/')}`.replaceAll(' ', '%20');
        try {
          const path = resolve(fileURLToPath(await opened(uri)));
          assert.ok(path.startsWith(`${inside}/`), `${uri} is ${path}`);
        } catch (error) {
          assert.ok(error instanceof UriForbiddenError, String(error));
        }
      }),
    );
  });

  test('schemes of the list only', async () => {
    await opened('HTTP://camera.lan/x');
    for (const uri of ['fd://3', 'data:video/webm,x', 'v4l2:///dev/video0', 'ftp://camera.lan/', 'http3://x'])
      await refused(uri);
    await refused('http://camera.lan/', { uriSchemes: ['file'] });
    await refused(`file://${inside}/a.webm`, { uriSchemes: ['http'] });
  });

  test('any host, but for those of the link where clouds give out credentials', async () => {
    await opened('rtsp://user:secret@camera.lan:554/live?x=1');
    await opened('rtsp://unknown.lan/');
    await opened('srt://:7001?mode=listener');
    await opened('http://[::1]:8080/');
    for (const host of [
      '169.254.169.254',
      'metadata.internal',
      'both.example',
      '[fe80::1]',
      '[::ffff:169.254.169.254]',
    ])
      await refused(`http://${host}/latest/`);
    await refused('http://camera.lan\\@169.254.169.254/');
    await refused('rtsp://169.254%2e169.254/');
    await opened('http://169.254.169.254/', { uriHosts: ['169.254.169.254'] });
  });

  test('hosts of the list only, where there is one', async () => {
    const uriHosts = ['192.168.1.0/24', '*.example.com', 'server', 'fd00::/8'];
    for (const uri of [
      'http://192.168.1.9/',
      'http://camera.lan/',
      'http://a.example.com/',
      'rtsp://SERVER/x',
      'http://[fd00::1]/',
    ])
      await opened(uri, { uriHosts });
    for (const uri of [
      'http://192.168.2.9/',
      'http://both.example/',
      'http://example.com/',
      'http://aexample.com/',
      'http://unknown.lan/',
      'srt://:7001?mode=listener',
      'http://server@10.0.0.1/',
    ])
      await refused(uri, { uriHosts });
  });

  test('what is no URI is left to whoever would open it', async () => {
    assert.equal(await opened('nothing'), 'nothing');
    assert.equal(await opened(''), '');
  });
});

function pathUri(path: string): string {
  return `file://${path.replaceAll(' ', '%20')}`;
}
