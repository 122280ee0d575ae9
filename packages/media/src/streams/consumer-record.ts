import { ConsumerFlag, ConsumerRecord, type PacketEngine } from '@rivero/packet-engine';
import { buildExtensionTemplate, ExtensionUri } from '@rivero/rtp';
import type { NegotiatedCodec } from '@rivero/sdp';

/** Header extensions that are copied from the source to a receiver that negotiated them too, with their lengths. */
const COPIED_EXTENSIONS: readonly { uri: string; length: number }[] = [
  { uri: ExtensionUri.AudioLevel, length: 1 },
  { uri: ExtensionUri.VideoOrientation, length: 1 },
  { uri: ExtensionUri.PlayoutDelay, length: 3 },
  { uri: ExtensionUri.KeyFrameMark, length: 1 },
];

/** What the packet engine has to know of one outgoing stream. */
export interface OutgoingStream {
  /** Session of the packet engine through which the receiver is reached. */
  session: number;
  ssrc: number;
  payloadType: number;
  /** Codecs that the receiver accepts. */
  codecs: readonly NegotiatedCodec[];
  /** Header extension ids as negotiated with the receiver, by URI. */
  extensions: ReadonlyMap<string, number>;
  /** Ids of the present origin's packets; undefined without one. */
  incoming: ReadonlyMap<string, number> | undefined;
  mid: string | undefined;
  /** Retransmissions have a stream of their own. */
  rtx: boolean;
}

/** Writes the record of a consumer from which the engine makes headers; its counts begin at 0. */
export function writeConsumerRecord(engine: PacketEngine, consumer: number, stream: OutgoingStream): void {
  const { extensions, incoming, mid } = stream;
  const record = engine.consumers;
  const at = consumer * ConsumerRecord.Stride;
  record.fill(0, at, at + ConsumerRecord.Stride);
  record[at + ConsumerRecord.Session] = stream.session;
  record[at + ConsumerRecord.Ssrc] = stream.ssrc;
  record[at + ConsumerRecord.PayloadType] = stream.payloadType;
  const wide = stream.codecs.some(({ feedback }) => feedback.transportCc)
    ? extensions.get(ExtensionUri.TransportWideSequence)
    : undefined;
  // Without RTX a packet may go out twice under one number, then it must be the same bytes: no transport-wide number,
  // which a stream gets that is not asked for again (audio without NACK).
  const asked = wide === undefined || stream.codecs.some(({ feedback }) => feedback.nack);
  const resends = !stream.rtx && asked;
  record[at + ConsumerRecord.Flags] = resends ? ConsumerFlag.Deterministic : 0;
  const elements: { id: number; length: number; data?: Uint8Array; uri: string }[] = [];
  const absSendTime = extensions.get(ExtensionUri.AbsoluteSendTime);
  if (absSendTime !== undefined) {
    elements.push({ id: absSendTime, length: 3, uri: ExtensionUri.AbsoluteSendTime });
  }
  if (wide !== undefined) {
    elements.push({ id: wide, length: 2, uri: ExtensionUri.TransportWideSequence });
  }
  const midId = extensions.get(ExtensionUri.Mid);
  if (midId !== undefined && mid !== undefined && mid.length <= 16) {
    const data = Buffer.from(mid);
    elements.push({ id: midId, length: data.length, data, uri: ExtensionUri.Mid });
  }
  for (const { uri, length } of COPIED_EXTENSIONS) {
    const id = extensions.get(uri);
    // Without it in what comes the element would be zeros, which mean something.
    if (id !== undefined && incoming?.has(uri) === true) elements.push({ id, length, uri });
  }
  const described = extensions.get(ExtensionUri.DependencyDescriptor);
  const comes = incoming?.get(ExtensionUri.DependencyDescriptor);
  const describes = described !== undefined && comes !== undefined;
  const { bytes, offsets } = buildExtensionTemplate(elements, undefined, describes);
  if (describes) record[at + ConsumerRecord.AppendExtension] = comes | (described << 8);
  record[at + ConsumerRecord.ExtensionLength] = bytes.length;
  engine.consumerBytes.set(bytes, (at + ConsumerRecord.ExtensionTemplate) * 4);
  let copy = 0;
  for (const [index, { uri, length }] of elements.entries()) {
    const offset = offsets[index]!;
    if (uri === ExtensionUri.AbsoluteSendTime) record[at + ConsumerRecord.AbsSendTimeOffset] = offset;
    if (uri === ExtensionUri.TransportWideSequence) {
      record[at + ConsumerRecord.TransportSequenceOffset] = offset;
    }
    const source = COPIED_EXTENSIONS.some((known) => known.uri === uri) ? incoming?.get(uri) : undefined;
    if (source !== undefined) {
      record[at + ConsumerRecord.CopyExtensions + copy++] = source | (offset << 8) | (length << 16);
    }
  }
}

/** The same for a stream that goes on: its counts are kept. */
export function rewriteConsumerRecord(engine: PacketEngine, consumer: number, stream: OutgoingStream): void {
  const at = consumer * ConsumerRecord.Stride;
  const kept = engine.consumers.slice(at + ConsumerRecord.PacketsSent, at + ConsumerRecord.LastTimestamp + 1);
  writeConsumerRecord(engine, consumer, stream);
  engine.consumers.set(kept, at + ConsumerRecord.PacketsSent);
}

/** Whether packets of a consumer count in transport-wide feedback. */
export function isTransportWide({ consumers }: PacketEngine, consumer: number): boolean {
  const at = consumer * ConsumerRecord.Stride;
  const resends = (consumers[at + ConsumerRecord.Flags]! & ConsumerFlag.Deterministic) !== 0;
  return !resends && consumers[at + ConsumerRecord.TransportSequenceOffset]! > 0;
}

/** Packets that went out through a consumer; 0 for none (-1). */
export function packetsOf({ consumers }: PacketEngine, consumer: number): number {
  if (consumer < 0) return 0;
  return consumers[consumer * ConsumerRecord.Stride + ConsumerRecord.PacketsSent]!;
}

/** Octets of their payloads. */
export function octetsOf({ consumers }: PacketEngine, consumer: number): number {
  if (consumer < 0) return 0;
  const at = consumer * ConsumerRecord.Stride;
  for (;;) {
    const high = consumers[at + ConsumerRecord.OctetsSentHigh]!;
    const low = consumers[at + ConsumerRecord.OctetsSentLow]!;
    // A sender thread may have carried over between the two.
    if (high === consumers[at + ConsumerRecord.OctetsSentHigh]) return high * 2 ** 32 + low;
  }
}
