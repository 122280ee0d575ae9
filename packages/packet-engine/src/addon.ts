import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { EngineError } from './errors.js';

/** The classes of the addon, as native/binding_*.cc define them. Arguments are checked there. */
export interface NativeEngine {
  sharedBuffers(): Record<SharedBufferName, ArrayBuffer>;
  addSocket(address: string, port: number): { socket: number; port: number };
  addVirtualSocket(family: 4 | 6): number;
  receiveVirtual(socket: number, address: string, port: number, datagrams: readonly Uint8Array[]): number;
  receiveEarly(): number;
  removeSocket(socket: number): void;
  start(onBatch: (count: number) => void): void;
  close(): void;
  addSession(): number;
  removeSession(session: number): void;
  allowRemote(session: number, socket: number, address: string, port: number): boolean;
  disallowRemote(session: number, socket: number, address: string, port: number): void;
  setRemote(session: number, socket: number, address: string, port: number): void;
  setRtcpRemote(session: number, socket: number, address: string, port: number): void;
  latchRemote(
    session: number,
    socket: number,
    address: string,
    port: number,
    sameAddress: boolean,
    rtcp: boolean,
    payloadTypes: Uint8Array,
  ): void;
  setPlain(session: number): void;
  setDscp(session: number, dscp: number): void;
  setSrtpKeys(
    session: number,
    profile: number,
    sendKey: Uint8Array,
    receiveKeys: Uint8Array,
    sendMki: Uint8Array,
    receiveMkis: Uint8Array,
  ): void;
  resetReceiveStream(session: number, ssrc: number): void;
  addConsumer(): number;
  removeConsumer(consumer: number): void;
  flush(commandCount: number): number;
  continueFlush(): number;
  sendRtcp(session: number, buffer: Uint8Array, length: number): boolean;
  corkRtcp(): void;
  uncorkRtcp(): void;
  settle(): void;
  collectCounters(): void;
  sendRaw(socket: number, address: string, port: number, data: Uint8Array): boolean;
  formatAddress(descriptor: number): string;
}

export type SharedBufferName =
  | 'slab'
  | 'descriptors'
  | 'addresses'
  | 'slotMeta'
  | 'commands'
  | 'consumers'
  | 'counters'
  | 'outbox'
  | 'outboxRecords'
  | 'sent';

export interface NativeDtlsIdentity {
  fingerprint(algorithm: string): string;
}

export interface NativeDtlsAssociation {
  start(): void;
  handleDatagram(data: Uint8Array): void;
  handleTimeout(): void;
  nextTimeout(): number | undefined;
  takeOutgoing(): Uint8Array[];
  takeIncoming(): Uint8Array[];
  state(): number;
  peerFingerprint(algorithm: string): string;
  srtpKeys(): { profile: number; sendKey: Uint8Array; receiveKey: Uint8Array } | undefined;
  cipherName(): string;
  send(data: Uint8Array): boolean;
  close(): void;
}

export interface NativeSrtpSession {
  protectRtp(packet: Uint8Array, rollover: number): Uint8Array;
  unprotectRtp(packet: Uint8Array): NativeUnprotected;
  protectRtcp(packet: Uint8Array): Uint8Array;
  unprotectRtcp(packet: Uint8Array): NativeUnprotected;
  releaseStream(ssrc: number): void;
}

export interface NativeUnprotected {
  result: number;
  packet?: Uint8Array;
  headerLength?: number;
  index?: number;
  stream?: number;
}

export interface Addon {
  layout: Record<string, number>;
  Engine: new (
    slots: number,
    maxSessions: number,
    maxConsumers: number,
    maxCommands: number,
    maxSsrcsPerSession: number,
    gso: boolean,
    senderThreads: number,
    maxPacketsPerSecond: number,
    maxStunPerSecond: number,
  ) => NativeEngine;
  DtlsIdentity: new (privateKey: Uint8Array) => NativeDtlsIdentity;
  DtlsAssociation: new (
    identity: NativeDtlsIdentity,
    isClient: boolean,
    mtu: number,
    profiles: string,
  ) => NativeDtlsAssociation;
  SrtpSession: new (
    profile: number,
    sendKey: Uint8Array,
    receiveKey: Uint8Array,
    maxSsrcs: number,
    keysAreSessionKeys: boolean,
    sendMki: Uint8Array,
    receiveMkis: Uint8Array,
  ) => NativeSrtpSession;
  deriveSrtpKeys(
    profile: number,
    master: Uint8Array,
    forRtcp: boolean,
  ): { cipherKey: Uint8Array; authKey: Uint8Array; salt: Uint8Array };
}

let loaded: Addon | undefined;

/**
 * The addon that scripts/build-addon.mjs has built for the running node. RIVERO_ADDON_VARIANT=sanitize loads the
 * variant with memory checks, sanitize-thread the one that finds data races.
 * @throws EngineError ADDON_MISSING
 */
export function loadAddon(): Addon {
  if (loaded) return loaded;
  const wanted = process.env.RIVERO_ADDON_VARIANT ?? '';
  const variant = ['sanitize', 'sanitize-thread'].includes(wanted) ? `-${wanted}` : '';
  const name = `packet_engine-${process.version}-${process.platform}-${process.arch}${variant}.node`;
  const path = fileURLToPath(new URL(`../build/${name}`, import.meta.url));
  if (!existsSync(path)) {
    throw new EngineError('ADDON_MISSING', `${path} is missing: run node scripts/build-addon.mjs`);
  }
  loaded = createRequire(import.meta.url)(path) as Addon;
  return loaded;
}
