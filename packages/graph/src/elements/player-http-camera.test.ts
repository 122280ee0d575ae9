import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { CountedReceiver, makeCountedFile } from '../test-support/counted-pictures.js';
import { GraphProcess } from '../test-support/graph-process.js';
import { Played, VP8 } from '../test-support/played.js';
import { waitFor } from '../test-support/wait-for.js';

const RATE = 10;
const AUTHORIZATION = `Basic ${Buffer.from('admin:secret').toString('base64')}`;

/** Motion JPEG as cameras send it: a part for each picture, without an end, without times. */
describe('Player of a camera that sends JPEG pictures by HTTP', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, () => {
  const directory = mkdtempSync(join(tmpdir(), 'rivero-camera-'));
  const viewers = new Map<ServerResponse, NodeJS.Timeout>();
  const receivers: CountedReceiver[] = [];
  let graph: GraphProcess;
  let pictures: Buffer[] = [];
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/locked') && request.headers.authorization !== AUTHORIZATION) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' }).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=picture' });
    let number = 0;
    const timer = setInterval(() => {
      const picture = pictures[number++ % pictures.length]!;
      const length = request.url?.endsWith('/short') ? '' : `Content-Length: ${picture.length}\r\n`;
      response.write(`--picture\r\nContent-Type: image/jpeg\r\n${length}\r\n`);
      response.write(picture);
      response.write('\r\n');
    }, 1000 / RATE);
    viewers.set(response, timer);
    response.on('close', () => clearInterval(timer));
  }).listen(0, '127.0.0.1');
  const at = (path: string, user = ''): string =>
    `http://${user}127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

  before(async () => {
    graph = await GraphProcess.start();
    if (!server.listening) await once(server, 'listening');
    // Of a size as cameras make them.
    makeCountedFile(20, RATE, [
      '-map',
      '0:v',
      '-vf',
      'noise=alls=12',
      '-q:v',
      '2',
      join(directory, '%04d.jpg'),
    ]);
    pictures = readdirSync(directory)
      .sort()
      .map((name) => readFileSync(join(directory, name)));
  });
  after(async () => {
    for (const receiver of receivers) receiver.close();
    server.close();
    server.closeAllConnections();
    rmSync(directory, { recursive: true });
    assert.equal(await graph.close(), 0);
  });

  async function watch(player: Played): Promise<CountedReceiver> {
    const receiver = await CountedReceiver.start('VP8');
    receivers.push(receiver);
    // The first picture has to be seen: no other of them is a key frame.
    const entry = `:${receiver.port.toString(16).toUpperCase().padStart(4, '0')} `;
    await waitFor('the receiver', () => readFileSync('/proc/net/udp', 'utf8').includes(entry), 20_000);
    await player.send('video', receiver.port, VP8);
    return receiver;
  }

  for (const [name, path] of [
    ['with the length of each', '/pictures'],
    ['apart by their boundary alone', '/short'],
  ] as const) {
    test(`${name}: all are shown, in their time`, async () => {
      const player = await Played.make(graph, at(path));
      await player.invoke('play');
      const [receiver, rtp] = await Promise.all([watch(player), player.receive('video', VP8)]);
      await waitFor('pictures', () => receiver.pictures.length > 25 && rtp.times.length > 25, 20_000);
      const numbers = receiver.pictures.map(({ number }) => number);
      const next = numbers.filter((number, i) => number === numbers[i - 1]! + 1).length;
      assert.ok(next > 20, `one after the other: ${numbers}`);
      // The time of a picture is when it came, but for how busy the machine is.
      const length = ((rtp.times[25]! - rtp.times[0]!) >>> 0) / 90_000;
      assert.ok(length > 1.5 && length < 10, `${length} s of RTP for 25 pictures`);
      assert.deepEqual(await player.invoke('info'), { duration: 0, seekable: false });
      assert.deepEqual(player.events, []);
      await player.release();
    });
  }

  test('one that breaks off is told once, and shown again when it is back', async () => {
    const player = await Played.make(graph, at('/pictures'));
    await player.invoke('play');
    const receiver = await watch(player);
    await waitFor('pictures', () => receiver.pictures.length > 5, 20_000);
    for (const response of viewers.keys()) response.destroy();
    await waitFor('it is back', () => player.has('restored'), 20_000);
    const seen = receiver.pictures.length;
    await waitFor('pictures again', () => receiver.pictures.length > seen + 5, 20_000);
    assert.deepEqual(
      player.events.map(({ type }) => type),
      ['lost', 'restored'],
    );
    await player.release();
  });

  test('with a password', async () => {
    const refused = await Played.make(graph, at('/locked', 'admin:wrong@'));
    await refused.invoke('play');
    await waitFor('the refusal', () => refused.events.length > 0, 20_000);
    assert.deepEqual(
      refused.events.map(({ type, data }) => [type, data.domain]),
      [['error', 'resource']],
    );
    await refused.release();
    const player = await Played.make(graph, at('/locked', 'admin:secret@'));
    await player.invoke('play');
    const receiver = await watch(player);
    await waitFor('pictures', () => receiver.pictures.length > 5, 20_000);
    await player.release();
  });
});
