import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GraphProcess } from '../test-support/graph-process.js';
import { OPUS, Played, VP8 } from '../test-support/played.js';
import { mendRtmpStreams } from '../test-support/rtmp-streams.js';
import { waitFor } from '../test-support/wait-for.js';

/** MPEG-TS with a test picture in H.264 and a tone in AAC. */
const TRANSPORT_STREAM = (live: boolean, seconds: number): string =>
  `mpegtsmux alignment=7 name=mux videotestsrc is-live=${live} num-buffers=${seconds * 15} ! video/x-raw,format=I420,width=64,height=64,framerate=15/1 ! x264enc tune=zerolatency key-int-max=15 ! h264parse config-interval=-1 ! queue ! mux. ` +
  `audiotestsrc is-live=${live} num-buffers=${seconds * 47} samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=1 ! avenc_aac ! aacparse ! queue ! mux. mux.`;

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Waits until somebody listens at a TCP port, without connecting: some serve the first one only. */
async function listening(port: number): Promise<void> {
  const entry = `:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  await waitFor(`port ${port}`, () => readFileSync('/proc/net/tcp', 'utf8').includes(entry), 20_000);
}

describe('Player of other sources', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rivero-player-'));
  const senders: ChildProcess[] = [];
  let graph: GraphProcess;
  before(async () => {
    graph = await GraphProcess.start();
  });
  after(async () => {
    for (const sender of senders) sender.kill('SIGKILL');
    rmSync(directory, { recursive: true });
    assert.equal(await graph.close(), 0);
  });

  async function plays(element: string, uri: string): Promise<void> {
    await graph.request('createElement', { element, type: 'Player', params: { uri, networkCache: 0 } });
    await graph.request('invoke', { element, method: 'play', params: {} });
    for (const kind of ['video', 'audio']) {
      await waitFor(
        `${kind} of ${uri}`,
        () =>
          graph.events.some(
            ({ type, data }) =>
              type === 'streamFlowing' && (data as { stream: string }).stream === `${element}/${kind}`,
          ),
        20_000,
      );
    }
    await graph.request('releaseElement', { element });
  }

  /** Resolves when the sender plays. */
  async function send(chain: string): Promise<ChildProcess> {
    const sender = spawn('gst-launch-1.0', chain.split(' '), { stdio: ['ignore', 'pipe', 'inherit'] });
    senders.push(sender);
    let output = '';
    sender.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    await waitFor('the sender', () => output.includes('New clock'), 20_000);
    return sender;
  }

  test('MPEG-TS over UDP', async () => {
    const port = await freePort();
    await send(`${TRANSPORT_STREAM(true, 60)} ! udpsink host=127.0.0.1 port=${port}`);
    await plays('udp', `udp://127.0.0.1:${port}`);
  });

  test('SRT', async () => {
    const port = await freePort();
    await send(
      `${TRANSPORT_STREAM(true, 60)} ! srtsink uri=srt://127.0.0.1:${port}?mode=listener wait-for-connection=false`,
    );
    await plays('srt', `srt://127.0.0.1:${port}`);
  });

  test('SRT with a passphrase: a wrong one is told; one that breaks off comes back, in time', async () => {
    const port = await freePort();
    const chain = `${TRANSPORT_STREAM(true, 60)} ! srtsink uri=srt://127.0.0.1:${port}?mode=listener&passphrase=0123456789ab wait-for-connection=false`;
    const sender = await send(chain);
    for (const wrong of ['', '?passphrase=wrong-passphrase']) {
      const player = await Played.make(graph, `srt://127.0.0.1:${port}${wrong}`);
      await player.invoke('play');
      await waitFor('the refusal', () => player.has('error'), 20_000);
      assert.equal(player.events[0]!.data.domain, 'resource');
      await player.release();
    }
    const player = await Played.make(graph, `srt://127.0.0.1:${port}?passphrase=0123456789ab`);
    await player.invoke('play');
    const sound = await player.receive('audio', OPUS);
    await waitFor('sound', () => sound.packets > 5, 20_000);
    sender.kill('SIGKILL');
    await waitFor('the loss', () => player.has('lost'), 20_000);
    await send(chain);
    await waitFor('it is back', () => player.has('restored'), 20_000);
    const { packets } = sound;
    await waitFor('sound again', () => sound.packets > packets + 5, 20_000);
    // Not as much later as the pipeline is old.
    const rtp = ((sound.times.at(-1)! - sound.times[0]!) >>> 0) / 48;
    const real = sound.lastAt - sound.firstAt;
    assert.ok(Math.abs(rtp - real) < 2500, `${rtp} ms of RTP in ${real} ms`);
    await player.release();
  });

  test('SRT that others call', async () => {
    const port = await freePort();
    const player = await Played.make(graph, `srt://127.0.0.1:${port}?mode=listener&passphrase=0123456789ab`);
    await player.invoke('play');
    await send(
      `${TRANSPORT_STREAM(true, 60)} ! srtsink uri=srt://127.0.0.1:${port}?mode=caller&passphrase=0123456789ab wait-for-connection=false`,
    );
    const video = await player.receive('video');
    await waitFor('media', () => video.packets > 5, 20_000);
    await player.release();
  });

  test('MPEG-TS with rare key frames: who waits for it sees it from the first one', async () => {
    // A busy machine may give no time for a viewer: nobody waits for viewers for ever.
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      const player = await Played.make(graph, `udp://@:${port}`);
      await player.invoke('play');
      const sender = await send(
        `${TRANSPORT_STREAM(true, 60).replace('key-int-max=15', 'key-int-max=900')} ! udpsink host=127.0.0.1 port=${port}`,
      );
      const video = await player.receive('video', VP8);
      await waitFor('pictures', () => video.times.length > 10, 20_000).catch(() => {});
      const { video: codec } = player.codecs();
      await player.release();
      sender.kill('SIGKILL');
      // Else it was opened once more, to be decoded for those who came late.
      if (codec === 'H264' && video.times.length > 10) break;
      assert.ok(attempt < 4, `${codec}, ${video.times.length} pictures`);
    }
  });

  test('RTMP', async () => {
    const port = await freePort();
    const media =
      '-re -f lavfi -i testsrc=s=64x64:r=15 -f lavfi -i sine -t 40 -c:v libx264 -bf 0 -g 15 -pix_fmt yuv420p -c:a aac -f flv';
    const sender = spawn(
      'ffmpeg',
      [...`-v error -nostdin ${media} -listen 1`.split(' '), `rtmp://127.0.0.1:${port}/live/x`],
      {
        stdio: 'ignore',
      },
    );
    senders.push(sender);
    await listening(port);
    const mended = await mendRtmpStreams(port);
    await plays('rtmp', `rtmp://127.0.0.1:${mended.port}/live/x`);
    mended.server.close();
  });

  test('HLS', async () => {
    const playlist = join(directory, 'list.m3u8');
    const tone = `audiotestsrc num-buffers=280 samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=1 ! avenc_aac ! aacparse ! sink.audio`;
    const picture = `videotestsrc num-buffers=90 ! video/x-raw,format=I420,width=64,height=64,framerate=15/1 ! x264enc tune=zerolatency key-int-max=15 ! h264parse ! sink.video`;
    const sink = `hlssink2 name=sink target-duration=1 max-files=0 playlist-length=0 playlist-location=${playlist} location=${join(directory, 'part%05d.ts')}`;
    // GStreamer 1.22's hlssink2 stands still at the end once in many runs.
    for (let attempt = 1; ; attempt++) {
      try {
        execFileSync('gst-launch-1.0', ['-q', ...`${sink} ${picture} ${tone}`.split(' ')], {
          timeout: 15_000,
        });
        break;
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
    const server = createServer((request, response) => {
      try {
        response.end(readFileSync(join(directory, basename(request.url ?? ''))));
      } catch {
        response.writeHead(404).end();
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await plays('hls', `http://127.0.0.1:${port}/list.m3u8`);
    server.close();
    server.closeAllConnections();
  });
});
