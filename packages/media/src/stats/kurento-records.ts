import type { MediaKind } from '../routing/media.js';
import type {
  DataStatistics,
  ElementLatency,
  ElementStatistics,
  InboundStreamStatistics,
  InputLatency,
  OutboundStreamStatistics,
} from './statistics.js';

type Members = Record<string, unknown>;
type KurentoMediaType = 'AUDIO' | 'VIDEO' | 'DATA';

const NANOS_PER_MICRO = 1000;

/**
 * Statistics as getStats answers: Kurento's records by their ids. Latencies only while they are measured; without them
 * an element that has neither streams nor data channels has no records.
 * @param mediaType only what is about this; undefined: everything
 */
export function kurentoRecords(
  statistics: ElementStatistics,
  mediaType: KurentoMediaType | undefined,
): Record<string, Members> {
  const { timestampMillis } = statistics;
  const records: Record<string, Members> = {};
  const add = (record: Members & { id: string }): void => {
    records[record.id] = { ...record, timestampMillis };
  };
  const wanted = ({ kind }: { kind: MediaKind }): boolean =>
    mediaType === undefined || mediaTypeOf(kind) === mediaType;
  if (statistics.latency !== undefined) {
    const inputs = statistics.latency.inputs.filter(wanted);
    add(latencyRecord(statistics.id, { ...statistics.latency, inputs }));
  }
  for (const stream of statistics.inbound.filter(wanted)) add(inboundRecord(stream));
  for (const stream of statistics.outbound.filter(wanted)) add(outboundRecord(stream));
  if (statistics.data !== undefined && (mediaType === undefined || mediaType === 'DATA')) {
    for (const record of dataRecords(statistics.data)) add(record);
  }
  return records;
}

function mediaTypeOf(kind: MediaKind): KurentoMediaType {
  return kind === 'audio' ? 'AUDIO' : 'VIDEO';
}

function latencyRecord(id: string, { endpoint, inputs }: ElementLatency) {
  const latencies = (micros: (input: InputLatency) => number): Members[] =>
    inputs.map((input) => ({
      name: `sink_${input.kind}_${input.description}`,
      type: mediaTypeOf(input.kind),
      avg: Math.round(micros(input) * NANOS_PER_MICRO),
    }));
  const inputLatency = latencies(({ inputMicros }) => inputMicros);
  if (!endpoint) return { __type__: 'ElementStats', id, type: 'element', inputLatency };
  const E2ELatency = latencies(({ sentMicros }) => sentMicros);
  return { __type__: 'EndpointStats', id, type: 'endpoint', inputLatency, E2ELatency };
}

function streamMembers(stream: InboundStreamStatistics | OutboundStreamStatistics) {
  return {
    id: stream.id,
    ssrc: String(stream.ssrc),
    associateStatsId: '',
    isRemote: false,
    mediaTrackId: '',
    transportId: '',
    codecId: '',
    firCount: stream.firs,
    pliCount: stream.plis,
    nackCount: stream.nacks,
    sliCount: 0,
    remb: stream.remb,
    packetsLost: stream.packetsLost,
    fractionLost: stream.fractionLost,
  };
}

function inboundRecord(stream: InboundStreamStatistics) {
  return {
    __type__: 'RTCInboundRTPStreamStats',
    type: 'inboundrtp',
    ...streamMembers(stream),
    packetsReceived: stream.packets,
    bytesReceived: stream.bytes,
    jitter: stream.jitterSeconds,
  };
}

function outboundRecord(stream: OutboundStreamStatistics) {
  return {
    __type__: 'RTCOutboundRTPStreamStats',
    type: 'outboundrtp',
    ...streamMembers(stream),
    packetsSent: stream.packets,
    bytesSent: stream.bytes,
    targetBitrate: 0,
    roundTripTime: stream.roundTripSeconds,
  };
}

function dataRecords({ id, opened, closed, channels }: DataStatistics) {
  const session = {
    __type__: 'RTCPeerConnectionStats',
    id,
    type: 'session',
    dataChannelsOpened: opened,
    dataChannelsClosed: closed,
  };
  const each = channels.map(({ number, ...channel }) => ({
    __type__: 'RTCDataChannelStats',
    id: `${id}-${number}`,
    type: 'datachannel',
    datachannelid: number,
    ...channel,
  }));
  return [session, ...each];
}
