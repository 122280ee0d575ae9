import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from '../test-support/graph-process.js';
import { MediaPeer } from '../test-support/media-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const VP8 = { name: 'VP8', clockRate: 90000, channels: 1, parameters: {} };
const WHOLE = { offsetXPercent: 0, offsetYPercent: 0, widthPercent: 1, heightPercent: 1 };
const PATIENCE_MS = 30_000;
const STRETCHED = { keepAspectRatio: false, center: false };

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(8 + body.length);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), 4 + body.length);
  return out;
}

/** A PNG picture (ISO 15948) of one colour; its header may tell another size. */
function png(red: number, green: number, blue: number, told = 8): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(told, 0);
  header.writeUInt32BE(told, 4);
  const row = [0, ...new Array<number[]>(8).fill([red, green, blue]).flat()];
  const rows = Uint8Array.from(new Array<number[]>(8).fill(row).flat());
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array()),
  ]);
}

describe('images laid over the picture', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  let folder: string;
  let graph: GraphProcess;
  const peer = new MediaPeer();
  let pictures = 0;
  let colour: readonly [number, number, number] = [0, 0, 0];

  const file = (name: string): string => join(folder, name);
  const invoke = (method: string, params: Record<string, unknown>): Promise<unknown> =>
    graph.request('invoke', { element: 'images', method, params });
  const add = (id: string, uri: string, placement: Record<string, number> = {}): Promise<unknown> =>
    invoke('addImage', { id, uri, ...WHOLE, ...STRETCHED, ...placement });
  const failures = (): string[] =>
    graph.events
      .map(({ data }) => data as { type?: string; data: { message: string } })
      .filter(({ type }) => type === 'imageFailed')
      .map(({ data }) => data.message);
  const becomes = (what: 'green' | 'as it was sent'): Promise<unknown> =>
    waitFor(
      what,
      () => (what === 'green' ? colour[1] > 180 && colour[2] < 60 : colour[2] > 150),
      PATIENCE_MS,
    );
  /** Three pictures later: what was to come has come. */
  const later = async (): Promise<void> => {
    const seen = pictures;
    await waitFor('pictures', () => pictures > seen + 3, PATIENCE_MS);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rivero-images-'));
    const good = png(0, 220, 0);
    await writeFile(file('green.png'), good);
    await writeFile(file('cut.png'), good.subarray(0, good.length - 30));
    await writeFile(file('damaged.png'), Buffer.from(good).fill(0x55, 40));
    await writeFile(file('giant.png'), png(0, 220, 0, 20_000));
    await writeFile(file('text.png'), 'no picture');
    await writeFile(file('long.png'), Buffer.alloc(21 * 1024 * 1024));
    graph = await GraphProcess.start();
    await peer.start();
    const { rtpPort } = await graph.request('createInput', {
      input: 'in',
      kind: 'video',
      codec: VP8,
      payloadType: 96,
    });
    await peer.sendVideo(rtpPort, 'width=320,height=180,framerate=10/1');
    await graph.request('createElement', { element: 'images', type: 'ImageOverlay', params: {} });
    await graph.request('connect', { stream: 'in', element: 'images', input: 'video' });
    const receiver = await peer.receiveVideo((mean) => {
      pictures++;
      colour = mean;
    });
    const output = { ssrc: 7, mtu: 1200, payloadType: 96, port: receiver.port, encode: { codec: VP8 } };
    await graph.request('createOutput', { output: 'out', stream: 'images/video', ...output });
    await graph.request('startOutput', { output: 'out' });
    await becomes('as it was sent');
  });
  after(async () => {
    await peer.close();
    assert.equal(await graph.close(), 0);
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    for (let i = 0; i <= 12; i++) await invoke('removeImage', { id: `${i}` });
    graph.events.length = 0;
    await becomes('as it was sent');
  });

  test('one that can not be decoded is told, and neither it nor the one before is seen', async () => {
    await add('1', file('green.png'));
    await becomes('green');
    await invoke('removeImage', { id: '1' });
    await becomes('as it was sent');
    for (const [name, why] of [
      ['cut.png', /: the picture is damaged$/],
      ['damaged.png', /: the picture is damaged$/],
      ['giant.png', /: 20000×20000 pixels, of 16777216 at most$/],
      ['text.png', /: no PNG, JPEG, GIF or WebP picture$/],
      ['long.png', /: more than 20971520 bytes$/],
      ['.', /: no file$/],
      ['missing.png', /ENOENT/],
    ] as const) {
      graph.events.length = 0;
      assert.equal(await add('1', file(name)), null);
      assert.match(failures().join(), why);
      await later();
      assert.ok(colour[2] > 150, `${name}: ${colour}`);
    }
  });

  test('one that takes the place of another does so when it can be had', async () => {
    await add('1', file('green.png'));
    await becomes('green');
    await add('1', file('damaged.png'));
    await later();
    await becomes('green');
  });

  test('sizes and offsets that make no sense are refused; large ones are shown, and the process goes on', async () => {
    for (const wrong of [
      { widthPercent: 100 },
      { widthPercent: -1 },
      { heightPercent: 1e12 },
      { offsetXPercent: 1e12 },
      { offsetYPercent: -101 },
    ]) {
      await assert.rejects(add('1', file('green.png'), wrong), {
        code: 40107,
        message: new RegExp(`^${Object.keys(wrong)[0]} should be a fraction`),
      });
    }
    await add('1', file('green.png'), { widthPercent: 10, heightPercent: 10 });
    await becomes('green');
    await invoke('removeImage', { id: '1' });
    await becomes('as it was sent');
    for (const nothing of [{ widthPercent: 0 }, { offsetXPercent: 100 }, { offsetYPercent: -100 }]) {
      await add('1', file('green.png'), nothing);
      await later();
      assert.ok(colour[2] > 150, `${JSON.stringify(nothing)}: ${colour}`);
    }
  });

  test('a thirteenth one is refused', async () => {
    for (let i = 0; i < 12; i++) await add(`${i}`, file('green.png'), { widthPercent: 0.1 });
    await assert.rejects(add('12', file('green.png')), { code: 40009, message: /12 at most$/ });
    await invoke('removeImage', { id: '3' });
    await add('12', file('green.png'));
    await becomes('green');
  });

  test('from HTTP: redirected ones, missing ones, and one that comes when the filter is gone', async (t) => {
    let late: (() => void) | undefined;
    const server = createServer((request, response) => {
      if (request.url === '/missing') response.writeHead(404).end();
      else if (request.url === '/elsewhere') response.writeHead(302, { location: '/green' }).end();
      else if (request.url === '/file')
        response.writeHead(302, { location: `file://${file('green.png')}` }).end();
      else if (request.url === '/late') late = () => response.end(png(0, 220, 0));
      else response.end(png(0, 220, 0));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await add('1', `${uri}/elsewhere`);
    await becomes('green');
    await invoke('removeImage', { id: '1' });
    await add('1', `${uri}/missing`);
    await add('1', `${uri}/file`);
    assert.equal(failures().length, 2);
    await graph.request('createElement', { element: 'other', type: 'ImageOverlay', params: {} });
    const params = { id: '1', uri: `${uri}/late`, ...WHOLE, ...STRETCHED };
    const added = graph.request('invoke', { element: 'other', method: 'addImage', params });
    await waitFor('the request', () => late !== undefined);
    await graph.request('releaseElement', { element: 'other' });
    late!();
    await added.catch(() => {});
    await becomes('as it was sent');
  });
});
