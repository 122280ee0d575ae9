import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createWebServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { TlsTrust } from '../protocol.js';
import { GraphProcess } from '../test-support/graph-process.js';
import { waitFor } from '../test-support/wait-for.js';

const camera = fileURLToPath(new URL('../../test-peers/rtsp_server.py', import.meta.url));

describe('Player over TLS, of servers whose certificate is their own', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rivero-tls-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
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
        '2',
      ],
      ...['-keyout', key, '-out', cert, '-subj', '/CN=camera', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ],
    { stdio: 'ignore' },
  );
  const identity = { key: readFileSync(key), cert: readFileSync(cert) };
  const web = createWebServer(identity, ({ url }, response) => {
    try {
      response.end(readFileSync(join(directory, basename(url ?? ''))));
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  let rtspPort = 0;
  const tls = createTlsServer(identity, (socket) => {
    const upstream = connect(rtspPort, '127.0.0.1');
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  }).listen(0, '127.0.0.1');
  const port = (server: typeof web | typeof tls): number => (server.address() as AddressInfo).port;
  let uris: string[] = [];
  let process: ChildProcess | undefined;

  before(async () => {
    const picture = [
      '-f',
      'lavfi',
      '-i',
      'testsrc=s=64x64:r=15',
      '-t',
      '8',
      '-c:v',
      'libx264',
      '-bf',
      '0',
      '-g',
      '15',
    ];
    const options = ['-v', 'error', ...picture, '-pix_fmt', 'yuv420p'];
    execFileSync('ffmpeg', [...options, join(directory, 'a.mp4')]);
    execFileSync('ffmpeg', [
      ...options,
      '-hls_time',
      '1',
      '-hls_playlist_type',
      'vod',
      join(directory, 'a.m3u8'),
    ]);
    process = spawn('/usr/bin/python3', [camera, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(process.stdout!, 'data')) as [Buffer];
    rtspPort = Number(line.toString());
    uris = [
      `https://127.0.0.1:${port(web)}/a.mp4`,
      `https://127.0.0.1:${port(web)}/a.m3u8`,
      `rtsps://127.0.0.1:${port(tls)}/camera`,
    ];
  });
  after(() => {
    process?.kill('SIGKILL');
    web.close();
    web.closeAllConnections();
    tls.close();
    rmSync(directory, { recursive: true });
  });

  interface Told {
    domain: string;
    message: string;
  }

  /** Plays all until each has flowed or failed; tells the errors. */
  async function play(trust: TlsTrust | undefined): Promise<(Told | undefined)[]> {
    const graph = await GraphProcess.start(undefined, trust);
    const errors: (Told | undefined)[] = [];
    try {
      for (const [i, uri] of uris.entries()) {
        const element = `p${i}`;
        await graph.request('createElement', { element, type: 'Player', params: { uri, networkCache: 0 } });
        await graph.request('invoke', { element, method: 'play', params: {} });
        const error = await waitFor(
          `something of ${uri}`,
          () => {
            for (const { type, data } of graph.events) {
              const { stream, element: of, type: kind, data: more } = data as Record<string, unknown>;
              if (type === 'streamFlowing' && stream === `${element}/video`) return { told: undefined };
              if (type === 'elementEvent' && of === element && kind === 'error')
                return { told: more as Told };
            }
            return undefined;
          },
          20_000,
        );
        errors.push(error.told);
        await graph.request('releaseElement', { element });
      }
    } finally {
      await graph.close();
    }
    return errors;
  }

  test('they are refused, and the error tells why', async () => {
    for (const [i, error] of (await play(undefined)).entries()) {
      assert.equal(error?.domain, 'resource', uris[i]);
      assert.match(error.message, /certificate/i, uris[i]);
    }
  });

  test('they are played when their authority is named', async () => {
    assert.deepEqual(await play({ verify: true, caFile: cert }), [undefined, undefined, undefined]);
  });

  test('they are played when nothing is to be verified', async () => {
    assert.deepEqual(await play({ verify: false, caFile: '' }), [undefined, undefined, undefined]);
  });

  test('the authorities of the system stay trusted beside it, and nobody else', async () => {
    const other = join(directory, 'other.pem');
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
          '2',
        ],
        ...['-keyout', join(directory, 'other-key.pem'), '-out', other, '-subj', '/CN=other'],
      ],
      { stdio: 'ignore' },
    );
    for (const error of await play({ verify: true, caFile: other }))
      assert.match(error?.message ?? '', /certificate/i);
  });
});
