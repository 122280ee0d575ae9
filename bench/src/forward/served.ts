import { chromiumOffer } from '../peer/offer.js';
import { KurentoConnection } from '../support/kurento.js';
import type { LoadResult, Traffic } from '../support/native.js';
import { BenchProcess, type CpuTime, cpuBetween, cpuTime } from '../support/processes.js';
import { ServerUnderTest } from '../support/server.js';
import type { LoadCalls } from './load-process.js';
import { PAYLOAD_LENGTH, PAYLOAD_TYPE } from './shapes.js';

/** SSRC of the video in the offer. */
const OFFERED_SSRC = /a=ssrc-group:FID (\d+)/;
const CONNECT_TIMEOUT_MS = 60_000;
/** While times are measured, in the kernel, the load leaves its processor to others between two looks. */
const TIMING_REST_NS = 100_000;

/**
 * A broadcast through the real server: WebRtcEndpoints that are created, connected and negotiated over the Kurento
 * protocol, peers that go through ICE and DTLS. What proves that the forwarding path was measured as it is.
 */
export class ServedBroadcast {
  private constructor(
    private readonly viewers: number,
    private readonly server: ServerUnderTest,
    private readonly connection: KurentoConnection,
    private readonly load: BenchProcess<LoadCalls>,
  ) {}

  static async start(viewers: number): Promise<ServedBroadcast> {
    const server = await ServerUnderTest.start(1);
    const connection = await KurentoConnection.open(server.url);
    const load = new BenchProcess<LoadCalls>(new URL('./load-process.js', import.meta.url));
    const broadcast = new ServedBroadcast(viewers, server, connection, load);
    try {
      await broadcast.#connect();
    } catch (error) {
      await broadcast.close();
      throw error;
    }
    return broadcast;
  }

  async #connect(): Promise<void> {
    const { connection, load } = this;
    const ports = await load.ask('addPeers', this.viewers + 1);
    const peers = await load.ask('openTransports', ports);
    const pipeline = await connection.create('MediaPipeline', {});
    let presenter: string | undefined;
    for (const [peer, parameters] of peers.entries()) {
      const endpoint = await connection.create('WebRtcEndpoint', { mediaPipeline: pipeline });
      if (presenter === undefined) presenter = endpoint;
      else await connection.invoke(presenter, 'connect', { sink: endpoint });
      const found = new Promise<string>((resolve, reject) => {
        const listen = connection.subscribe(endpoint, 'IceCandidateFound', (data) =>
          resolve((data.candidate as { candidate: string }).candidate),
        );
        listen.catch(reject);
      });
      const offer = chromiumOffer(parameters);
      const sdp = (await connection.invoke(endpoint, 'processOffer', { offer })) as string;
      await connection.invoke(endpoint, 'gatherCandidates');
      const candidate = await found;
      await load.ask('setTarget', Number(candidate.split(' ')[5]));
      await load.ask('answer', { peer, sdp, candidate });
      const remote = { candidate: parameters.candidate, sdpMid: '0', sdpMLineIndex: 0 };
      await connection.invoke(endpoint, 'addIceCandidate', { candidate: remote });
    }
    const deadline = performance.now() + CONNECT_TIMEOUT_MS;
    while ((await load.ask('connected', undefined)) < peers.length) {
      if (performance.now() > deadline) throw new Error('not all peers connected');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const ssrc = Number(OFFERED_SSRC.exec(chromiumOffer(peers[0]!))?.[1]);
    await load.ask('startSource', { peer: 0, ssrc, payloadType: PAYLOAD_TYPE });
  }

  /** Where the server listens. */
  get url(): string {
    return this.server.url;
  }

  get workerPid(): number {
    return this.server.pids[1]!;
  }

  /** The media worker's CPU time while traffic goes through it. */
  async run(
    traffic: Omit<Traffic, 'payloadLength' | 'fanOut' | 'keyFrame' | 'restNs' | 'timing'>,
    timing: 0 | 1 = 0,
  ): Promise<{ load: LoadResult; cpu: CpuTime }> {
    const [, worker] = this.server.pids;
    const before = cpuTime(worker!);
    const load = await this.load.ask('run', {
      ...traffic,
      payloadLength: PAYLOAD_LENGTH,
      fanOut: this.viewers,
      keyFrame: 1,
      timing,
      restNs: timing === 1 ? TIMING_REST_NS : 0,
    });
    return { load, cpu: cpuBetween(before, cpuTime(worker!)) };
  }

  async close(): Promise<void> {
    this.connection.close();
    await Promise.all([this.server.stop(), this.load.close()]);
  }
}
