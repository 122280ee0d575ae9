import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { OutputRequest, StreamCodec } from '../protocol.js';
import { GraphProcess } from '../test-support/graph-process.js';
import { waitFor } from '../test-support/wait-for.js';

const directory = mkdtempSync(join(tmpdir(), 'rivero-player-'));
after(() => rmSync(directory, { recursive: true }));

/** A file with so many seconds of a test picture at 10 fps and of a tone. */
function makeFile(
  name: string,
  video: string,
  audio: string,
  muxer: string,
  seconds: number,
  height = 64,
): string {
  const path = join(directory, name);
  const picture = `videotestsrc num-buffers=${seconds * 10} ! video/x-raw,format=I420,width=64,height=${height},framerate=10/1 ! ${video} ! queue ! mux.`;
  const tone = `audiotestsrc num-buffers=${seconds * 50} samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! ${audio} ! queue ! mux.`;
  const chain = `${muxer} name=mux ! filesink location=${path} ${picture} ${tone}`;
  execFileSync('gst-launch-1.0', ['-q', ...chain.split(' ')]);
  return path;
}

const VP8 = 'vp8enc deadline=1 keyframe-max-dist=10';
const webm = (name: string, seconds: number): string => makeFile(name, VP8, 'opusenc', 'webmmux', seconds);

describe('Player', () => {
  let graph: GraphProcess;
  const sockets: Socket[] = [];
  before(async () => {
    graph = await GraphProcess.start();
  });
  after(async () => {
    for (const socket of sockets) socket.close();
    assert.equal(await graph.close(), 0);
  });

  let players = 0;
  async function makePlayer(uri: string): Promise<string> {
    const element = `player${++players}`;
    await graph.request('createElement', { element, type: 'Player', params: { uri, networkCache: 0 } });
    return element;
  }
  const invoke = (element: string, method: string, params: Record<string, unknown> = {}) =>
    graph.request('invoke', { element, method, params });

  function events(element: string): { type: string; data: Record<string, unknown> }[] {
    return graph.events
      .filter(({ type }) => type === 'elementEvent')
      .map(({ data }) => data as { element: string; type: string; data: Record<string, unknown> })
      .filter((event) => event.element === element);
  }

  function added(stream: string): { codec?: StreamCodec } | undefined {
    return graph.events
      .filter(({ type }) => type === 'streamAdded')
      .map(({ data }) => data as { stream: string; codec?: StreamCodec })
      .findLast((event) => event.stream === stream);
  }

  /** Counts the RTP packets of a stream. */
  async function receive(
    stream: string,
    encode?: OutputRequest['encode'],
  ): Promise<{ packets: number; output: string }> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'listening');
    const received = { packets: 0, output: `out-${stream.replace('/', '-')}` };
    socket.on('message', () => received.packets++);
    await graph.request('createOutput', {
      output: received.output,
      stream,
      ...(encode && { encode }),
      port: socket.address().port,
      ssrc: 1,
      payloadType: 96,
      mtu: 1200,
    });
    await graph.request('startOutput', { output: received.output });
    return received;
  }

  test('a file comes out as it is encoded, at its own pace, to its end, and again', async () => {
    const element = await makePlayer(`file://${webm('a.webm', 2)}`);
    await invoke(element, 'play');
    await waitFor(
      'both streams',
      () => added(`${element}/video`) !== undefined && added(`${element}/audio`) !== undefined,
    );
    assert.equal(added(`${element}/video`)?.codec?.name, 'VP8');
    assert.equal(added(`${element}/audio`)?.codec?.name, 'opus');
    const video = await receive(`${element}/video`);
    const audio = await receive(`${element}/audio`);
    await waitFor('media', () => video.packets > 3 && audio.packets > 10);
    assert.equal((await graph.request('status', {})).branches, 0);
    assert.match(await graph.request('dot', { id: element }), /matroskademux/i);
    assert.deepEqual(await invoke(element, 'info'), { duration: 2_000_000_000, seekable: true });
    assert.ok(((await invoke(element, 'position')) as number) > 0);
    await waitFor('the end', () => events(element).some(({ type }) => type === 'ended'));
    assert.equal(await invoke(element, 'position'), 0);
    const first = video.packets;
    await invoke(element, 'play');
    await waitFor('the same again into the same output', () => video.packets > first + 3);
    await graph.request('removeOutput', { output: video.output });
    await graph.request('removeOutput', { output: audio.output });
    await graph.request('releaseElement', { element });
  });

  test('pause keeps the place, seeking changes it', async () => {
    const element = await makePlayer(`file://${webm('long.webm', 20)}`);
    await assert.rejects(invoke(element, 'seek', { position: 1 }), { code: 40700 });
    await invoke(element, 'play');
    await waitFor('video', () => added(`${element}/video`) !== undefined);
    const video = await receive(`${element}/video`);
    await waitFor('media', () => video.packets > 2);
    await invoke(element, 'pause');
    const place = (await invoke(element, 'position')) as number;
    const silence = new Promise((resolve) => setTimeout(resolve, 400));
    await silence;
    assert.equal(await invoke(element, 'position'), place);
    const paused = video.packets;
    await invoke(element, 'play');
    await waitFor('media again', () => video.packets > paused + 2);
    assert.ok(((await invoke(element, 'position')) as number) < 15e9);
    const moved = video.packets;
    await invoke(element, 'seek', { position: 15e9 });
    await waitFor('media from there', () => video.packets > moved + 2);
    assert.ok(((await invoke(element, 'position')) as number) >= 15e9);
    await invoke(element, 'seek', { position: 19e9 });
    await waitFor('the end', () => events(element).some(({ type }) => type === 'ended'));
    await graph.request('releaseElement', { element });
  });

  const kinds: [string, string, string, string, (string | undefined)[]][] = [
    [
      'h264.mp4',
      'x264enc tune=zerolatency ! video/x-h264,profile=main',
      'avenc_aac ! aacparse',
      'mp4mux',
      ['H264', undefined],
    ],
    ['mpeg.ts', 'x264enc tune=zerolatency', 'opusenc', 'mpegtsmux', ['H264', 'opus']],
    ['theora.ogg', 'theoraenc', 'vorbisenc', 'oggmux', [undefined, undefined]],
    ['mulaw.avi', 'jpegenc', 'mulawenc', 'avimux', [undefined, undefined]],
    ['vp9.mkv', 'vp9enc deadline=1', 'flacenc', 'matroskamux', ['VP9', undefined]],
    // What telephones recorded.
    [
      'amr.3gp',
      'x264enc tune=zerolatency',
      'audioresample ! audio/x-raw,rate=8000 ! amrnbenc',
      '3gppmux',
      ['H264', 'AMR'],
    ],
    [
      'amr-wb.3gp',
      'x264enc tune=zerolatency',
      'audioresample ! audio/x-raw,rate=16000 ! voamrwbenc',
      '3gppmux',
      ['H264', 'AMR-WB'],
    ],
  ];
  for (const [name, video, audio, muxer, [videoCodec, audioCodec]] of kinds) {
    test(`${name} plays, encoded as ${videoCodec ?? 'VP8'} and ${audioCodec ?? 'Opus'}`, async () => {
      const element = await makePlayer(`file://${makeFile(name, video, audio, muxer, 3)}`);
      await invoke(element, 'play');
      await waitFor(
        'both streams',
        () => added(`${element}/video`) !== undefined && added(`${element}/audio`) !== undefined,
      );
      const codec = (format: string, clockRate: number, channels: number): OutputRequest['encode'] => ({
        codec: { name: format, clockRate, channels, parameters: {} },
      });
      assert.equal(added(`${element}/video`)?.codec?.name, videoCodec);
      if (audioCodec !== undefined) assert.equal(added(`${element}/audio`)?.codec?.name, audioCodec);
      const pictures = await receive(`${element}/video`, videoCodec ? undefined : codec('VP8', 90_000, 1));
      const sound = await receive(`${element}/audio`, audioCodec ? undefined : codec('opus', 48_000, 2));
      await waitFor('pictures', () => pictures.packets > 3);
      await waitFor('sound', () => sound.packets > 10);
      await graph.request('releaseElement', { element });
    });
  }

  test('pictures of a telephone that was held upright are turned for those who watch', async () => {
    const path = join(directory, 'upright.mp4');
    const lying = makeFile('lying.mp4', 'x264enc tune=zerolatency', 'avenc_aac ! aacparse', 'mp4mux', 4, 48);
    const turn = ['-c', 'copy', '-metadata:s:v', 'rotate=90'];
    execFileSync('ffmpeg', ['-v', 'error', '-i', lying, ...turn, path]);
    const element = await makePlayer(`file://${path}`);
    await invoke(element, 'play');
    const stream = `${element}/video`;
    await waitFor('decoded video', () => {
      const format = added(stream);
      return format !== undefined && format.codec === undefined;
    });
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'listening');
    let size: number[] = [];
    socket.on('message', (packet) => {
      // The start code of a VP8 key frame, and its width and height (RFC 6386 9.1).
      const at = packet.indexOf(Buffer.of(0x9d, 0x01, 0x2a));
      if (at > 0 && at < 40) size = [packet.readUInt16LE(at + 3), packet.readUInt16LE(at + 5)];
    });
    const codec = { name: 'VP8', clockRate: 90_000, channels: 1, parameters: {} };
    await graph.request('createOutput', {
      output: 'upright',
      stream,
      encode: { codec },
      port: socket.address().port,
      ssrc: 1,
      payloadType: 96,
      mtu: 1200,
    });
    await graph.request('startOutput', { output: 'upright' });
    await waitFor('a picture', () => size.length > 0);
    assert.deepEqual(size, [48, 64]);
    await graph.request('releaseElement', { element });
  });

  test('a file from an HTTP server', async () => {
    const bytes = execFileSync('cat', [webm('http.webm', 2)]);
    const server = createServer((_request, response) => response.end(bytes)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const element = await makePlayer(`http://127.0.0.1:${port}/a.webm`);
    await invoke(element, 'play');
    await waitFor('the end', () => events(element).some(({ type }) => type === 'ended'));
    await graph.request('releaseElement', { element });
    server.close();
    server.closeAllConnections();
  });

  test('what can not be played says so once', async () => {
    writeFileSync(join(directory, 'text.webm'), 'this is no media at all\n'.repeat(100));
    const bad: [string, string][] = [
      ['file:///no/such/file.webm', 'resource'],
      [`file://${join(directory, 'text.webm')}`, 'stream'],
      ['http://127.0.0.1:1/x.webm', 'resource'],
      ['rtsp://127.0.0.1:1/x', 'resource'],
      ['foo://x/y', 'core'],
    ];
    for (const [uri, domain] of bad) {
      const element = await makePlayer(uri);
      await invoke(element, 'play');
      await waitFor(`an error of ${uri}`, () => events(element).length > 0);
      await graph.request('releaseElement', { element });
      const told = events(element);
      assert.deepEqual(
        told.map(({ type }) => type),
        ['error'],
        uri,
      );
      assert.equal(told[0]!.data.domain, domain, JSON.stringify(told[0]!.data));
    }
  });
});
