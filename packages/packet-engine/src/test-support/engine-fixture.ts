import { COMMAND_FLAG_SHIFT, Command, ConsumerRecord, Descriptor, PacketKind } from '../layout.js';
import { PacketEngine, type PacketEngineOptions } from '../packet-engine.js';
import { type SrtpProfile, srtpKeyLength } from '../srtp-profile.js';
import { SrtpSession } from '../srtp-session.js';
import { testKey } from './packets.js';
import { UdpPeer } from './udp-peer.js';

/** A peer with its SRTP keys and its session in the engine. */
export interface Participant {
  session: number;
  peer: UdpPeer;
  srtp: SrtpSession;
}

export interface ReceivedPacket {
  kind: PacketKind;
  session: number;
  slot: number;
  fields: number[];
  bytes: Uint8Array;
}

/** An engine on the loopback interface whose batches are recorded, and optionally handled. */
export class EngineFixture {
  readonly engine: PacketEngine;
  readonly socket: number;
  readonly port: number;
  readonly family: 4 | 6;
  readonly packets: ReceivedPacket[] = [];
  /** Called for every batch, after it was recorded. */
  onBatch: (count: number) => void = () => {};
  readonly #peers: UdpPeer[] = [];
  #nextKey = 1;

  constructor(options: Partial<PacketEngineOptions> = {}, family: 4 | 6 = 4) {
    this.family = family;
    this.engine = new PacketEngine({
      ...options,
      onBatch: (count) => {
        for (let i = 0; i < count; i++) this.#record(i);
        this.onBatch(count);
      },
    });
    const { socket, port } = this.engine.addSocket(family === 4 ? '127.0.0.1' : '::1', 0, family);
    this.socket = socket;
    this.port = port;
    this.engine.start();
  }

  async participant(profile: SrtpProfile = 'AEAD_AES_128_GCM'): Promise<Participant> {
    const peer = await UdpPeer.open(this.family);
    this.#peers.push(peer);
    const length = srtpKeyLength(profile);
    const toPeer = testKey(this.#nextKey++, length);
    const fromPeer = testKey(this.#nextKey++, length);
    const session = this.engine.addSession();
    this.engine.setSrtpKeys(session, profile, toPeer, fromPeer);
    this.engine.allowRemote(session, this.socket, peer.address, peer.port);
    this.engine.setRemote(session, this.socket, peer.address, peer.port);
    return { session, peer, srtp: new SrtpSession(profile, fromPeer, toPeer) };
  }

  /** A consumer of the given session; fields by their index, extension template as bytes. */
  consumer(session: number, ssrc: number, extension?: Uint8Array): number {
    const consumer = this.engine.addConsumer();
    this.setField(consumer, ConsumerRecord.Session, session);
    this.setField(consumer, ConsumerRecord.Ssrc, ssrc);
    this.setField(consumer, ConsumerRecord.PayloadType, 101);
    if (extension) {
      const template = 4 * (consumer * ConsumerRecord.Stride + ConsumerRecord.ExtensionTemplate);
      this.engine.consumerBytes.set(extension, template);
      this.setField(consumer, ConsumerRecord.ExtensionLength, extension.length);
    }
    return consumer;
  }

  setField(consumer: number, field: number, value: number): void {
    this.engine.consumers[consumer * ConsumerRecord.Stride + field] = value;
  }

  field(consumer: number, field: number): number {
    return this.engine.consumers[consumer * ConsumerRecord.Stride + field]!;
  }

  /** Writes one entry of the command array. */
  command(at: number, slot: number, consumer: number, sequence: number, timestamp: number, flags = 0): void {
    const { commands } = this.engine;
    commands[at * Command.Stride + Command.Slot] = slot;
    commands[at * Command.Stride + Command.ConsumerAndFlags] = consumer | (flags << COMMAND_FLAG_SHIFT);
    commands[at * Command.Stride + Command.ExtendedSequence] = sequence;
    commands[at * Command.Stride + Command.Timestamp] = timestamp;
  }

  /** From now on every RTP packet is forwarded to the consumers as it is, consumer after consumer. */
  forwardTo(consumers: readonly number[]): void {
    this.onBatch = (count) => {
      const { descriptors } = this.engine;
      let commands = 0;
      for (let i = 0; i < count; i++) {
        const at = i * Descriptor.Stride;
        if (descriptors[at + Descriptor.Kind] !== PacketKind.Rtp) continue;
        for (const consumer of consumers) {
          const sequence = descriptors[at + Descriptor.ExtendedSequence]!;
          const timestamp = descriptors[at + Descriptor.Timestamp]!;
          this.command(commands++, descriptors[at + Descriptor.Slot]!, consumer, sequence, timestamp);
        }
      }
      this.engine.flush(commands);
    };
  }

  counter(index: number): number {
    return this.engine.counters[index]!;
  }

  close(): void {
    this.engine.close();
    for (const peer of this.#peers) peer.close();
  }

  #record(position: number): void {
    const { descriptors, slab } = this.engine;
    const fields = [
      ...descriptors.subarray(position * Descriptor.Stride, (position + 1) * Descriptor.Stride),
    ];
    const slot = fields[Descriptor.Slot]!;
    const start = slot * 2048;
    this.packets.push({
      kind: fields[Descriptor.Kind] as PacketKind,
      session: fields[Descriptor.Session]!,
      slot,
      fields,
      bytes: slab.slice(start, start + fields[Descriptor.Length]!),
    });
  }
}
