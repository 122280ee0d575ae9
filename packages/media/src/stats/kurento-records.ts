import type { MediaKind } from '../routing/media.js';
import type {
  DataStatistics,
  ElementStatistics,
  InboundStreamStatistics,
  InputLatency,
  OutboundStreamStatistics,
} from './statistics.js';

type Members = Record<string, unknown>;
type KurentoMediaType = 'AUDIO' | 'VIDEO' | 'DATA';

const NANOS_PER_MICRO = 1000;

/** Classes whose record says how long media takes until it leaves, too. */
const ENDPOINTS: ReadonlySet<string> = new Set(['RecorderEndpoint', 'RtpEndpoint', 'WebRtcEndpoint']);
/** Classes that have no record of latency before media came. */
const SILENT_WITHOUT_MEDIA: ReadonlySet<string> = new Set(['HubPort', 'PassThrough']);

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
  const latencies = statistics.latencies;
  if (latencies !== undefined && (latencies.length > 0 || !SILENT_WITHOUT_MEDIA.has(statistics.type))) {
    add(latencyRecord(statistics.id, statistics.type, latencies.filter(wanted)));
  }
  const { frames } = statistics;
  if (frames?.kinds.some((kind) => wanted({ kind })))
    add(filterRecord(statistics.id, frames, latencies?.filter(wanted)));
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

/** The record of latencies with more members: clients that know Kurento's classes only can read it. */
function filterRecord(
  id: string,
  frames: NonNullable<ElementStatistics['frames']>,
  inputs: readonly InputLatency[] = [],
) {
  const { framesIn, framesOut, framesProcessed, framesDropped, meanMicros, maxMicros } = frames;
  return {
    ...latencyRecord(id, '', inputs),
    framesIn,
    framesOut,
    framesProcessed,
    framesDropped,
    meanFrameMicros: meanMicros,
    maxFrameMicros: maxMicros,
  };
}

function latencyRecord(id: string, elementType: string, inputs: readonly InputLatency[]) {
  const latencies = (micros: (input: InputLatency) => number): Members[] =>
    inputs.map((input) => ({
      name: `sink_${input.kind}_${input.description}`,
      type: mediaTypeOf(input.kind),
      avg: Math.round(micros(input) * NANOS_PER_MICRO),
    }));
  const inputLatency = latencies(({ inputMicros }) => inputMicros);
  if (!ENDPOINTS.has(elementType)) return { __type__: 'ElementStats', id, type: 'element', inputLatency };
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
