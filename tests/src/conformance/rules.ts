import type { Answer, EventValue } from './raw-client.js';
import { isObject, type Json } from './transcript.js';

/** A recorded request, taken apart. */
export interface RecordedRequest {
  transcript: string;
  /** Counted from 1. */
  line: number;
  method: string;
  params: Json;
  /** Of invoke. */
  operation: string;
  operationParams: Json;
  /** Kind of the object, as placeholders have it: webrtc, player … */
  kind: string;
  /** The recorded answer as text. */
  recorded: string;
}

/** What this server does in another way on purpose, and why. */
export interface Difference<Subject, Came> {
  because: string;
  when: (subject: Subject) => boolean;
  /** Whether what came is what we want here; undefined where nothing should come. */
  check: ((came: Came, subject: Subject) => boolean) | undefined;
}

/** What can't be compared yet, and why. Looked at only where something is not as recorded. */
export interface Gap<Subject, Came> {
  because: string;
  when: (subject: Subject) => boolean;
  /** What may come in the meantime; anything when left out. */
  check?: (came: Came, subject: Subject) => boolean;
}

export interface RecordedEvent extends EventValue {
  transcript: string;
  kind: string;
}

const TRANSCRIPT_OF_MEDIA = /^(4[0-3]|5|6|7)/;
const STATE_OF_MEDIA =
  /^(getState|getPosition|getVideoInfo|getMediaState|getConnectionState|isMediaFlowing|isMediaTranscoding|getStats|getIceConnectionState|getDtlsConnectionState|getICECandidatePairs)/;
const EVENT_OF_MEDIA =
  /^(MediaFlow|MediaTranscoding|MediaStateChanged|ConnectionState|Dtls|NewCandidatePair|DataChannel|UriEndpoint|EndOfStream|Recording|Paused|Stopped|Error)/;

const failsWith =
  (code: number) =>
  ({ error }: Answer) =>
    error?.code === code;
const succeeds = ({ error }: Answer): boolean => error === undefined;
const operation =
  (...names: string[]) =>
  (request: RecordedRequest) =>
    names.includes(request.operation);
const at =
  (transcript: string, ...lines: number[]) =>
  (request: RecordedRequest) =>
    request.transcript === transcript && lines.includes(request.line);
const creates =
  (type: string, condition: (params: Json) => boolean) =>
  ({ method, params }: RecordedRequest) =>
    method === 'create' &&
    params.type === type &&
    isObject(params.constructorParams) &&
    condition(params.constructorParams);

export const requestDifferences: Difference<RecordedRequest, Answer>[] = [
  {
    because: 'uploads come in at the port of the server',
    when: operation('getUrl'),
    check: ({ result }) => /^http:\/\/[^/]+\/post\/[0-9a-f-]{36}$/.test(String(result?.value)),
  },
  {
    because: 'getSessions lists no empty strings, and the sessions of this run',
    when: operation('getSessions'),
    check: ({ result }) => Array.isArray(result?.value) && !result.value.includes(''),
  },
  {
    because: 'getUsedCpu without an interval takes the declared default',
    when: (request) => operation('getUsedCpu')(request) && request.operationParams.interval === undefined,
    check: ({ result }) => typeof result?.value === 'number',
  },
  {
    because: 'getInfo has other versions and more modules',
    when: operation('getInfo'),
    check: ({ result }) => {
      const info = result?.value as Json | undefined;
      const modules = (info?.modules ?? []) as Json[];
      return (
        ['core', 'elements', 'filters'].every((name, index) => modules[index]?.name === name) &&
        info?.type === 'KMS' &&
        String(info.capabilities) === 'transactions'
      );
    },
  },
  {
    because: 'another request with an id that was used before is no repetition',
    when: at('04-request-cache', 9, 11, 16),
    check: ({ result }) => result?.value === 'pong',
  },
  {
    because: 'a parent of the wrong class has an error of its own',
    when: (request) =>
      creates('WebRtcEndpoint', (params) => String(params.mediaPipeline).includes('/webrtc'))(request) ||
      creates('HubPort', (params) => String(params.hub).includes('/webrtc'))(request),
    check: failsWith(40107),
  },
  {
    because: 'minVideoRecvBandwidth reads back as it was set',
    when: (request) =>
      operation('getMinVideoRecvBandwidth')(request) &&
      (at('21-class-RtpEndpoint', 33)(request) ||
        at('22-class-WebRtcEndpoint', 25)(request) ||
        at('27-properties-clamping-leniency', 13, 17, 95, 99)(request)),
    check: ({ result }) => [7, 101, 300].includes(result?.value as number),
  },
  {
    because: 'Mixer.connect works where the recorded build died',
    when: (request) => request.transcript === '90-crashes' && request.kind === 'mixer',
    check: succeeds,
  },
  {
    because: 'RtpEndpoint rejects what it cannot use: a line with port 0, a line without a known format',
    when: at('44-sdp-negotiation', 181, 188),
    check: ({ result }) => / 0 RTP\/AVP /.test(String(result?.value)),
  },
  {
    because: 'an endpoint can be negotiated again',
    when: at('32-errors-sdp-ice', 85, 88),
    check: succeeds,
  },
  {
    because: 'Mixer.disconnect can disconnect video',
    when: at('35-errors-hubs-filters-datachannel', 15),
    check: succeeds,
  },
  {
    because: 'properties of all types of a GStreamer element can be set',
    when: at('35-errors-hubs-filters-datachannel', 43, 55, 60),
    check: succeeds,
  },
  {
    because: 'a value that a property of a GStreamer element does not take has one error, whatever the type',
    when: (request) =>
      at('35-errors-hubs-filters-datachannel', 40, 46, 52)(request) || at('76-filter-GStreamer', 38)(request),
    check: failsWith(40001),
  },
  {
    because: 'an element for audio is no filter of video',
    when: at('35-errors-hubs-filters-datachannel', 69),
    check: failsWith(40001),
  },
  {
    because: 'ICE has one component, since rtcp-mux is used',
    when: at('40-loopback-events', 64),
    check: ({ result }) =>
      Array.isArray(result?.value) && result.value.length === 1 && result.value[0].componentId === 1,
  },
];

/** Events that come where the recorded server kept silent, by transcript and type. */
export const additionalEvents: { because: string; transcript: string; type: string }[] = [
  {
    because: 'a recorder says that it can not write to its place',
    transcript: '57-recorder-odd-uris',
    type: 'Error',
  },
];

export const eventDifferences: Difference<RecordedEvent, EventValue>[] = [
  {
    because: 'ICE has one component, since rtcp-mux is used',
    when: ({ type, data }) => type === 'IceComponentStateChanged' && data.componentId === 2,
    // Nothing comes in its place.
    check: undefined,
  },
  {
    because: 'a player that has nothing to pause yet is no error',
    when: ({ transcript, type, data }) =>
      transcript === '18-class-PlayerEndpoint' && type === 'Error' && data.errorCode === 3,
    check: undefined,
  },
  {
    because: 'candidates are those of this machine: UDP, component 1',
    when: ({ transcript, type }) => type === 'IceCandidateFound' && transcript !== '22-class-WebRtcEndpoint',
    check: ({ type, data }, recorded) =>
      type === 'IceCandidateFound' &&
      isObject(data.candidate) &&
      isObject(recorded.data.candidate) &&
      data.candidate.sdpMid === recorded.data.candidate.sdpMid &&
      data.candidate.sdpMLineIndex === recorded.data.candidate.sdpMLineIndex &&
      /^candidate:\S+ 1 UDP \d+ \S+ \d+ typ host/.test(String(data.candidate.candidate)),
  },
];

/** Looked at where the recorded files play, and media flows. */
export const mediaRequestDifferences: Difference<RecordedRequest, Answer>[] = [
  {
    because: 'filters count their frames',
    when: (request) =>
      operation('getStats')(request) && /^(gstfilter|faceoverlay|imageoverlay|zbar)$/.test(request.kind),
    check: ({ result }) => isObject(result?.value),
  },
  {
    because:
      'with stopOnEndOfStream a recording ends with its player: it is being completed, or it is complete',
    when: at('56-recorder-stop-on-end-of-stream', 44),
    check: ({ result }) => result?.value === 'START' || result?.value === 'STOP',
  },
];

export const mediaEventDifferences: Difference<RecordedEvent, EventValue>[] = [
  {
    because: 'what a sink takes as it is encoded is not transcoded',
    when: ({ type, kind }) =>
      type === 'MediaTranscodingStateChanged' && /^(player|hubport|passthrough)$/.test(kind),
    check: ({ type, data }, recorded) => type === recorded.type && data.mediaType === recorded.data.mediaType,
  },
];

/** The recorded run was over before the file was. */
export const MEDIA_EVENTS_AT_THE_END: readonly string[] = ['EndOfStream', 'MediaTranscodingStateChanged'];

export const requestGaps: Gap<RecordedRequest, Answer>[] = [
  {
    because: 'the recording begins with objects or sessions from before',
    when: (request) =>
      at('01-session', 70)(request) ||
      at('02-shared-objects', 166)(request) ||
      at('10-class-MediaPipeline', 11)(request) ||
      at('33-errors-setters-tags-subscribe-release', 69)(request),
  },
  {
    because: 'inputs of filters without media have no latency',
    when: (request) =>
      operation('getStats')(request) && /^(gstfilter|faceoverlay|imageoverlay|zbar)$/.test(request.kind),
    check: ({ result }) => result !== undefined,
  },
  {
    because: 'the text of a graph is its own',
    when: operation('getGstreamerDot', 'dumpGstreamerDot'),
    check: succeeds,
  },
  {
    because: 'data channels need a peer',
    when: (request) =>
      operation('createDataChannel', 'closeDataChannel')(request) || request.recorded.includes('-data.sdp'),
  },
  {
    because: 'needs a peer or media that flows',
    when: ({ transcript, operation: name }) => TRANSCRIPT_OF_MEDIA.test(transcript) && name === 'setPosition',
    check: failsWith(40700),
  },
  {
    because: 'needs a peer or media that flows',
    when: ({ transcript, operation: name }) =>
      (TRANSCRIPT_OF_MEDIA.test(transcript) || transcript === '44-sdp-negotiation') &&
      STATE_OF_MEDIA.test(name),
    check: succeeds,
  },
];

export const eventGaps: Gap<RecordedEvent, EventValue>[] = [
  {
    because: 'needs a peer or media that flows',
    when: ({ transcript, type, data }) =>
      TRANSCRIPT_OF_MEDIA.test(transcript) &&
      (EVENT_OF_MEDIA.test(type) || (type === 'IceComponentStateChanged' && data.state !== 'GATHERING')),
  },
  {
    because: 'candidates of lo: the server listens there only when there is nothing else',
    when: ({ transcript, type }) => transcript === '22-class-WebRtcEndpoint' && type === 'IceCandidateFound',
  },
];

/** Why an answer that is not as recorded can't be expected to be so yet; undefined when it is wrong. */
export function gapOf(request: RecordedRequest, answer: Answer): string | undefined {
  return requestGaps.find(({ when, check }) => when(request) && (check?.(answer, request) ?? true))?.because;
}
