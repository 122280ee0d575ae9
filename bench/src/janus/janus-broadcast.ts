import { randomBytes } from 'node:crypto';
import type { LoadCalls } from '../forward/load-process.js';
import { PAYLOAD_LENGTH, PAYLOAD_TYPE } from '../forward/shapes.js';
import type { LoadResult, Traffic } from '../support/native.js';
import { BenchProcess, type CpuTime, cpuBetween, cpuTime } from '../support/processes.js';
import type { JanusServer } from './janus-server.js';

/** SSRC that Janus expects of the first stream of a remote publisher. */
const REMOTE_SSRC = 1000;
/** AES_CM_128_HMAC_SHA1_80, the only suite with a full tag that its forwarders have. */
const SRTP_SUITE = 80;
const SRTP_TAG = 10;

/** One stream to many receivers by Janus: a remote publisher in plain RTP, forwarded as SRTP with a key for each. */
export class JanusBroadcast {
  private constructor(
    private readonly fanOut: number,
    private readonly janus: JanusServer,
    private readonly load: BenchProcess<LoadCalls>,
  ) {}

  static async start(janus: JanusServer, fanOut: number): Promise<JanusBroadcast> {
    const load = new BenchProcess<LoadCalls>(new URL('../forward/load-process.js', import.meta.url));
    await load.ask('pin', 1);
    const [, ...ports] = await load.ask('addPeers', 1 + fanOut);
    const publisher = await janus.plugin({
      request: 'add_remote_publisher',
      room: 1,
      id: fanOut,
      display: 'bench',
      iface: '127.0.0.1',
      port: 0,
      streams: [{ mid: '0', mindex: 0, type: 'video', codec: 'vp8', pt: PAYLOAD_TYPE }],
    });
    for (const port of ports) {
      await janus.plugin({
        request: 'rtp_forward',
        room: 1,
        publisher_id: fanOut,
        host: '127.0.0.1',
        host_family: 'ipv4',
        srtp_suite: SRTP_SUITE,
        srtp_crypto: randomBytes(30).toString('base64'),
        streams: [{ mid: '0', port, ssrc: port, pt: PAYLOAD_TYPE }],
      });
    }
    await load.ask('setTarget', publisher.port as number);
    await load.ask('setSource', {
      peer: 0,
      profile: 'AES128_CM_HMAC_SHA1_80',
      keys: new Uint8Array(0),
      ssrc: REMOTE_SSRC,
      payloadType: PAYLOAD_TYPE,
    });
    return new JanusBroadcast(fanOut, janus, load);
  }

  async run(
    traffic: Pick<Traffic, 'burst' | 'intervalNs' | 'window' | 'durationNs'>,
  ): Promise<{ load: LoadResult; cpu: CpuTime }> {
    const before = cpuTime(this.janus.pid);
    const load = await this.load.ask('run', {
      ...traffic,
      payloadLength: PAYLOAD_LENGTH,
      fanOut: this.fanOut,
      keyFrame: 1,
      timing: 0,
      restNs: 0,
    });
    // Header, extensions, payload and tag: it really is SRTP.
    if (load.bytes !== load.received * (24 + PAYLOAD_LENGTH + SRTP_TAG))
      throw new Error('Janus does not encrypt');
    return { load, cpu: cpuBetween(before, cpuTime(this.janus.pid)) };
  }

  async close(): Promise<void> {
    await this.janus.plugin({ request: 'remove_remote_publisher', room: 1, id: this.fanOut });
    await this.load.close();
  }
}
