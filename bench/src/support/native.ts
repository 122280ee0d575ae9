import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Types of bench/native/addon.cc. */

export interface FloorLoad {
  /** Packets to each receiver at a time. */
  burst: number;
  /** 1: join the packets of a burst to one receiver (UDP_SEGMENT). */
  segmentation: 0 | 1;
  payloadLength: number;
  /** Between bursts; 0: without pause. */
  intervalNs: number;
  durationNs: number;
  /** 1: without encryption, as many bytes: what the kernel takes for itself. */
  plain: 0 | 1;
}

export interface FloorResult {
  packets: number;
  failed: number;
  /** Of the calling thread. */
  cpuNs: number;
  wallNs: number;
  calls: number;
}

/** Cipher and sendmmsg, nothing else: see bench/native/floor.h. */
export interface Floor {
  addReceiver(port: number): void;
  run(load: FloorLoad): FloorResult;
}

export interface Traffic {
  burst: number;
  payloadLength: number;
  /** Between two bursts of one source; 0: as soon as `window` allows. */
  intervalNs: number;
  /** Without interval: bursts of all sources that may be on their way. */
  window: number;
  /** Receivers of each packet. */
  fanOut: number;
  durationNs: number;
  /** 1: begin with a key frame. */
  keyFrame: 0 | 1;
  /** 1: measure how long the packets of the only source take; they must not be more than 65536. */
  timing: 0 | 1;
  /** Pause after looking at the sockets in vain, ns; 0: none, the load keeps a processor busy. */
  restNs: number;
}

export interface LoadResult {
  sent: number;
  received: number;
  bytes: number;
  rtcp: number;
  missing: number;
  reordered: number;
  stalls: number;
  wallNs: number;
  /** With timing: packets, and µs from sending until the receiver's kernel has what was made of it. */
  timed: number;
  medianUs: number;
  p99Us: number;
  p999Us: number;
  maxUs: number;
}

export interface CapturedDatagram {
  peer: number;
  port: number;
  data: Buffer;
}

/** Peers that send and receive: see bench/native/load.h. All calls block. */
export interface Load {
  addPeer(): number;
  /** A socket that nobody reads. @returns its port */
  addSink(): number;
  port(peer: number): number;
  setTarget(port: number): void;
  setSource(peer: number, gcm: boolean, keys: Uint8Array, ssrc: number, payloadType: number): void;
  sendRaw(peer: number, data: Uint8Array): boolean;
  captureNext(peer: number): void;
  takeDatagrams(): CapturedDatagram[];
  poll(): void;
  run(traffic: Traffic): LoadResult;
  drain(durationNs: number): LoadResult;
}

interface Native {
  Floor: new (gcm: boolean) => Floor;
  Load: new () => Load;
  /** Keeps the calling thread, and those it will start, on these processors; false when that is not allowed. */
  pinThread(...processors: number[]): boolean;
  threadCpuNs(): number;
}

const name = `bench-${process.version}-${process.platform}-${process.arch}.node`;

/** Built by bench/build-native.mjs. */
export const nativePath = fileURLToPath(new URL(`../../build/${name}`, import.meta.url));
export const native = createRequire(import.meta.url)(nativePath) as Native;
