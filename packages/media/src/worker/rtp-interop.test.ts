import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { parseSessionDescription } from '@rivero/sdp';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const skip = spawnSync('ffmpeg', ['-version']).status === 0 ? false : 'ffmpeg is not installed';

const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const KEY = Buffer.alloc(30, 5).toString('base64');

/** Two ports next to each other that are free now: ffmpeg is told before it runs. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = createSocket('udp4').bind(0, '127.0.0.1');
    await once(first, 'listening');
    const { port } = first.address();
    first.close();
    if (port % 2 === 0) return port;
  }
}

function describeVideo(port: number, secure: boolean): string {
  return [
    'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=No Name\nc=IN IP4 127.0.0.1\nt=0 0',
    `m=video ${port} ${secure ? 'RTP/SAVP' : 'RTP/AVP'} 96`,
    'a=rtpmap:96 VP8/90000',
    ...(secure ? [`a=crypto:1 ${SUITE} inline:${KEY}`] : []),
    '',
  ].join('\n');
}

for (const secure of [false, true]) {
  test(`ffmpeg sends and another one decodes what is forwarded: ${secure ? 'SRTP' : 'plain'}`, {
    skip,
  }, async () => {
    const worker = await WorkerHarness.start();
    const programs: ChildProcess[] = [];
    const run = (args: readonly string[]): ChildProcess => {
      const program = spawn('ffmpeg', ['-hide_banner', '-nostdin', '-loglevel', 'error', ...args]);
      programs.push(program);
      return program;
    };
    try {
      const top = await worker.create('MediaPipeline', null);
      const [from, to] = [
        await worker.create('RtpEndpoint', top),
        await worker.create('RtpEndpoint', top, {
          crypto: secure ? { crypto: 'AES_128_CM_HMAC_SHA1_80', keyBase64: KEY } : {},
        }),
      ];
      await worker.invoke(from, 'connect', { sink: to });
      const [sendPort, receivePort] = [await freePorts(), await freePorts()];
      const answer = await worker.invoke<string>(from, 'processOffer', {
        offer: describeVideo(sendPort, secure),
      });
      await worker.invoke(to, 'processOffer', { offer: describeVideo(receivePort, secure) });
      const { port } = parseSessionDescription(answer).media[0]!;

      // The receiver first: it has to see a key frame.
      const description = Buffer.from(describeVideo(receivePort, secure)).toString('base64');
      const receiver = run([
        ...['-protocol_whitelist', 'data,rtp,srtp,udp,crypto', '-f', 'sdp'],
        ...['-i', `data:application/sdp;base64,${description}`],
        ...['-frames:v', '10', '-f', 'framemd5', '-'],
      ]);
      let frames = 0;
      receiver.stdout!.on('data', (text: Buffer) => {
        frames += String(text)
          .split('\n')
          .filter((line) => /^0, /.test(line)).length;
      });
      run([
        ...['-re', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=25'],
        ...['-c:v', 'libvpx', '-deadline', 'realtime', '-g', '5', '-payload_type', '96', '-f', 'rtp'],
        ...(secure ? ['-srtp_out_suite', SUITE, '-srtp_out_params', KEY] : []),
        `${secure ? 'srtp' : 'rtp'}://127.0.0.1:${port}?localrtpport=${sendPort}`,
      ]);
      await waitFor('ten decoded frames', () => frames >= 10, 30_000);
      assert.equal(worker.eventsOf(from, 'Error').length, 0);
    } finally {
      for (const program of programs) program.kill('SIGKILL');
      await worker.close();
    }
  });
}

const gst =
  spawnSync('gst-launch-1.0', ['--version']).status === 0 ? false : 'gst-launch-1.0 is not installed';

test('GStreamer sends Opus and another one decodes what is forwarded', { skip: gst }, async () => {
  const worker = await WorkerHarness.start();
  const programs: ChildProcess[] = [];
  const run = (pipeline: string): ChildProcess => {
    const program = spawn('gst-launch-1.0', ['-q', ...pipeline.split(' ')]);
    programs.push(program);
    return program;
  };
  const describeAudio = (port: number): string =>
    `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio ${port} RTP/AVP 97\na=rtpmap:97 OPUS/48000/2\n`;
  try {
    const top = await worker.create('MediaPipeline', null);
    const [from, to] = [await worker.create('RtpEndpoint', top), await worker.create('RtpEndpoint', top)];
    await worker.invoke(from, 'connect', { sink: to });
    const receivePort = await freePorts();
    // Port 9: the sender's own port is not known, its first packet tells it.
    const answer = await worker.invoke<string>(from, 'processOffer', { offer: describeAudio(9) });
    await worker.invoke(to, 'processOffer', { offer: describeAudio(receivePort) });
    const { port } = parseSessionDescription(answer).media[0]!;
    const caps = 'application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,payload=97';
    const receiver = run(
      `udpsrc port=${receivePort} address=127.0.0.1 caps=${caps} ! rtpjitterbuffer latency=20 ! rtpopusdepay ! opusdec ! audio/x-raw,rate=48000 ! fdsink fd=1`,
    );
    let decoded = 0;
    receiver.stdout!.on('data', (data: Buffer) => {
      decoded += data.length;
    });
    run(
      `audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay pt=97 ! udpsink host=127.0.0.1 port=${port}`,
    );
    await waitFor('half a second of sound', () => decoded > 48000, 30_000);
  } finally {
    for (const program of programs) program.kill('SIGKILL');
    await worker.close();
  }
});

test('GStreamer sends SRTP whose key is named in each packet (MKI) and gets such from the server', {
  skip: gst,
}, async () => {
  const worker = await WorkerHarness.start();
  const programs: ChildProcess[] = [];
  const run = (pipeline: string): ChildProcess => {
    const program = spawn('gst-launch-1.0', ['-q', ...pipeline.split(' ')]);
    programs.push(program);
    return program;
  };
  const describeAudio = (port: number, key: Buffer): string =>
    [
      'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0',
      `m=audio ${port} RTP/SAVP 97\na=rtpmap:97 OPUS/48000/2`,
      `a=crypto:1 ${SUITE} inline:${key.toString('base64')}|2^31|4660:2\n`,
    ].join('\n');
  try {
    const top = await worker.create('MediaPipeline', null);
    const [from, to] = [await worker.create('RtpEndpoint', top), await worker.create('RtpEndpoint', top)];
    await worker.invoke(from, 'connect', { sink: to });
    const receivePort = await freePorts();
    const [key, other] = [Buffer.alloc(30, 5), Buffer.alloc(30, 6)];
    const answer = await worker.invoke<string>(from, 'processOffer', { offer: describeAudio(9, key) });
    const [toReceiver] = parseSessionDescription(
      await worker.invoke<string>(to, 'processOffer', { offer: describeAudio(receivePort, other) }),
    ).media;
    const [crypto] = toReceiver!.cryptos!;
    assert.deepEqual(crypto!.mki, Uint8Array.of(0x12, 0x34));
    const { port } = parseSessionDescription(answer).media[0]!;
    const keyOfServer = Buffer.from(crypto!.key).toString('hex');
    const srtp = [
      'application/x-srtp,media=audio,encoding-name=OPUS,clock-rate=48000,payload=97',
      `ssrc=(uint)${toReceiver!.ssrcs[0]!.ssrc},srtp-key=(buffer)${keyOfServer},mki=(buffer)1234`,
      'srtp-cipher=aes-128-icm,srtp-auth=hmac-sha1-80,srtcp-cipher=aes-128-icm,srtcp-auth=hmac-sha1-80',
    ].join();
    const receiver = run(
      `udpsrc port=${receivePort} address=127.0.0.1 caps=${srtp} ! srtpdec ! rtpjitterbuffer latency=20 ! rtpopusdepay ! opusdec ! audio/x-raw,rate=48000 ! fdsink fd=1`,
    );
    let decoded = 0;
    receiver.stdout!.on('data', (data: Buffer) => {
      decoded += data.length;
    });
    run(
      `audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay pt=97 ! srtpenc key=${key.toString('hex')} mki=1234 ! udpsink host=127.0.0.1 port=${port}`,
    );
    await waitFor('half a second of sound', () => decoded > 48000, 30_000);
  } finally {
    for (const program of programs) program.kill('SIGKILL');
    await worker.close();
  }
});
