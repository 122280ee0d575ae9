import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterEach, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { LinkProfile } from '@rivero/network-emulator';
import { parseSessionDescription } from '@rivero/sdp';
import { call, type TestCall } from '../test-support/call.js';
import { EmulatedViewer } from '../test-support/emulated-viewer.js';
import type { RtpPacket } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const missing =
  !isGraphEngineBuilt() || spawnSync('gst-launch-1.0', ['--version']).status !== 0
    ? 'GStreamer is not installed'
    : false;

const SEQUENCE_ID = 5;
const RATE = 1_200_000;
const SOURCE =
  'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 VP8/90000\n';

/** Width of the picture in a VP8 key frame (RFC 6386 section 9.1); undefined for other packets. */
function keyFrameWidth({ payload }: RtpPacket): number | undefined {
  const at = Buffer.from(payload.buffer, payload.byteOffset, Math.min(20, payload.length)).indexOf(
    Buffer.from([0x9d, 0x01, 0x2a]),
  );
  return at < 3 ? undefined : (payload[at + 3]! | (payload[at + 4]! << 8)) & 0x3fff;
}

describe('receivers that are too weak for a source without simulcast', { skip: missing }, () => {
  const harnesses: WorkerHarness[] = [];
  const cameras: ChildProcess[] = [];
  const calls: TestCall[] = [];
  const emulated: EmulatedViewer[] = [];

  afterEach(async () => {
    for (const camera of cameras.splice(0)) camera.kill('SIGKILL');
    for (const viewer of emulated.splice(0)) viewer.stop();
    for (const { peer } of calls.splice(0)) await peer.close();
    for (const harness of harnesses.splice(0)) await harness.close();
  });

  /** A camera of 640 x 480 that sends about 1 Mbit/s whatever it is told, and viewers at the ends of these paths. */
  async function scene(paths: readonly LinkProfile[], options: Record<string, unknown> = {}) {
    const harness = await WorkerHarness.start(options);
    harnesses.push(harness);
    const pipeline = await harness.create('MediaPipeline', null);
    const source = await harness.create('RtpEndpoint', pipeline);
    const answer = await harness.invoke<string>(source, 'processOffer', { offer: SOURCE });
    for (const path of paths) {
      const viewer = await call(harness, pipeline, {
        direction: 'recvonly',
        audio: false,
        transportCc: true,
      });
      calls.push(viewer);
      emulated.push(new EmulatedViewer(viewer.peer, SEQUENCE_ID, path));
      await harness.invoke(source, 'connect', { sink: viewer.endpoint });
    }
    const { port } = parseSessionDescription(answer).media[0]!;
    const camera = spawn('gst-launch-1.0', [
      '-q',
      ...'videotestsrc is-live=true pattern=smpte ! video/x-raw,format=I420,width=640,height=480,framerate=15/1'.split(
        ' ',
      ),
      ...`! vp8enc deadline=1 cpu-used=16 end-usage=cbr target-bitrate=${RATE} min-quantizer=4 max-quantizer=63 keyframe-max-dist=15`.split(
        ' ',
      ),
      ...`! rtpvp8pay pt=96 picture-id-mode=2 mtu=1100 ! udpsink host=127.0.0.1 port=${port}`.split(' '),
    ]);
    cameras.push(camera);
    return { harness, pipeline, source };
  }

  /** Width of the newest key frame that a viewer has. */
  function widthOf(index: number): number | undefined {
    const { received } = emulated[index]!;
    for (let i = received.length - 1; i >= 0; i--) {
      if (received[i]!.payloadType !== 96) continue;
      const width = keyFrameWidth(received[i]!);
      if (width !== undefined) return width;
    }
    return undefined;
  }

  test('share one smaller encoding; the others get the source untouched; who recovers gets it again', async () => {
    const weak = { delay: 20, rate: 350_000, queue: 300 };
    const { harness, pipeline, source } = await scene([{ delay: 20 }, weak, weak]);
    const [strong] = emulated as [EmulatedViewer];
    await waitFor(
      'both weak ones to get small pictures',
      () => widthOf(1)! < 640 && widthOf(2)! < 640,
      30_000,
    );
    assert.equal(await harness.invoke(source, 'isMediaTranscoding', { mediaType: 'VIDEO' }), true);
    assert.ok(
      harness.eventsOf(source, 'MediaTranscodingStateChanged').some(({ state }) => state === 'TRANSCODING'),
    );
    const dot = await harness.invoke<string>(pipeline, 'getGstreamerDot');
    assert.equal(new Set(dot.match(/vp8enc\d+/g)).size, 1, 'one encoder for both');
    const since = emulated[1]!.received.length;
    await waitFor('three seconds that fit the path', () => emulated[1]!.received.length > since + 60, 20_000);
    assert.equal(widthOf(0), 640);
    const numbers = strong.received
      .filter(({ payloadType }) => payloadType === 96)
      .map(({ sequence }) => sequence);
    for (const [i, number] of numbers.entries()) {
      if (i > 0) assert.equal(number, (numbers[i - 1]! + 1) & 0xffff, 'the strong viewer misses nothing');
    }
    emulated[1]!.setProfile({ delay: 20 });
    await waitFor('the source again', () => widthOf(1) === 640, 40_000);
    assert.ok(widthOf(2)! < 640);
    assert.equal(harness.eventsOf(source, 'Error').length, 0);
  });

  test('not where transcoding is forbidden, or the setting says none', async () => {
    const paths = [{ delay: 20 }, { delay: 20, rate: 350_000, queue: 300 }];
    const scenes = [
      await scene(paths, { transcoding: 'forbid' }),
      await scene(paths, { weakReceiverEncodings: 0 }),
    ];
    await waitFor('all to get pictures', () => [0, 1, 2, 3].every((index) => widthOf(index) === 640), 20_000);
    const since = emulated[0]!.received.at(-1)!.timestamp;
    const played = (): number => ((emulated[0]!.received.at(-1)!.timestamp - since) | 0) / 90_000;
    await waitFor('more time than it usually takes', () => played() > 7, 30_000);
    assert.deepEqual([widthOf(1), widthOf(3)], [640, 640]);
    for (const { harness, source } of scenes) {
      assert.equal(await harness.invoke(source, 'isMediaTranscoding', { mediaType: 'VIDEO' }), false);
    }
  });
});
