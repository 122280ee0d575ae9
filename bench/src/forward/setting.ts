import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { FloorLoad, FloorResult, LoadResult, Traffic } from '../support/native.js';
import { BenchProcess, type CpuTime, cpuBetween, cpuTime } from '../support/processes.js';
import {
  type BenchProfile,
  deriveSessionKeys,
  masterLength,
  openRtp,
  packKeys,
  type SessionKeys,
} from '../support/srtp.js';
import type { ForwarderCalls } from './forwarder-process.js';
import type { LoadCalls } from './load-process.js';
import { PAYLOAD_LENGTH, PAYLOAD_TYPE, type Shape, sourceSsrc } from './shapes.js';

const FLOOR_ATTEMPTS = 10;
/** Of a stream in one run of the benchmark: some millions of packets. */
const MAX_ROLLOVERS = 512;

/** One run of traffic through the product. */
export interface ProductRun {
  load: LoadResult;
  cpu: CpuTime;
  /** RTP packets that the engine sent. */
  packets: number;
  /** Datagrams handed to the kernel, several packets each with segmentation offload. */
  messages: number;
  batches: number;
  dropped: number;
}

type FloorRun = Omit<FloorLoad, 'payloadLength' | 'plain'> & Partial<Pick<FloorLoad, 'plain'>>;

/** A forwarding process and a load process, set up for one shape and cipher. */
export class Setting {
  private constructor(
    readonly shape: Shape,
    readonly profile: BenchProfile,
    private readonly forwarder: BenchProcess<ForwarderCalls>,
    private readonly load: BenchProcess<LoadCalls>,
    private readonly keys: readonly SessionKeys[],
  ) {}

  static async start(
    shape: Shape,
    profile: BenchProfile,
    execArgv: readonly string[] = [],
    senderThreads = 0,
    processors: { forwarder: number; load: number } = { forwarder: 0, load: 1 },
  ): Promise<Setting> {
    const forwarder = new BenchProcess<ForwarderCalls>(
      new URL('./forwarder-process.js', import.meta.url),
      execArgv,
    );
    const load = new BenchProcess<LoadCalls>(new URL('./load-process.js', import.meta.url));
    // Each its own processor, where there are two: what moves about measures the scheduler.
    if (availableParallelism() > 1) {
      await forwarder.ask('pin', processors.forwarder);
      await load.ask('pin', processors.load);
    }
    const ports = await load.ask('addPeers', shape.peers);
    const master = () => ports.map(() => randomBytes(masterLength(profile)));
    const sendKeys = master();
    const receiveKeys = master();
    const port = await forwarder.ask('start', {
      shape,
      profile,
      ports,
      sendKeys,
      receiveKeys,
      gso: true,
      senderThreads,
    });
    await load.ask('setTarget', port);
    for (let peer = 0; peer < shape.sources; peer++) {
      const keys = packKeys(deriveSessionKeys(profile, receiveKeys[peer]!));
      await load.ask('setSource', {
        peer,
        profile,
        keys,
        ssrc: sourceSsrc(peer),
        payloadType: PAYLOAD_TYPE,
      });
    }
    const receivers = shape.sources === 1 ? ports.slice(1) : ports;
    await forwarder.ask('startFloor', { profile, ports: receivers });
    const keys = sendKeys.map((key) => deriveSessionKeys(profile, key));
    return new Setting(shape, profile, forwarder, load, keys);
  }

  async product(
    traffic: Omit<Traffic, 'payloadLength' | 'fanOut' | 'keyFrame' | 'restNs' | 'timing'>,
  ): Promise<ProductRun> {
    const before = await this.forwarder.ask('counters', undefined);
    const cpuBefore = cpuTime(this.forwarder.pid);
    const load = await this.load.ask('run', {
      ...traffic,
      payloadLength: PAYLOAD_LENGTH,
      fanOut: this.shape.fanOut,
      keyFrame: 1,
      timing: 0,
      restNs: 0,
    });
    // Asked last, so that all work that the counters show has been paid for.
    const after = await this.forwarder.ask('counters', undefined);
    const cpu = cpuBetween(cpuBefore, cpuTime(this.forwarder.pid));
    const difference = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
    const dropped = Object.keys(after)
      .filter((name) => name.startsWith('Dropped'))
      .reduce((sum, name) => sum + difference(name), 0);
    return {
      load,
      cpu,
      packets: difference('PacketsSent') - load.rtcp,
      messages: difference('MessagesSent') - load.rtcp,
      batches: difference('Batches'),
      dropped,
    };
  }

  /** Runs the floor while the receivers read; again when they did not keep up, since dropping is cheaper. */
  async floor({ plain = 0, ...run }: FloorRun): Promise<FloorResult> {
    for (let attempt = 1; ; attempt++) {
      const drained = this.load.ask('drain', run.durationNs + 10e6);
      const result = await this.forwarder.ask('floor', { ...run, plain, payloadLength: PAYLOAD_LENGTH });
      const { received } = await drained;
      // What came late must not be taken for the product's.
      const late = await this.load.ask('drain', 0);
      if (received + late.received > result.packets * 0.99) return result;
      if (attempt === FLOOR_ATTEMPTS)
        throw new Error(`the floor's packets do not arrive: ${received} of ${result.packets}`);
    }
  }

  /** Lets some receivers keep packets of the next run. */
  async capture(): Promise<void> {
    const peers = this.keys.map((_, peer) => peer).filter((peer) => peer % 97 === 0 || peer < 12);
    await this.load.ask('capture', peers);
  }

  /**
   * Decrypts what was kept, with another implementation than the engine's.
   * @returns how many packets were right
   * @throws Error when one is not what a source has sent
   */
  async checkCaptured(): Promise<number> {
    const captured = await this.load.ask('captured', undefined);
    for (const { peer, data } of captured) {
      const packet = Buffer.from(data);
      const payload = openAny(this.keys[peer]!, packet);
      if (payload === undefined) throw new Error(`peer ${peer} cannot decrypt what it gets`);
      const first = (payload[20]! - 20) & 0xff;
      const right = payload.subarray(20).every((byte, k) => byte === ((first + 20 + k) & 0xff));
      if (!right || payload.length !== PAYLOAD_LENGTH)
        throw new Error(`peer ${peer} gets other bytes than were sent`);
    }
    return captured.length;
  }

  async close(): Promise<void> {
    await Promise.all([this.forwarder.close(), this.load.close()]);
  }
}

/** A receiver counts how often the sequence number rolled over; here it is found by trying. */
function openAny(keys: SessionKeys, packet: Buffer): Buffer | undefined {
  for (let rollover = 0; rollover < MAX_ROLLOVERS; rollover++) {
    const payload = openRtp(keys, packet, rollover);
    if (payload !== undefined) return payload;
  }
  return undefined;
}
