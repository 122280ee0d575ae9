import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { seededRandom } from '@rivero/network-emulator';
import { type KurentoClient, openClient, recordEvents } from './support/kurento.js';
import { probeFile } from './support/media-file.js';
import { udpSocket } from './support/rtp-fan.js';
import { freePorts } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

/** Of the packets of the picture. */
const LOSS = 0.05;
/** Pictures that are wanted in the recording. */
const PICTURES = 100;
/** An empty picture until the requested key frame is longer than a round trip on this machine, but not by more, s. */
const MAX_GAP = 2;

const OFFER = (port: number): string =>
  [
    'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0',
    `m=video ${port} RTP/AVPF 96\na=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack pli\na=rtcp-mux\na=sendonly\n`,
  ].join('\n');

/** Whether an RTCP packet holds a PLI (RFC 4585 section 6.3.1). */
function hasPli(packet: Buffer): boolean {
  for (let at = 0; at + 4 <= packet.length; at += 4 * (packet.readUInt16BE(at + 2) + 1)) {
    if (packet[at + 1] === 206 && (packet[at]! & 0x1f) === 1) return true;
  }
  return false;
}

describe('RecorderEndpoint: a sender that loses packets', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-recorder-loss-'));
  let server: TestServer;
  let client: KurentoClient;

  before(async () => {
    server = await TestServer.start({ args: ['--media.loopback', 'always'] });
    client = await openClient(server.uri);
  });
  after(async () => {
    client?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('sends key frames when it is asked to (PLI), so that all pictures of the recording can be decoded', async (t) => {
    const path = join(folder, 'loss.webm');
    const pipeline = await client.create('MediaPipeline');
    const [peer, fromSender] = [await udpSocket(), await udpSocket()];
    t.after(() => {
      peer.close();
      fromSender.close();
    });
    const camera = await pipeline.create('RtpEndpoint');
    const answer = await camera.processOffer(OFFER(peer.address().port));
    const to = Number(/^m=video (\d+)/m.exec(answer)?.[1]);
    const { video: reportsToSender } = await freePorts();
    let [sent, lost, requests] = [0, 0, 0];
    // The same packets are lost in each run. The first ones bring the only key frame that nobody asked for.
    const random = seededRandom(1);
    fromSender.on('message', (packet) => {
      const isReport = packet[1]! >= 200 && packet[1]! <= 207;
      if (!isReport) {
        sent++;
        if (random() < LOSS) {
          lost++;
          return;
        }
      }
      peer.send(packet, to, '127.0.0.1');
    });
    peer.on('message', (packet) => {
      if (hasPli(packet)) requests++;
      peer.send(packet, reportsToSender, '127.0.0.1');
    });
    const { port } = fromSender.address();
    const program = spawn(
      'gst-launch-1.0',
      `-q rtpbin name=rtp rtp-profile=avpf
      videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=160,height=120,framerate=25/1
      ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=100000 ! rtpvp8pay pt=96 mtu=600 ! rtp.send_rtp_sink_0
      rtp.send_rtp_src_0 ! udpsink host=127.0.0.1 port=${port} sync=false async=false
      rtp.send_rtcp_src_0 ! udpsink host=127.0.0.1 port=${port} sync=false async=false
      udpsrc address=127.0.0.1 port=${reportsToSender} caps=application/x-rtcp ! rtp.recv_rtcp_sink_0`
        .trim()
        .split(/\s+/),
      { stdio: 'ignore' },
    );
    try {
      const recorder = await pipeline.create('RecorderEndpoint', {
        uri: `file://${path}`,
        mediaProfile: 'WEBM_VIDEO_ONLY',
      });
      const told = recordEvents(recorder, ['Recording', 'Error']);
      await camera.connect(recorder);
      await recorder.record();
      await waitFor('the recording to begin', () => told.length > 0, 30_000);
      const [sentBefore, lostBefore, requestsBefore] = [sent, lost, requests];
      await waitFor('packets', () => sent - sentBefore > PICTURES * 1.5 && lost - lostBefore >= 5, 30_000);
      await recorder.stopAndWait();
      assert.deepEqual(
        told.map(({ type }) => type),
        ['Recording'],
      );
      assert.ok(requests > requestsBefore, `${lost} of ${sent} packets lost, ${requests} requests`);
      const { decodedFrames, largestGap } = probeFile(path);
      assert.ok(decodedFrames > PICTURES / 2, `${decodedFrames} pictures`);
      assert.ok(largestGap < MAX_GAP, `${largestGap} s without a picture`);
    } finally {
      program.kill('SIGKILL');
      await pipeline.release();
    }
  });
});
