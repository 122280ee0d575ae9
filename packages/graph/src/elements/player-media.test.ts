import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from '../test-support/graph-process.js';
import { OPUS, Played, VP8 } from '../test-support/played.js';
import { waitFor } from '../test-support/wait-for.js';

const PICTURE = '-f lavfi -i testsrc=s=160x120:r=15';
const TONE = '-f lavfi -i sine=440:sample_rate=48000';

describe('Player of all sorts of files', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'rivero-player-'));
  let graph: GraphProcess;
  before(async () => {
    graph = await GraphProcess.start();
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    assert.equal(await graph.close(), 0);
  });

  /** @param options of ffmpeg, apart by spaces */
  function make(name: string, options: string): string {
    const path = join(directory, name);
    execFileSync('ffmpeg', [...`-v error -nostdin -y ${options}`.split(' '), path]);
    return `file://${path}`;
  }

  test('a viewer gets the first picture of a file in which the sound is found first', async () => {
    const uri = make(
      'late.webm',
      `${PICTURE} ${TONE} -t 1 -c:v libvpx-vp9 -deadline realtime -g 600 -c:a libopus`,
    );
    // A busy machine may give no time for a viewer: nobody waits for viewers for ever.
    for (let attempt = 1; ; attempt++) {
      const player = await Played.make(graph, uri);
      await player.invoke('play');
      const [video] = await Promise.all([player.receive('video'), player.receive('audio')]);
      await waitFor('the end', () => player.has('ended'));
      await player.release();
      assert.deepEqual(player.codecs(), { video: 'VP9', audio: 'opus' });
      if (video.times.length === 15) return;
      assert.ok(attempt < 6, `${video.times.length} pictures of 15`);
    }
  });

  test('Opus of more than two channels, which RTP does not have, is encoded anew', async () => {
    const uri = make(
      'surround.webm',
      `-f lavfi -i anoisesrc=r=48000:a=0.1,aformat=channel_layouts=5.1 -t 1 -c:a libopus -mapping_family 1`,
    );
    const player = await Played.make(graph, uri);
    await player.invoke('play');
    const sound = await player.receive('audio', OPUS);
    await waitFor('sound', () => sound.packets > 10);
    assert.deepEqual(player.codecs(), { audio: 'raw' });
    await player.release();
  });

  test('telephone sound of a WAV file goes out at its own pace, as it is encoded', async () => {
    const uri = make('law.wav', `${TONE} -t 2 -ar 8000 -c:a pcm_mulaw`);
    const player = await Played.make(graph, uri);
    await player.invoke('play');
    const sound = await player.receive('audio');
    await waitFor('the end', () => player.has('ended'));
    await waitFor('sound', () => sound.packets > 0);
    assert.deepEqual(player.codecs(), { audio: 'PCMU' });
    const length = ((sound.times.at(-1)! - sound.times[0]!) >>> 0) / 8;
    // In one piece of half a second the last packets would come with the first one of that piece.
    assert.ok(
      sound.lastAt - sound.firstAt > length - 200,
      `${sound.lastAt - sound.firstAt} ms for ${length} ms`,
    );
    await player.release();
  });

  test('a file that was cut off before the description of its streams ends in an error, always', async () => {
    const whole = readFileSync(new URL(make('whole.mp4', `${PICTURE} ${TONE} -t 2 -c:v libx264 -c:a aac`)));
    const path = join(directory, 'cut.mp4');
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    const players = await Promise.all([...Array(8)].map(() => Played.make(graph, `file://${path}`)));
    for (const player of players) await player.invoke('play');
    await waitFor('all errors', () => players.every((player) => player.events.length > 0), 20_000);
    for (const player of players) {
      assert.deepEqual(
        player.events.map(({ type, data }) => [type, data.domain]),
        [['error', 'stream']],
      );
      await player.release();
    }
  });

  describe('interlaced video', () => {
    const [width, height] = [160, 128];
    /** A bar that moves from half picture to half picture. */
    const bar = `-f lavfi -i color=black:s=${width}x${height}:r=50,format=yuv420p,geq=lum='if(lt(mod(X+12*N\\,160)\\,60)\\,235\\,16)':cb=128:cr=128,tinterlace=interleave_top`;
    const h264 = '-c:v libx264 -preset ultrafast -flags +ilme+ildct -x264opts tff=1 -bf 0 -g 15';

    /** How much lines differ from those above and below, in the decoded pictures of VP8 that come to a port: 0 to 255. */
    async function combs(send: (port: number) => Promise<unknown>): Promise<number> {
      const socket = createSocket('udp4').bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const { port } = socket.address();
      socket.close();
      await once(socket, 'close');
      const caps = 'application/x-rtp,media=video,clock-rate=90000,encoding-name=VP8';
      const decode = 'rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=GRAY8 ! fdsink sync=false';
      const chain = `udpsrc address=127.0.0.1 port=${port} caps=${caps} ! ${decode}`;
      const receiver = spawn('gst-launch-1.0', ['-q', ...chain.split(' ')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        const listens = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
        await waitFor('the receiver', () => readFileSync('/proc/net/udp', 'utf8').includes(listens), 20_000);
        let bytes = Buffer.alloc(0);
        receiver.stdout.on('data', (data: Buffer) => {
          bytes = Buffer.concat([bytes, data]);
        });
        await send(port);
        // The first ones are drawn roughly.
        const size = width * height;
        await waitFor('pictures', () => bytes.length > 20 * size, 20_000);
        let sum = 0;
        const lines = bytes.subarray(10 * size, 20 * size);
        for (let y = 1; y + 1 < height * 10; y++) {
          if (y % height === 0 || (y + 1) % height === 0) continue;
          for (let x = 0; x < width; x++) {
            const at = y * width + x;
            sum += Math.abs(lines[at]! - (lines[at - width]! + lines[at + width]!) / 2);
          }
        }
        return sum / (10 * size);
      } finally {
        receiver.kill('SIGKILL');
      }
    }

    for (const [name, options] of [
      ['MPEG-2', '-c:v mpeg2video -flags +ilme+ildct -b:v 2M'],
      ['H.264', h264],
    ] as const) {
      test(`${name} of television is shown without combs`, async () => {
        const player = await Played.make(graph, make(`${name}.ts`, `${bar} -t 6 ${options} -f mpegts`));
        await player.invoke('play');
        const comb = await combs((port) => player.send('video', port, VP8));
        assert.deepEqual(player.codecs(), { video: 'raw' });
        assert.ok(comb < 5, `${comb}`);
        await player.release();
      });
    }

    test('H.264 that comes by RTP, too', async () => {
      const codec = { name: 'H264', clockRate: 90_000, channels: 1, parameters: {} };
      const { rtpPort, rtcpPort } = await graph.request('createInput', {
        input: 'half',
        kind: 'video',
        codec,
        payloadType: 96,
      });
      const to = `rtp://127.0.0.1:${rtpPort}?rtcpport=${rtcpPort}`;
      const sender = spawn(
        'ffmpeg',
        [...`-v error -nostdin -re ${bar} ${h264} -f rtp -payload_type 96`.split(' '), to],
        { stdio: 'ignore' },
      );
      try {
        const comb = await combs(async (port) => {
          await graph.request('createOutput', {
            output: 'whole',
            stream: 'half',
            encode: { codec: VP8 },
            port,
            ssrc: 1,
            payloadType: 96,
            mtu: 1200,
          });
          await graph.request('startOutput', { output: 'whole' });
        });
        assert.ok(comb < 5, `${comb}`);
      } finally {
        sender.kill('SIGKILL');
      }
    });
  });
});
