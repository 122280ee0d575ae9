import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GraphProcess } from '../test-support/graph-process.js';
import { OPUS, Played, type Received, VP8 } from '../test-support/played.js';
import { waitFor } from '../test-support/wait-for.js';

const program = fileURLToPath(new URL('../../test-peers/rtsp_server.py', import.meta.url));

describe('Player of an RTSP camera', () => {
  const cameras: ChildProcess[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'rivero-camera-'));
  after(() => {
    rmSync(directory, { recursive: true });
    for (const camera of cameras) camera.kill('SIGKILL');
  });

  async function startCamera(
    port: string,
    options: Record<string, unknown> = {},
  ): Promise<{ camera: ChildProcess; port: string }> {
    const camera = spawn('/usr/bin/python3', [program, port, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    cameras.push(camera);
    const [line] = (await once(camera.stdout!, 'data')) as [Buffer];
    return { camera, port: line.toString().trim() };
  }

  test('plays as it is encoded; one that vanishes is told once and played again when it is back', async () => {
    const graph = await GraphProcess.start();
    after(() => graph.close());
    const { camera, port } = await startCamera('0');
    const uri = `rtsp://127.0.0.1:${port}/camera`;
    await graph.request('createElement', {
      element: 'camera',
      type: 'Player',
      params: { uri, networkCache: 100 },
    });
    await graph.request('invoke', { element: 'camera', method: 'play', params: {} });

    const flowing = (stream: string) =>
      graph.events.findLast(
        ({ type, data }) => type === 'streamFlowing' && (data as { stream: string }).stream === stream,
      )?.data as { flowing: boolean } | undefined;
    const told = () =>
      graph.events
        .filter(({ type }) => type === 'elementEvent')
        .map(({ data }) => (data as { type: string }).type);
    const both = () => ['camera/video', 'camera/audio'].every((stream) => flowing(stream)?.flowing === true);
    await waitFor('media', both, 20_000);
    const added = graph.events.filter(({ type }) => type === 'streamAdded');
    assert.deepEqual(added.map(({ data }) => (data as { codec?: { name: string } }).codec?.name).sort(), [
      'H264',
      'opus',
    ]);
    assert.deepEqual(await graph.request('invoke', { element: 'camera', method: 'info', params: {} }), {
      duration: 0,
      seekable: false,
    });

    camera.kill('SIGKILL');
    await once(camera, 'exit');
    await waitFor('the loss', () => told().includes('lost'), 30_000);
    await startCamera(port);
    await waitFor('the camera', () => told().includes('restored'), 30_000);
    await waitFor('media again', both, 20_000);
    assert.deepEqual(told(), ['lost', 'restored']);
    assert.equal(graph.events.filter(({ type }) => type === 'streamAdded').length, added.length);
  });

  const picture =
    'videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=160,height=120,framerate=15/1';
  const tone = 'audiotestsrc is-live=true ! audio/x-raw';
  const h264 = `${picture} ! x264enc tune=zerolatency key-int-max=15`;
  const opus = `${tone},rate=48000 ! opusenc ! rtpopuspay`;

  const kinds: [name: string, options: Record<string, unknown>, codecs: Record<string, string>][] = [
    ['over UDP alone', { transport: 'udp' }, { video: 'H264', audio: 'opus' }],
    ['over TCP alone', { transport: 'tcp' }, { video: 'H264', audio: 'opus' }],
    ['without RTCP', { rtcp: false }, { video: 'H264', audio: 'opus' }],
    ['of sound alone', { launch: `${opus} name=pay0 pt=97` }, { audio: 'opus' }],
    [
      'of H.264 with parameter sets in its SDP alone, and G.711',
      {
        launch: `${h264} ! video/x-h264,stream-format=avc ! rtph264pay config-interval=0 name=pay0 pt=96 ${tone},rate=8000 ! alawenc ! rtppcmapay name=pay1 pt=8`,
      },
      { video: 'H264', audio: 'PCMA' },
    ],
    [
      'of H.265 and AAC',
      {
        launch: `${picture} ! x265enc tune=zerolatency key-int-max=15 speed-preset=ultrafast ! rtph265pay name=pay0 pt=96 ${tone},rate=48000 ! avenc_aac ! rtpmp4gpay name=pay1 pt=97`,
      },
      { video: 'H265', audio: 'AAC' },
    ],
    [
      'of VP8, and AAC as LATM',
      {
        launch: `${picture} ! vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay name=pay0 pt=96 ${tone},rate=48000,channels=1 ! avenc_aac ! rtpmp4apay name=pay1 pt=97`,
      },
      { video: 'VP8', audio: 'AAC' },
    ],
    [
      'of MPEG-TS',
      {
        launch: `mpegtsmux name=mux ! rtpmp2tpay name=pay0 pt=33 ${h264} ! h264parse config-interval=-1 ! queue ! mux. ${tone},rate=48000 ! avenc_aac ! queue ! mux.`,
      },
      { video: 'H264', audio: 'AAC' },
    ],
    [
      'of G.722 alone',
      { launch: `${tone},rate=16000,channels=1 ! avenc_g722 ! rtpg722pay name=pay0 pt=9` },
      { audio: 'G722' },
    ],
    [
      'of uncompressed sound alone',
      { launch: `${tone},rate=44100,channels=2 ! audioconvert ! rtpL16pay name=pay0 pt=97` },
      { audio: 'raw' },
    ],
    [
      'of JPEG and G.726',
      {
        launch: `${picture} ! jpegenc ! rtpjpegpay name=pay0 pt=26 ${tone},rate=8000 ! avenc_g726 bitrate=32000 ! rtpg726pay name=pay1 pt=97`,
      },
      { video: 'raw', audio: 'raw' },
    ],
  ];

  describe('of all kinds', () => {
    let graph: GraphProcess;
    before(async () => {
      graph = await GraphProcess.start();
    });
    after(() => graph.close());

    async function play(uri: string): Promise<Played> {
      const player = await Played.make(graph, uri);
      await player.invoke('play');
      return player;
    }

    for (const [name, options, codecs] of kinds) {
      test(name, async () => {
        const { camera, port } = await startCamera('0', options);
        const player = await play(`rtsp://127.0.0.1:${port}/camera`);
        const all: Received[] = [];
        if ('video' in codecs) all.push(await player.receive('video', VP8));
        if ('audio' in codecs) all.push(await player.receive('audio', OPUS));
        await waitFor('media', () => all.every(({ times }) => times.length > 20), 20_000);
        assert.deepEqual(player.codecs(), codecs);
        await player.release();
        camera.kill('SIGKILL');
      });
    }

    for (const method of ['basic', 'digest']) {
      test(`with a password, ${method}`, async () => {
        const [user, password] = ['ad min', 'p@ss:w/rd#?%&ä'];
        const { camera, port } = await startCamera('0', { user, password, method });
        const at = (name: string, word: string): string =>
          `rtsp://${encodeURIComponent(name)}:${encodeURIComponent(word)}@127.0.0.1:${port}/camera`;
        for (const uri of [at(user, 'wrong'), at('nobody', password), `rtsp://127.0.0.1:${port}/camera`]) {
          const player = await play(uri);
          await waitFor('the refusal', () => player.events.length > 0);
          assert.deepEqual(
            player.events.map(({ type, data }) => [type, data.domain, data.reason]),
            [['error', 'resource', 'not-authorized']],
          );
          await player.release();
        }
        const player = await play(at(user, password));
        const video = await player.receive('video');
        await waitFor('media', () => video.packets > 3, 20_000);
        await player.release();
        camera.kill('SIGKILL');
      });
    }

    test('that changes the size of its picture', async () => {
      const { camera, port } = await startCamera('0');
      const player = await play(`rtsp://127.0.0.1:${port}/camera`);
      const sizes = new Set<string>();
      const video = await player.receive('video', VP8);
      video.socket.on('message', (packet) => {
        // The start code of a VP8 key frame, and its width and height (RFC 6386 9.1).
        const at = packet.indexOf(Buffer.of(0x9d, 0x01, 0x2a));
        if (at > 0 && at < 40) sizes.add(`${packet.readUInt16LE(at + 3)}x${packet.readUInt16LE(at + 5)}`);
      });
      await waitFor('a picture', () => sizes.size > 0, 20_000);
      camera.stdin!.write('reconfigure 320 240\n');
      await waitFor('a larger picture', () => sizes.has('320x240'), 20_000);
      assert.deepEqual([...sizes], ['160x120', '320x240']);
      assert.deepEqual(player.events, []);
      assert.deepEqual(player.codecs(), { video: 'H264', audio: 'opus' });
      await player.release();
      camera.kill('SIGKILL');
    });

    for (const [name, encoder, pay] of [
      ['of MPEG-4 part 2', 'mpeg4', 'mpeg4videoparse config-interval=1 ! rtpmp4vpay'],
      ['of H.264 with pictures that are sent out of their order', 'libx264 -bf 2', 'h264parse ! rtph264pay'],
    ] as const) {
      test(`${name}, which is decoded for its viewers`, async () => {
        const file = join(directory, `${encoder}.mp4`);
        const source = '-v error -y -f lavfi -i testsrc=s=160x120:r=15 -t 60 -pix_fmt yuv420p -g 15';
        execFileSync('ffmpeg', [...`${source} -c:v ${encoder}`.split(' '), file]);
        const { camera, port } = await startCamera('0', {
          launch: `filesrc location="${file}" ! qtdemux ! ${pay} config-interval=1 name=pay0 pt=96`,
        });
        const player = await play(`rtsp://127.0.0.1:${port}/camera`);
        // What it is like is seen in its pictures.
        await waitFor('it to be decoded', () => player.codecs().video === 'raw', 20_000);
        const video = await player.receive('video', VP8);
        await waitFor('pictures', () => video.times.length > 20, 20_000);
        const steps = video.times.slice(1).map((time, i) => (time - video.times[i]!) | 0);
        assert.ok(
          steps.every((step) => step > 0),
          `${steps}`,
        );
        assert.deepEqual(player.events, []);
        await player.release();
        camera.kill('SIGKILL');
      });
    }

    for (const scheme of ['rtspu', 'rtspt', 'rtsph']) {
      test(`by ${scheme}: UDP alone, TCP alone or a tunnel through HTTP, and a loss is told`, async () => {
        const { camera, port } = await startCamera('0');
        const player = await play(`${scheme}://127.0.0.1:${port}/camera`);
        const all = [await player.receive('video', VP8), await player.receive('audio', OPUS)];
        await waitFor('media', () => all.every(({ times }) => times.length > 20), 20_000);
        assert.deepEqual(player.codecs(), { video: 'H264', audio: 'opus' });
        camera.kill('SIGKILL');
        await waitFor('the loss', () => player.events.length > 0, 30_000);
        assert.deepEqual(
          player.events.map(({ type }) => type),
          ['lost'],
        );
        await player.release();
      });
    }

    test('with rare key frames: who waits for it when it is opened sees it from the first one', async () => {
      const { camera, port } = await startCamera('0', {
        launch: `${picture} ! x264enc tune=zerolatency key-int-max=900 ! rtph264pay name=pay0 pt=96`,
      });
      // A busy machine may give no time for a viewer: nobody waits for viewers for ever.
      for (let attempt = 1; ; attempt++) {
        const player = await play(`rtsp://127.0.0.1:${port}/camera`);
        const video = await player.receive('video', VP8);
        await waitFor('pictures', () => video.times.length > 15, 20_000);
        const { video: codec } = player.codecs();
        await player.release();
        // Else it was opened once more, to be decoded for those who came late.
        if (codec === 'H264') break;
        assert.ok(attempt < 6, codec);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      camera.kill('SIGKILL');
    });
  });
});
