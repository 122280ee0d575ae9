import { randomBytes } from 'node:crypto';
import { BenchProcess, cpuTime, threadTimes } from '../support/processes.js';
import { type BenchProfile, deriveSessionKeys, masterLength, packKeys } from '../support/srtp.js';
import type { ForwarderCalls } from './forwarder-process.js';
import type { LoadCalls } from './load-process.js';
import { PAYLOAD_LENGTH, PAYLOAD_TYPE, type Shape, sourceSsrc } from './shapes.js';

/** Receivers whose sockets are read: they say when a packet has gone to everybody. */
const READERS = 8;
/** How often they are looked at, ns: the load must not use a processor that is to be measured. */
const REST_NS = 400_000;

export interface WideRun {
  packetsPerSecond: number;
  /** CPU µs per packet: of all threads of the forwarder, of the one that decides, of the one that has most to do. */
  processMicros: number;
  mainThreadMicros: number;
  busiestMicros: number;
  /** Processors that the forwarder had: where others want them too, it does not get all that it could use. */
  cores: number;
  /** CPU µs of the load per packet. */
  loadMicros: number;
  packetsPerMessage: number;
  handedOver: number;
  /** Packets that readers should have got and did not, or got out of order. */
  missing: number;
}

/**
 * A broadcast so wide that one core is not enough, to receivers most of which nobody reads: the kernel drops what comes for
 * them when it has come through the loopback, so that the processors are the forwarder's.
 */
export class WideBroadcast {
  private constructor(
    readonly shape: Shape,
    private readonly forwarder: BenchProcess<ForwarderCalls>,
    private readonly load: BenchProcess<LoadCalls>,
    private readonly readers: number,
  ) {}

  /** @param processors those that the forwarder may use */
  static async start(
    shape: Shape,
    profile: BenchProfile,
    senderThreads: number,
    processors: readonly number[],
    gso: boolean,
  ): Promise<WideBroadcast> {
    const forwarder = new BenchProcess<ForwarderCalls>(new URL('./forwarder-process.js', import.meta.url));
    const load = new BenchProcess<LoadCalls>(new URL('./load-process.js', import.meta.url));
    await forwarder.ask('processors', processors);
    await load.ask('pin', 1);
    const [source, ...readers] = await load.ask('addPeers', 1 + READERS);
    const sinks = await load.ask('addSinks', shape.fanOut - READERS);
    // Readers lie between the others, the last one at the end.
    const each = Math.floor(shape.fanOut / READERS);
    const receivers: number[] = [];
    for (const reader of readers) receivers.push(...sinks.splice(0, each - 1), reader);
    receivers.unshift(...sinks);
    const ports = [source!, ...receivers];
    const keys = () => ports.map(() => randomBytes(masterLength(profile)));
    const [sendKeys, receiveKeys] = [keys(), keys()];
    const options = { shape, profile, ports, sendKeys, receiveKeys, gso, senderThreads };
    await load.ask('setTarget', await forwarder.ask('start', options));
    await load.ask('setSource', {
      peer: 0,
      profile,
      keys: packKeys(deriveSessionKeys(profile, receiveKeys[0]!)),
      ssrc: sourceSsrc(0),
      payloadType: PAYLOAD_TYPE,
    });
    await forwarder.ask('startFloor', { profile, ports: receivers });
    return new WideBroadcast(shape, forwarder, load, READERS);
  }

  /** As many packets as the forwarder can take. */
  async run(burst: number, seconds: number): Promise<WideRun> {
    const before = await this.forwarder.ask('counters', undefined);
    const cpuBefore = cpuTime(this.forwarder.pid);
    const threadsBefore = threadTimes(this.forwarder.pid);
    const loadBefore = cpuTime(this.load.pid);
    const load = await this.load.ask('run', {
      burst,
      intervalNs: 0,
      window: 2,
      durationNs: seconds * 1e9,
      payloadLength: PAYLOAD_LENGTH,
      fanOut: this.readers,
      keyFrame: 1,
      timing: 0,
      restNs: REST_NS,
    });
    const after = await this.forwarder.ask('counters', undefined);
    const cpu = cpuTime(this.forwarder.pid);
    const threads = threadTimes(this.forwarder.pid);
    const busiest = Math.max(
      ...[...threads].map(([thread, micros]) => micros - (threadsBefore.get(thread) ?? 0)),
    );
    const difference = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
    // Without reports, which are few.
    const packets = difference('PacketsSent');
    return {
      packetsPerSecond: (packets * 1e9) / load.wallNs,
      processMicros: (cpu.process - cpuBefore.process) / packets,
      mainThreadMicros: (cpu.mainThread - cpuBefore.mainThread) / packets,
      busiestMicros: busiest / packets,
      cores: ((cpu.process - cpuBefore.process) * 1000) / load.wallNs,
      loadMicros: (cpuTime(this.load.pid).process - loadBefore.process) / packets,
      packetsPerMessage: packets / difference('MessagesSent'),
      handedOver: difference('HandedOver') / packets,
      missing: load.sent * this.readers - load.received + load.reordered,
    };
  }

  /** The floor, from the deciding thread to the same sockets, as fast as it goes. @returns packets per second */
  async floor(burst: number, seconds: number): Promise<number> {
    const drained = this.load.ask('drain', seconds * 1e9 + 10e6);
    const { packets, wallNs } = await this.forwarder.ask('floor', {
      burst,
      segmentation: burst > 1 ? 1 : 0,
      payloadLength: PAYLOAD_LENGTH,
      intervalNs: 0,
      durationNs: seconds * 1e9,
      plain: 0,
    });
    await drained;
    return (packets * 1e9) / wallNs;
  }

  async close(): Promise<void> {
    await Promise.all([this.forwarder.close(), this.load.close()]);
  }
}
