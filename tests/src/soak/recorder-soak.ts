import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { seededRandom } from '@rivero/network-emulator';
import type { KurentoClient } from '../support/kurento.js';
import { recordEvents } from '../support/kurento.js';
import { type MediaFile, probeFile } from '../support/media-file.js';
import { udpSocket } from '../support/rtp-fan.js';
import { describeRtp, portsOf } from '../support/rtp-programs.js';
import { pause, waitFor } from '../support/wait.js';
import { makeFlashes, measureSkew, type Skew } from './skew.js';

export interface SoakResult {
  skew: Skew;
  file: MediaFile;
  /** Seconds from its first frame until it was told to stop. */
  elapsed: number;
  lost: number;
  sent: number;
}

/** Records what comes by RTP with reports, of which a share of the packets is lost, and measures how it stays together. */
export async function soakRecorder(
  client: KurentoClient,
  folder: string,
  { seconds, loss }: { seconds: number; loss: number },
): Promise<SoakResult> {
  const source = join(folder, 'flashes.webm');
  await makeFlashes(source, seconds + 10);
  const path = join(folder, 'recorded.webm');
  const pipeline = await client.create('MediaPipeline');
  const camera = await pipeline.create('RtpEndpoint');
  const ports = portsOf(await camera.processOffer(describeRtp('VP8')));
  const recorder = await pipeline.create('RecorderEndpoint', { uri: `file://${path}`, mediaProfile: 'WEBM' });
  await camera.connect(recorder);
  const told = recordEvents(recorder, ['Recording', 'Error']);

  // What loses packets stands between the sender and the server; reports pass. The same ones are lost in each run.
  const result = { lost: 0, sent: 0 };
  const ways = await Promise.all(
    [ports.video, ports.video + 1, ports.audio, ports.audio + 1].map(async (to, index) => {
      const socket = await udpSocket();
      const random = seededRandom(index + 1);
      socket.on('message', (packet) => {
        const isMedia = index % 2 === 0;
        if (isMedia) result.sent++;
        if (isMedia && random() < loss) result.lost++;
        else socket.send(packet, to, '127.0.0.1');
      });
      return socket;
    }),
  );
  const [video, videoReports, audio, audioReports] = ways.map((socket) => socket.address().port);
  const program = launch(`rtpbin name=rtp filesrc location=${source} ! matroskademux name=demux
    demux.video_0 ! queue ! clocksync ! rtpvp8pay pt=96 mtu=1200 ! rtp.send_rtp_sink_0 rtp.send_rtp_src_0 ! udpsink host=127.0.0.1 port=${video} sync=false async=false
    rtp.send_rtcp_src_0 ! udpsink host=127.0.0.1 port=${videoReports} sync=false async=false
    demux.audio_0 ! queue ! clocksync ! rtpopuspay pt=97 ! rtp.send_rtp_sink_1 rtp.send_rtp_src_1 ! udpsink host=127.0.0.1 port=${audio} sync=false async=false
    rtp.send_rtcp_src_1 ! udpsink host=127.0.0.1 port=${audioReports} sync=false async=false`);
  try {
    await waitFor('the source to flow', async () => camera.isMediaFlowingOut('VIDEO'));
    await recorder.record();
    await waitFor('the recording to begin', () => told.some(({ type }) => type === 'Recording'), 30_000);
    const began = told.find(({ type }) => type === 'Recording')!.at;
    await pause(seconds * 1000);
    const elapsed = (performance.now() - began) / 1000;
    await recorder.stopAndWait();
    const failed = told.find(({ type }) => type === 'Error');
    if (failed !== undefined) throw new Error(JSON.stringify(failed.data));
    return { ...result, elapsed, file: probeFile(path), skew: await measureSkew(path) };
  } finally {
    program.kill('SIGKILL');
    for (const socket of ways) socket.close();
    await pipeline.release();
  }
}

function launch(description: string): ChildProcess {
  return spawn('gst-launch-1.0', ['-q', ...description.trim().split(/\s+/)], { stdio: 'ignore' });
}
