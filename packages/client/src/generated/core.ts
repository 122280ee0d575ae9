// Generated from the declaration in @rivero/api by src/generator; do not edit.

import { type eventTypes, RemoteObject } from '../objects/remote-object.js';
import type { CallOptions, CreateArguments } from '../objects/scope.js';
import type { PipelineClasses } from './index.js';

/** State of an endpoint that plays or records: ended, running or halted. */
export type UriEndpointState = 'STOP' | 'START' | 'PAUSE';

/** What a server says about itself. */
export interface ServerInfo {
  /** Version of the API the server offers. */
  readonly version: string;
  /** The modules that are loaded. */
  readonly modules: ModuleInfo[];
  /** Kind of server. */
  readonly type: ServerType;
  /** Optional abilities, such as "transactions". */
  readonly capabilities: string[];
}

/** Kind of server: KMS is a media server, KCS a cloud front of several. */
export type ServerType = 'KMS' | 'KCS';

/**
 * Amount of detail in a graph: media types, full formats, changed parameters, states, all parameters,
 * all of these, or all of these at full length.
 */
export type GstreamerDotDetails =
  | 'SHOW_MEDIA_TYPE'
  | 'SHOW_CAPS_DETAILS'
  | 'SHOW_NON_DEFAULT_PARAMS'
  | 'SHOW_STATES'
  | 'SHOW_FULL_PARAMS'
  | 'SHOW_ALL'
  | 'SHOW_VERBOSE';

/** A module that the server has loaded. */
export interface ModuleInfo {
  /** Version of the module. */
  readonly version: string;
  /** Name of the module. */
  readonly name: string;
  /** When the module was built. */
  readonly generationTime: string;
  /** The classes that can be created. */
  readonly factories: string[];
}

/** Whether media arrives from the remote side. */
export type MediaState = 'DISCONNECTED' | 'CONNECTED';

/** Whether media passes an input or output. */
export type MediaFlowState = 'FLOWING' | 'NOT_FLOWING';

/** Whether media is decoded and encoded again, or passed on as it is. */
export type MediaTranscodingState = 'TRANSCODING' | 'NOT_TRANSCODING';

/** Whether there is a transport to the remote side. */
export type ConnectionState = 'DISCONNECTED' | 'CONNECTED';

/** Kind of media: sound, messages of data channels, or picture. */
export type MediaType = 'AUDIO' | 'DATA' | 'VIDEO';

/** Kind of media that a filter works on. */
export type FilterType = 'AUDIO' | 'AUTODETECT' | 'VIDEO';

/** Video codec; RAW is uncompressed. */
export type VideoCodec = 'H265' | 'AV1' | 'VP9' | 'VP8' | 'H264' | 'RAW';

/** Audio codec; PCMU and PCMA are G.711, RAW is uncompressed. */
export type AudioCodec = 'OPUS' | 'PCMU' | 'PCMA' | 'RAW';

/** A fraction, such as a frame rate of 30/1. */
export interface Fraction {
  /** The number above the line. */
  readonly numerator: number;
  /** The number below the line, at least 1. */
  readonly denominator: number;
}

/** A format of audio. */
export interface AudioCaps {
  /** The codec. */
  readonly codec: AudioCodec;
  /** Bitrate in bit/s. */
  readonly bitrate: number;
}

/** A format of video. */
export interface VideoCaps {
  /** The codec. */
  readonly codec: VideoCodec;
  /** Frames per second. */
  readonly framerate: Fraction;
}

/** A connection between two elements, for one kind of media. */
export interface ElementConnectionData {
  /** The element that sends. */
  readonly source: MediaElement;
  /** The element that receives. */
  readonly sink: MediaElement;
  /** Kind of media. */
  readonly type: MediaType;
  /** Which output of the source. */
  readonly sourceDescription: string;
  /** Which input of the sink. */
  readonly sinkDescription: string;
}

/** A label that the application has put on an object. */
export interface Tag {
  /** Key, unique within the object. */
  readonly key: string;
  /** Value. */
  readonly value: string;
}

/** A codec with its parameters. */
export interface CodecConfiguration {
  /** Name and clock rate, such as "VP8/90000". */
  readonly name?: string;
  /** Parameters of the codec. */
  readonly properties?: Record<string, string>;
}

/** Tuning of the bandwidth estimation for video that is received. */
export interface RembParams {
  /** Number of received packets over which losses are counted. */
  readonly packetsRecvIntervalTop: number;
  /** Growth of the estimate per interval without losses, as a fraction of itself. */
  readonly exponentialFactor: number;
  /** Least growth per interval while growth is linear, in bit/s; packetsRecvIntervalTop when left out. */
  readonly linealFactorMin?: number;
  /** Number of steps in which linear growth goes from the last threshold to the last peak. */
  readonly linealFactorGrade: number;
  /** By which the estimate is multiplied when too much is lost, 0 to 1. */
  readonly decrementFactor: number;
  /** By which the received bitrate is multiplied to get the threshold of linear growth, 0 to 1. */
  readonly thresholdFactor: number;
  /** Losses above which the estimate is reduced, in 1/256 (as in RTCP receiver reports). */
  readonly upLosses: number;
  /** The estimate sent when the connection is new, in bit/s. */
  readonly rembOnConnect: number;
}

/** Tuning of the bandwidth estimation for video that is received. What has a default may be left out. */
export interface RembParamsInit {
  /**
   * Number of received packets over which losses are counted.
   * Default: `100`.
   */
  readonly packetsRecvIntervalTop?: number | undefined;
  /**
   * Growth of the estimate per interval without losses, as a fraction of itself.
   * Default: `0.04`.
   */
  readonly exponentialFactor?: number | undefined;
  /** Least growth per interval while growth is linear, in bit/s; packetsRecvIntervalTop when left out. */
  readonly linealFactorMin?: number | undefined;
  /**
   * Number of steps in which linear growth goes from the last threshold to the last peak.
   * Default: `30`.
   */
  readonly linealFactorGrade?: number | undefined;
  /**
   * By which the estimate is multiplied when too much is lost, 0 to 1.
   * Default: `0.5`.
   */
  readonly decrementFactor?: number | undefined;
  /**
   * By which the received bitrate is multiplied to get the threshold of linear growth, 0 to 1.
   * Default: `0.8`.
   */
  readonly thresholdFactor?: number | undefined;
  /**
   * Losses above which the estimate is reduced, in 1/256 (as in RTCP receiver reports).
   * Default: `12`.
   */
  readonly upLosses?: number | undefined;
  /**
   * The estimate sent when the connection is new, in bit/s.
   * Default: `300000`.
   */
  readonly rembOnConnect?: number | undefined;
}

/** Which media an offer contains. */
export interface OfferOptions {
  /** Whether to offer audio. */
  readonly offerToReceiveAudio: boolean;
  /** Whether to offer video. */
  readonly offerToReceiveVideo: boolean;
}

/** Which media an offer contains. What has a default may be left out. */
export interface OfferOptionsInit {
  /**
   * Whether to offer audio.
   * Default: `true`.
   */
  readonly offerToReceiveAudio?: boolean | undefined;
  /**
   * Whether to offer video.
   * Default: `true`.
   */
  readonly offerToReceiveVideo?: boolean | undefined;
}

/** What a record of statistics is about. */
export type StatsType =
  | 'inboundrtp'
  | 'outboundrtp'
  | 'session'
  | 'datachannel'
  | 'track'
  | 'transport'
  | 'candidatepair'
  | 'localcandidate'
  | 'remotecandidate'
  | 'element'
  | 'endpoint';

/** Latency of one stream. */
export interface MediaLatencyStat {
  /** The input or track, such as "sink_video_default". */
  readonly name: string;
  /** Kind of media. */
  readonly type: MediaType;
  /** Mean latency in nanoseconds. */
  readonly avg: number;
}

/** A record of statistics; the members depend on its type. */
export interface Stats {
  /** Id of what the record is about. */
  readonly id: string;
  /** Kind of record. */
  readonly type: StatsType;
  /** When the record was taken, in milliseconds since 1970. */
  readonly timestampMillis: number;
}

/** A Stats or something more special: `__type__` tells what. */
export type AnyStats =
  | ({ readonly __type__: 'Stats' } & Stats)
  | ({ readonly __type__: 'ElementStats' } & ElementStats)
  | ({ readonly __type__: 'EndpointStats' } & EndpointStats)
  | ({ readonly __type__: 'RTCStats' } & RTCStats)
  | ({ readonly __type__: 'RTCRTPStreamStats' } & RTCRTPStreamStats)
  | ({ readonly __type__: 'RTCCodec' } & RTCCodec)
  | ({ readonly __type__: 'RTCInboundRTPStreamStats' } & RTCInboundRTPStreamStats)
  | ({ readonly __type__: 'RTCOutboundRTPStreamStats' } & RTCOutboundRTPStreamStats)
  | ({ readonly __type__: 'RTCPeerConnectionStats' } & RTCPeerConnectionStats)
  | ({ readonly __type__: 'RTCMediaStreamStats' } & RTCMediaStreamStats)
  | ({ readonly __type__: 'RTCMediaStreamTrackStats' } & RTCMediaStreamTrackStats)
  | ({ readonly __type__: 'RTCDataChannelStats' } & RTCDataChannelStats)
  | ({ readonly __type__: 'RTCTransportStats' } & RTCTransportStats)
  | ({ readonly __type__: 'RTCIceCandidateAttributes' } & RTCIceCandidateAttributes)
  | ({ readonly __type__: 'RTCIceCandidatePairStats' } & RTCIceCandidatePairStats)
  | ({ readonly __type__: 'RTCCertificateStats' } & RTCCertificateStats);

/** Latency up to an element; of filters also what they do with frames, and how long it takes. */
export interface ElementStats extends Stats {
  /** Mean time media takes from entering the pipeline to the inputs of the element. */
  readonly inputLatency: MediaLatencyStat[];
  /** Of filters, as all that follows: pictures, or pieces of sound, that came in. */
  readonly framesIn?: number;
  /** Those that came out. */
  readonly framesOut?: number;
  /** Those that it has worked on: less than came out where it only looks at what goes past it. */
  readonly framesProcessed?: number;
  /** Those that were left out because it was still at work on earlier ones. */
  readonly framesDropped?: number;
  /** Mean time for one of them, with what it takes to convert it before and after, in microseconds. */
  readonly meanFrameMicros?: number;
  /** Longest time for one of them, in microseconds. */
  readonly maxFrameMicros?: number;
}

/** A ElementStats or something more special: `__type__` tells what. */
export type AnyElementStats =
  | ({ readonly __type__: 'ElementStats' } & ElementStats)
  | ({ readonly __type__: 'EndpointStats' } & EndpointStats);

/** Latency through the whole pipeline, up to an endpoint. */
export interface EndpointStats extends ElementStats {
  /** Mean time media takes from entering the pipeline to leaving it through the endpoint. */
  readonly E2ELatency: MediaLatencyStat[];
}

/** A record about a connection with a remote side. */
export type RTCStats = Stats;

/** A RTCStats or something more special: `__type__` tells what. */
export type AnyRTCStats =
  | ({ readonly __type__: 'RTCStats' } & RTCStats)
  | ({ readonly __type__: 'RTCRTPStreamStats' } & RTCRTPStreamStats)
  | ({ readonly __type__: 'RTCCodec' } & RTCCodec)
  | ({ readonly __type__: 'RTCInboundRTPStreamStats' } & RTCInboundRTPStreamStats)
  | ({ readonly __type__: 'RTCOutboundRTPStreamStats' } & RTCOutboundRTPStreamStats)
  | ({ readonly __type__: 'RTCPeerConnectionStats' } & RTCPeerConnectionStats)
  | ({ readonly __type__: 'RTCMediaStreamStats' } & RTCMediaStreamStats)
  | ({ readonly __type__: 'RTCMediaStreamTrackStats' } & RTCMediaStreamTrackStats)
  | ({ readonly __type__: 'RTCDataChannelStats' } & RTCDataChannelStats)
  | ({ readonly __type__: 'RTCTransportStats' } & RTCTransportStats)
  | ({ readonly __type__: 'RTCIceCandidateAttributes' } & RTCIceCandidateAttributes)
  | ({ readonly __type__: 'RTCIceCandidatePairStats' } & RTCIceCandidatePairStats)
  | ({ readonly __type__: 'RTCCertificateStats' } & RTCCertificateStats);

/** What is common to sent and received RTP streams. */
export interface RTCRTPStreamStats extends RTCStats {
  /** Synchronization source of the stream, as decimal text. */
  readonly ssrc: string;
  /** Id of the record of the other side of the stream. */
  readonly associateStatsId: string;
  /** Whether the figures were measured by the remote side. */
  readonly isRemote: boolean;
  /** Id of the track. */
  readonly mediaTrackId: string;
  /** Id of the transport. */
  readonly transportId: string;
  /** Id of the codec. */
  readonly codecId: string;
  /** Full intra requests (RFC 5104), video only. */
  readonly firCount: number;
  /** Picture loss indications (RFC 4585), video only. */
  readonly pliCount: number;
  /** Negative acknowledgements (RFC 4585). */
  readonly nackCount: number;
  /** Slice loss indications (RFC 4585), video only. */
  readonly sliCount: number;
  /** Estimated maximum bitrate, in bit/s, video only. */
  readonly remb: number;
  /** Packets lost in total; duplicates count negative. */
  readonly packetsLost: number;
  /** Packets lost since the last report, 0 to 1. */
  readonly fractionLost: number;
}

/** A RTCRTPStreamStats or something more special: `__type__` tells what. */
export type AnyRTCRTPStreamStats =
  | ({ readonly __type__: 'RTCRTPStreamStats' } & RTCRTPStreamStats)
  | ({ readonly __type__: 'RTCInboundRTPStreamStats' } & RTCInboundRTPStreamStats)
  | ({ readonly __type__: 'RTCOutboundRTPStreamStats' } & RTCOutboundRTPStreamStats);

/** A negotiated codec. */
export interface RTCCodec extends RTCStats {
  /** Payload type in RTP, 0 to 127. */
  readonly payloadType: number;
  /** Name of the codec, such as "video/vp8". */
  readonly codec: string;
  /** Clock rate in Hz. */
  readonly clockRate: number;
  /** Number of audio channels. */
  readonly channels: number;
  /** Format parameters, as in a=fmtp. */
  readonly parameters: string;
}

/** An RTP stream that is received. */
export interface RTCInboundRTPStreamStats extends RTCRTPStreamStats {
  /** RTP packets received. */
  readonly packetsReceived: number;
  /** Payload bytes received. */
  readonly bytesReceived: number;
  /** Interarrival jitter (RFC 3550), in seconds. */
  readonly jitter: number;
}

/** An RTP stream that is sent. */
export interface RTCOutboundRTPStreamStats extends RTCRTPStreamStats {
  /** RTP packets sent. */
  readonly packetsSent: number;
  /** Payload bytes sent. */
  readonly bytesSent: number;
  /** Bitrate aimed at, in bit/s. */
  readonly targetBitrate: number;
  /** Round-trip time by RTCP reports, in seconds. */
  readonly roundTripTime: number;
}

/** The connection as a whole. */
export interface RTCPeerConnectionStats extends RTCStats {
  /** Data channels that have been open so far. */
  readonly dataChannelsOpened: number;
  /** Data channels that have been closed again. */
  readonly dataChannelsClosed: number;
}

/** A media stream: tracks that belong together. */
export interface RTCMediaStreamStats extends RTCStats {
  /** Id of the media stream. */
  readonly streamIdentifier: string;
  /** Ids of the records of its tracks. */
  readonly trackIds: string[];
}

/** A track of a media stream. */
export interface RTCMediaStreamTrackStats extends RTCStats {
  /** Id of the track. */
  readonly trackIdentifier: string;
  /** Whether the track comes from the remote side. */
  readonly remoteSource: boolean;
  /** Synchronization sources of the track. */
  readonly ssrcIds: string[];
  /** Width of the last frame in pixels. */
  readonly frameWidth: number;
  /** Height of the last frame in pixels. */
  readonly frameHeight: number;
  /** Frame rate. */
  readonly framesPerSecond: number;
  /** Frames sent. */
  readonly framesSent: number;
  /** Frames received. */
  readonly framesReceived: number;
  /** Frames decoded. */
  readonly framesDecoded: number;
  /** Frames left out before decoding or display. */
  readonly framesDropped: number;
  /** Frames with errors. */
  readonly framesCorrupted: number;
  /** Loudness, 0 (silence) to 1. */
  readonly audioLevel: number;
  /** Echo return loss in dB. */
  readonly echoReturnLoss: number;
  /** Echo return loss enhancement in dB. */
  readonly echoReturnLossEnhancement: number;
}

/** State of a data channel. */
export type RTCDataChannelState = 'connecting' | 'open' | 'closing' | 'closed';

/** A data channel. */
export interface RTCDataChannelStats extends RTCStats {
  /** Label of the channel. */
  readonly label: string;
  /** Subprotocol of the channel. */
  readonly protocol: string;
  /** Number of the channel (SCTP stream). */
  readonly datachannelid: number;
  /** State of the channel. */
  readonly state: RTCDataChannelState;
  /** Messages sent. */
  readonly messagesSent: number;
  /** Payload bytes sent. */
  readonly bytesSent: number;
  /** Messages received. */
  readonly messagesReceived: number;
  /** Payload bytes received. */
  readonly bytesReceived: number;
}

/** A transport. */
export interface RTCTransportStats extends RTCStats {
  /** Bytes sent. */
  readonly bytesSent: number;
  /** Bytes received. */
  readonly bytesReceived: number;
  /** Id of the transport of RTCP when it is another. */
  readonly rtcpTransportStatsId: string;
  /** Whether the transport is in use. */
  readonly activeConnection: boolean;
  /** Id of the candidate pair in use. */
  readonly selectedCandidatePairId: string;
  /** Id of the local certificate. */
  readonly localCertificateId: string;
  /** Id of the remote certificate. */
  readonly remoteCertificateId: string;
}

/** Kind of candidate (RFC 8445). */
export type RTCStatsIceCandidateType = 'host' | 'serverreflexive' | 'peerreflexive' | 'relayed';

/** An ICE candidate. */
export interface RTCIceCandidateAttributes extends RTCStats {
  /** IPv4 or IPv6 address. */
  readonly ipAddress: string;
  /** Port. */
  readonly portNumber: number;
  /** "udp" or "tcp". */
  readonly transport: string;
  /** Kind of candidate. */
  readonly candidateType: RTCStatsIceCandidateType;
  /** Priority (RFC 8445, section 5.1.2). */
  readonly priority: number;
  /** The STUN or TURN server that gave the address. */
  readonly addressSourceUrl: string;
}

/** State of the check of a candidate pair (RFC 8445). */
export type RTCStatsIceCandidatePairState =
  | 'frozen'
  | 'waiting'
  | 'inprogress'
  | 'failed'
  | 'succeeded'
  | 'cancelled';

/** A pair of ICE candidates. */
export interface RTCIceCandidatePairStats extends RTCStats {
  /** Id of the transport. */
  readonly transportId: string;
  /** Id of the local candidate. */
  readonly localCandidateId: string;
  /** Id of the remote candidate. */
  readonly remoteCandidateId: string;
  /** State of the check. */
  readonly state: RTCStatsIceCandidatePairState;
  /** Priority of the pair. */
  readonly priority: number;
  /** Whether the pair was nominated. */
  readonly nominated: boolean;
  /** Whether a check from here was answered. */
  readonly writable: boolean;
  /** Whether a check from the remote side was answered. */
  readonly readable: boolean;
  /** Bytes sent. */
  readonly bytesSent: number;
  /** Bytes received. */
  readonly bytesReceived: number;
  /** Round-trip time by STUN, in seconds. */
  readonly roundTripTime: number;
  /** Estimate for sending, in bit/s. */
  readonly availableOutgoingBitrate: number;
  /** Estimate for receiving, in bit/s. */
  readonly availableIncomingBitrate: number;
}

/** A certificate of DTLS. */
export interface RTCCertificateStats extends RTCStats {
  /** Fingerprint, as in a=fingerprint. */
  readonly fingerprint: string;
  /** Hash of the fingerprint, such as "sha-256". */
  readonly fingerprintAlgorithm: string;
  /** The certificate (DER) in base64. */
  readonly base64Certificate: string;
  /** Id of the certificate that signed this one. */
  readonly issuerCertificateId: string;
}

/** How loud the audio of one endpoint is. */
export interface AudioLevel {
  /** The endpoint that the audio comes from. */
  readonly endpoint: MediaElement;
  /** Level of the mean power in the interval, in dBov, -127 to 0 (the loudest). */
  readonly level: number;
  /** Highest level in the interval, in dBov. */
  readonly peak: number;
  /** Whether the sender says that somebody spoke. */
  readonly voice: boolean;
}

/** What every event carries. */
export interface RaiseBaseEvent {
  /** The object that emits the event. */
  readonly source: MediaObject;
  /** When it happened, in milliseconds since 1970, as decimal text. */
  readonly timestampMillis: string;
  /** The tags of the source; empty unless sendTagsInEvents is set. */
  readonly tags: Tag[];
}

/** Something failed in the object, outside of any request. */
export interface ErrorEvent extends RaiseBaseEvent {
  /** What went wrong, for people. */
  readonly description: string;
  /** Number of the error within its type. */
  readonly errorCode: number;
  /** Kind of error, such as INVALID_URI. */
  readonly type: string;
}

/** The session with the remote side has ended. */
export interface MediaSessionTerminatedEvent extends MediaEvent {
  readonly type: 'MediaSessionTerminated';
}

/** The session with the remote side has been negotiated. */
export interface MediaSessionStartedEvent extends MediaEvent {
  readonly type: 'MediaSessionStarted';
}

/** What every event about media carries. */
export interface MediaEvent extends RaiseBaseEvent {
  /** Name of the event. */
  readonly type: string;
}

/** An object has been created, by any session. */
export interface ObjectCreatedEvent extends RaiseBaseEvent {
  /** The new object. */
  readonly object: MediaObject;
}

/** An object no longer exists. Children come before their parents. */
export interface ObjectDestroyedEvent extends RaiseBaseEvent {
  /** Id that the object had. */
  readonly objectId: string;
}

/** Media from the remote side has begun or ceased to arrive. */
export interface MediaStateChangedEvent extends MediaEvent {
  readonly type: 'MediaStateChanged';
  /** The state before. */
  readonly oldState: MediaState;
  /** The state now. */
  readonly newState: MediaState;
}

/** The transport to the remote side has come up or gone down. */
export interface ConnectionStateChangedEvent extends MediaEvent {
  readonly type: 'ConnectionStateChanged';
  /** The state before. */
  readonly oldState: ConnectionState;
  /** The state now. */
  readonly newState: ConnectionState;
}

/** Media has begun or ceased to leave the element. */
export interface MediaFlowOutStateChangedEvent extends MediaEvent {
  readonly type: 'MediaFlowOutStateChanged';
  /** The new state. */
  readonly state: MediaFlowState;
  /** Which input or output; "default" for the usual one. */
  readonly padName: string;
  /** Kind of media. */
  readonly mediaType: MediaType;
}

/** Media has begun or ceased to arrive at the element. */
export interface MediaFlowInStateChangedEvent extends MediaEvent {
  readonly type: 'MediaFlowInStateChanged';
  /** The new state. */
  readonly state: MediaFlowState;
  /** Which input or output; "default" for the usual one. */
  readonly padName: string;
  /** Kind of media. */
  readonly mediaType: MediaType;
}

/** Transcoding in the element has begun or ended, or is known not to be needed. */
export interface MediaTranscodingStateChangedEvent extends MediaEvent {
  readonly type: 'MediaTranscodingStateChanged';
  /** The new state. */
  readonly state: MediaTranscodingState;
  /** Name of the codec stage. */
  readonly binName: string;
  /** Kind of media. */
  readonly mediaType: MediaType;
}

/** The source of this event now sends media to another element. */
export interface ElementConnectedEvent extends MediaEvent {
  readonly type: 'ElementConnected';
  /** The element that receives. */
  readonly sink: MediaElement;
  /** Kind of media. */
  readonly mediaType: MediaType;
  /** Which output of the source. */
  readonly sourceMediaDescription: string;
  /** Which input of the sink. */
  readonly sinkMediaDescription: string;
}

/** The source of this event no longer sends media to another element. */
export interface ElementDisconnectedEvent extends MediaEvent {
  readonly type: 'ElementDisconnected';
  /** The element that receives. */
  readonly sink: MediaElement;
  /** Kind of media. */
  readonly mediaType: MediaType;
  /** Which output of the source. */
  readonly sourceMediaDescription: string;
  /** Which input of the sink. */
  readonly sinkMediaDescription: string;
}

/** The endpoint has been started, paused or stopped, or its media has ended. */
export interface UriEndpointStateChangedEvent extends MediaEvent {
  readonly type: 'UriEndpointStateChanged';
  /** The new state. */
  readonly state: UriEndpointState;
}

/**
 * The filter is too slow for the frames that come: for two seconds more than a tenth have been left
 * out. Told once until it has kept up for five seconds.
 */
export interface FilterOverloadedEvent extends MediaEvent {
  readonly type: 'FilterOverloaded';
  /** Frames that have come in so far. */
  readonly framesIn: number;
  /** Those that have been left out so far. */
  readonly framesDropped: number;
  /** Mean time for one of them, in microseconds. */
  readonly meanFrameMicros: number;
}

/**
 * Somebody else is the dominant speaker. Found from the audio levels that senders report (RFC 6464),
 * with hysteresis, so that coughs and short interjections change nothing. Silence changes nothing
 * either: the last speaker stays.
 */
export interface DominantSpeakerChangedEvent extends MediaEvent {
  readonly type: 'DominantSpeakerChanged';
  /** The endpoint whose user speaks. */
  readonly endpoint: MediaElement;
}

/**
 * How loud everybody is, every audioLevelInterval while there is sound and somebody listens to this
 * event.
 */
export interface AudioLevelsEvent extends MediaEvent {
  readonly type: 'AudioLevels';
  /** The sources above audioLevelThreshold, the loudest first. */
  readonly levels: AudioLevel[];
}

/** No source was above audioLevelThreshold for an interval. Told once, until there is sound again. */
export interface AudioSilenceEvent extends MediaEvent {
  readonly type: 'AudioSilence';
}

/** The video of other endpoints than before is forwarded, because of lastN. */
export interface LastNChangedEvent extends MediaEvent {
  readonly type: 'LastNChanged';
  /** Endpoints whose video is forwarded. */
  readonly forwarded: MediaElement[];
  /** Endpoints whose video is paused at all viewers. */
  readonly paused: MediaElement[];
}

/** Events of {@link MediaObject} by name. */
export interface MediaObjectEvents {
  /** Something failed in the object, outside of any request. */
  readonly Error: ErrorEvent;
}

/**
 * Anything that lives in the server and has an id: pipelines, elements, hubs and the server manager.
 * Objects form a tree; releasing one releases everything below it.
 */
export class MediaObject extends RemoteObject {
  static readonly className: string = 'MediaObject';
  declare protected readonly isMediaObject: true;
  declare readonly [eventTypes]: MediaObjectEvents;

  /** The pipeline this object belongs to; a pipeline gives itself, the server manager gives null. */
  getMediaPipeline(options?: CallOptions): Promise<MediaPipeline | null> {
    return this.read('getMediaPipeline', {}, options, 'MediaPipeline');
  }

  /**
   * The object one step up in the tree: the hub of a port, the pipeline of any other element or hub.
   * Null for pipelines and the server manager.
   */
  getParent(options?: CallOptions): Promise<MediaObject | null> {
    return this.read('getParent', {}, options, 'MediaObject');
  }

  /** Unique id: a UUID and the class, after the id of the parent and a slash. */
  getId(options?: CallOptions): Promise<string> {
    return this.read('getId', {}, options);
  }

  /**
   * The objects directly below this one, in no particular order.
   * Default: `[]`.
   */
  getChildren(options?: CallOptions): Promise<MediaObject[]> {
    return this.read('getChildren', {}, options, 'MediaObject[]');
  }

  /**
   * A free label for logs and debugging. It is the id until set; setting the empty string restores the
   * id.
   */
  getName(options?: CallOptions): Promise<string> {
    return this.read('getName', {}, options);
  }

  /**
   * Sets what {@link getName} reads: A free label for logs and debugging. It is the id until set;
   * setting the empty string restores the id.
   */
  setName(name: string, options?: CallOptions): Promise<void> {
    return this.run('setName', { name }, options);
  }

  /**
   * Whether the events of this object carry its tags.
   * Default: `false`.
   */
  getSendTagsInEvents(options?: CallOptions): Promise<boolean> {
    return this.read('getSendTagsInEvents', {}, options);
  }

  /**
   * Sets what {@link getSendTagsInEvents} reads: Whether the events of this object carry its tags.
   * Default: `false`.
   */
  setSendTagsInEvents(sendTagsInEvents: boolean, options?: CallOptions): Promise<void> {
    return this.run('setSendTagsInEvents', { sendTagsInEvents }, options);
  }

  /** When the object was created, in whole seconds since 1970-01-01 UTC. */
  getCreationTime(options?: CallOptions): Promise<number> {
    return this.read('getCreationTime', {}, options);
  }

  /**
   * Attaches a tag to the object, replacing the value of a tag that has the same key.
   * @param key Key of the tag.
   * @param value Value of the tag.
   */
  addTag(key: string, value: string, options?: CallOptions): Promise<void> {
    return this.run('addTag', { key, value }, options);
  }

  /**
   * Removes a tag. A key that is not there is no error.
   * @param key Key of the tag.
   */
  removeTag(key: string, options?: CallOptions): Promise<void> {
    return this.run('removeTag', { key }, options);
  }

  /**
   * Reads one tag; fails with MEDIA_OBJECT_TAG_KEY_NOT_FOUND when the key is not there.
   * @param key Key of the tag.
   * @returns Value of the tag.
   */
  getTag(key: string, options?: CallOptions): Promise<string> {
    return this.read('getTag', { key }, options);
  }

  /**
   * Reads all tags of the object.
   * @returns All tags, sorted by key.
   */
  getTags(options?: CallOptions): Promise<Tag[]> {
    return this.read('getTags', {}, options);
  }
}

/** Events of {@link ServerManager} by name. */
export interface ServerManagerEvents extends MediaObjectEvents {
  /** An object has been created, by any session. */
  readonly ObjectCreated: ObjectCreatedEvent;
  /** An object no longer exists. Children come before their parents. */
  readonly ObjectDestroyed: ObjectDestroyedEvent;
}

/**
 * The server itself: what it can do, what it holds and what it uses. There is exactly one, with the id
 * `manager_ServerManager`; it cannot be created or released.
 */
export class ServerManager extends MediaObject {
  static override readonly className: string = 'ServerManager';
  declare protected readonly isServerManager: true;
  declare readonly [eventTypes]: ServerManagerEvents;

  /** Version, loaded modules and capabilities of the server. */
  getInfo(options?: CallOptions): Promise<ServerInfo> {
    return this.read('getInfo', {}, options);
  }

  /**
   * All pipelines that exist in the server.
   * Default: `[]`.
   */
  getPipelines(options?: CallOptions): Promise<MediaPipeline[]> {
    return this.read('getPipelines', {}, options, 'MediaPipeline[]');
  }

  /** Ids of the sessions that own at least one object. */
  getSessions(options?: CallOptions): Promise<string[]> {
    return this.read('getSessions', {}, options);
  }

  /**
   * Free text from the configuration of the server.
   * Default: `""`.
   */
  getMetadata(options?: CallOptions): Promise<string> {
    return this.read('getMetadata', {}, options);
  }

  /**
   * Gives the descriptor of a module: its classes, types and events.
   * @param moduleName Name of a loaded module, such as `core`.
   * @returns The descriptor as JSON text.
   */
  getKmd(moduleName: string, options?: CallOptions): Promise<string> {
    return this.read('getKmd', { moduleName }, options);
  }

  /**
   * Counts the processors that the server may use, with its CPU affinity taken into account.
   * @returns Number of processors.
   */
  getCpuCount(options?: CallOptions): Promise<number> {
    return this.read('getCpuCount', {}, options);
  }

  /**
   * Measures the CPU use of the server; the answer comes when the interval is over.
   * @param interval Time over which to measure, in milliseconds. Default: `1000`.
   * @returns Percentage of all processors, 0 to 100.
   */
  getUsedCpu(interval?: number, options?: CallOptions): Promise<number> {
    return this.read('getUsedCpu', { interval }, options);
  }

  /**
   * Tells how much memory all processes of the server use together.
   * @returns Resident memory in KiB.
   */
  getUsedMemory(options?: CallOptions): Promise<number> {
    return this.read('getUsedMemory', {}, options);
  }
}

/** Events of {@link MediaElement} by name. */
export interface MediaElementEvents extends MediaObjectEvents {
  /** The source of this event now sends media to another element. */
  readonly ElementConnected: ElementConnectedEvent;
  /** The source of this event no longer sends media to another element. */
  readonly ElementDisconnected: ElementDisconnectedEvent;
  /** Media has begun or ceased to leave the element. */
  readonly MediaFlowOutStateChanged: MediaFlowOutStateChangedEvent;
  /** Media has begun or ceased to arrive at the element. */
  readonly MediaFlowInStateChanged: MediaFlowInStateChangedEvent;
  /** Transcoding in the element has begun or ended, or is known not to be needed. */
  readonly MediaTranscodingStateChanged: MediaTranscodingStateChangedEvent;
}

/**
 * A building block of a pipeline with inputs (sinks) and outputs (sources) for audio, video and data.
 * One output can feed any number of inputs; an input has one source per media type and description.
 * Where source and sink do not share a codec, media is transcoded.
 */
export class MediaElement extends MediaObject {
  static override readonly className: string = 'MediaElement';
  declare protected readonly isMediaElement: true;
  declare readonly [eventTypes]: MediaElementEvents;

  /**
   * Target bitrate of encoders in this element, in bit/s. Negative values are ignored.
   * Default: `300000`.
   */
  getEncoderBitrate(options?: CallOptions): Promise<number> {
    return this.read('getEncoderBitrate', {}, options);
  }

  /**
   * Sets what {@link getEncoderBitrate} reads: Target bitrate of encoders in this element, in bit/s.
   * Negative values are ignored.
   * Default: `300000`.
   */
  setEncoderBitrate(encoderBitrate: number, options?: CallOptions): Promise<void> {
    return this.run('setEncoderBitrate', { encoderBitrate }, options);
  }

  /**
   * Lowest bitrate that encoders in this element may use, in bit/s.
   * Default: `0`.
   */
  getMinEncoderBitrate(options?: CallOptions): Promise<number> {
    return this.read('getMinEncoderBitrate', {}, options);
  }

  /**
   * Sets what {@link getMinEncoderBitrate} reads: Lowest bitrate that encoders in this element may use,
   * in bit/s.
   * Default: `0`.
   */
  setMinEncoderBitrate(minEncoderBitrate: number, options?: CallOptions): Promise<void> {
    return this.run('setMinEncoderBitrate', { minEncoderBitrate }, options);
  }

  /**
   * Highest bitrate that encoders in this element may use, in bit/s. A value below minEncoderBitrate is
   * raised to it.
   * Default: `2147483647`.
   */
  getMaxEncoderBitrate(options?: CallOptions): Promise<number> {
    return this.read('getMaxEncoderBitrate', {}, options);
  }

  /**
   * Sets what {@link getMaxEncoderBitrate} reads: Highest bitrate that encoders in this element may use,
   * in bit/s. A value below minEncoderBitrate is raised to it.
   * Default: `2147483647`.
   */
  setMaxEncoderBitrate(maxEncoderBitrate: number, options?: CallOptions): Promise<void> {
    return this.run('setMaxEncoderBitrate', { maxEncoderBitrate }, options);
  }

  /**
   * Lists the elements that send media to this one.
   * @param mediaType Only connections of this media type; all when left out.
   * @param description Only connections with this description on the side of this element; all when left
   * out.
   * @returns The connections in which this element is the sink.
   */
  getSourceConnections(
    mediaType?: MediaType,
    description?: string,
    options?: CallOptions,
  ): Promise<ElementConnectionData[]> {
    return this.read('getSourceConnections', { mediaType, description }, options, 'ElementConnectionData[]');
  }

  /**
   * Lists the elements that receive media from this one.
   * @param mediaType Only connections of this media type; all when left out.
   * @param description Only connections with this description on the side of this element; all when left
   * out.
   * @returns The connections in which this element is the source.
   */
  getSinkConnections(
    mediaType?: MediaType,
    description?: string,
    options?: CallOptions,
  ): Promise<ElementConnectionData[]> {
    return this.read('getSinkConnections', { mediaType, description }, options, 'ElementConnectionData[]');
  }

  /**
   * Sends the media of this element to another element of the same pipeline, replacing what fed that
   * input before. May be called while media flows. Fails with CONNECT_ERROR when the pipelines differ.
   * @param sink The element that receives. It may be this element itself.
   * @param mediaType The media type; AUDIO, VIDEO and DATA when left out.
   * @param sourceMediaDescription Which of several streams of the source; "default" when left out.
   * @param sinkMediaDescription Which of several inputs of the sink; "default" when left out.
   */
  connect(
    sink: MediaElement,
    mediaType?: MediaType,
    sourceMediaDescription?: string,
    sinkMediaDescription?: string,
    options?: CallOptions,
  ): Promise<void> {
    return this.run('connect', { sink, mediaType, sourceMediaDescription, sinkMediaDescription }, options);
  }

  /**
   * Stops sending media to an element. Removing a connection that is not there is no error.
   * @param sink The element that receives. It may be this element itself.
   * @param mediaType The media type; AUDIO, VIDEO and DATA when left out.
   * @param sourceMediaDescription Which of several streams of the source; "default" when left out.
   * @param sinkMediaDescription Which of several inputs of the sink; "default" when left out.
   */
  disconnect(
    sink: MediaElement,
    mediaType?: MediaType,
    sourceMediaDescription?: string,
    sinkMediaDescription?: string,
    options?: CallOptions,
  ): Promise<void> {
    return this.run('disconnect', { sink, mediaType, sourceMediaDescription, sinkMediaDescription }, options);
  }

  /**
   * Fixes the format in which this element outputs audio; other input is transcoded to it.
   * @param caps Codec and bitrate.
   */
  setAudioFormat(caps: AudioCaps, options?: CallOptions): Promise<void> {
    return this.run('setAudioFormat', { caps }, options);
  }

  /**
   * Fixes the format in which this element outputs video; other input is transcoded to it.
   * @param caps Codec and frame rate.
   */
  setVideoFormat(caps: VideoCaps, options?: CallOptions): Promise<void> {
    return this.run('setVideoFormat', { caps }, options);
  }

  /**
   * Writes the same graph as getGstreamerDot to a file on the server.
   * @param details How much detail to show; SHOW_VERBOSE when left out.
   */
  dumpGstreamerDot(details?: GstreamerDotDetails, options?: CallOptions): Promise<void> {
    return this.run('dumpGstreamerDot', { details }, options);
  }

  /**
   * Draws what is inside: the elements that process media and how they are linked.
   * @param details How much detail to show; SHOW_VERBOSE when left out.
   * @returns The graph in the DOT language of Graphviz.
   */
  getGstreamerDot(details?: GstreamerDotDetails, options?: CallOptions): Promise<string> {
    return this.read('getGstreamerDot', { details }, options);
  }

  /**
   * Reads the statistics of the element: of its RTP streams and data channels, of the frames of filters,
   * and of latency when the pipeline measures it.
   * @param mediaType Only statistics of this media type; all when left out.
   * @returns Records by their id; null when there is nothing to report.
   */
  getStats(mediaType?: MediaType, options?: CallOptions): Promise<Record<string, AnyStats>> {
    return this.read('getStats', { mediaType }, options, 'Stats<>');
  }

  /**
   * Tells whether media arrives at an input.
   * @param mediaType AUDIO or VIDEO; DATA is refused.
   * @param sinkMediaDescription Which of several inputs; an unknown one gives false. Default:
   * `"default"`.
   * @returns True while media arrives.
   */
  isMediaFlowingIn(
    mediaType: MediaType,
    sinkMediaDescription?: string,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.read('isMediaFlowingIn', { mediaType, sinkMediaDescription }, options);
  }

  /**
   * Tells whether media leaves an output.
   * @param mediaType AUDIO or VIDEO; DATA is refused.
   * @param sourceMediaDescription Which of several outputs; an unknown one gives false. Default:
   * `"default"`.
   * @returns True while media leaves.
   */
  isMediaFlowingOut(
    mediaType: MediaType,
    sourceMediaDescription?: string,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.read('isMediaFlowingOut', { mediaType, sourceMediaDescription }, options);
  }

  /**
   * Tells whether media is being transcoded in this element.
   * @param mediaType AUDIO or VIDEO; DATA is refused.
   * @param binName Which of several codec stages, by the name in MediaTranscodingStateChanged. Default:
   * `"default"`.
   * @returns True while media is decoded and encoded again.
   */
  isMediaTranscoding(mediaType: MediaType, binName?: string, options?: CallOptions): Promise<boolean> {
    return this.read('isMediaTranscoding', { mediaType, binName }, options);
  }
}

/** An element through which media enters or leaves the pipeline: to the network or to files. */
export class Endpoint extends MediaElement {
  static override readonly className: string = 'Endpoint';
  declare protected readonly isEndpoint: true;
}

/** Events of {@link SessionEndpoint} by name. */
export interface SessionEndpointEvents extends MediaElementEvents {
  /** The session with the remote side has ended. */
  readonly MediaSessionTerminated: MediaSessionTerminatedEvent;
  /** The session with the remote side has been negotiated. */
  readonly MediaSessionStarted: MediaSessionStartedEvent;
}

/** An endpoint that holds a media session with a remote side. */
export class SessionEndpoint extends Endpoint {
  static override readonly className: string = 'SessionEndpoint';
  declare protected readonly isSessionEndpoint: true;
  declare readonly [eventTypes]: SessionEndpointEvents;
}

/**
 * A meeting point of any number of elements, which are attached to it through HubPorts. What comes in
 * through one port and goes out through another is up to the kind of hub.
 */
export class Hub extends MediaObject {
  static override readonly className: string = 'Hub';
  declare protected readonly isHub: true;

  /**
   * Draws what is inside: the elements that process media and how they are linked.
   * @param details How much detail to show; SHOW_VERBOSE when left out.
   * @returns The graph in the DOT language of Graphviz.
   */
  getGstreamerDot(details?: GstreamerDotDetails, options?: CallOptions): Promise<string> {
    return this.read('getGstreamerDot', { details }, options);
  }

  /**
   * Writes the same graph as getGstreamerDot to a file on the server.
   * @param details How much detail to show; SHOW_VERBOSE when left out.
   */
  dumpGstreamerDot(details?: GstreamerDotDetails, options?: CallOptions): Promise<void> {
    return this.run('dumpGstreamerDot', { details }, options);
  }

  /** Creates a {@link HubPort} of this hub. */
  createHubPort(options?: CallOptions): Promise<HubPort> {
    return this.createChild('HubPort', { hub: this }, options);
  }
}

/** Events of {@link Filter} by name. */
export interface FilterEvents extends MediaElementEvents {
  /**
   * The filter is too slow for the frames that come: for two seconds more than a tenth have been left
   * out. Told once until it has kept up for five seconds.
   */
  readonly FilterOverloaded: FilterOverloadedEvent;
}

/**
 * An element that changes or analyses the media on its way from input to output. One that is too slow
 * for what comes leaves frames out and delays nothing.
 */
export class Filter extends MediaElement {
  static override readonly className: string = 'Filter';
  declare protected readonly isFilter: true;
  declare readonly [eventTypes]: FilterEvents;
}

/**
 * One place in a hub. Media that an element sends to the port goes into the hub; media that the hub
 * assigns to the port comes out of it and is sent on to connected elements.
 * @example
 * ```js
 * const port = await hub.createHubPort();
 * await endpoint.connect(port); // into the hub
 * await port.connect(endpoint); // out of the hub
 * ```
 */
export class HubPort extends MediaElement {
  static override readonly className: string = 'HubPort';
  declare protected readonly isHubPort: true;
}

/**
 * Sends on what it receives, unchanged. Useful as a fixed point of a pipeline: many sinks stay
 * connected to it while its source is switched.
 * @example
 * ```js
 * const stage = await pipeline.create('PassThrough');
 * for (const viewer of viewers) await stage.connect(viewer);
 * await presenter.connect(stage); // switch everybody with one call
 * ```
 */
export class PassThrough extends MediaElement {
  static override readonly className: string = 'PassThrough';
  declare protected readonly isPassThrough: true;
}

/** Events of {@link UriEndpoint} by name. */
export interface UriEndpointEvents extends MediaElementEvents {
  /** The endpoint has been started, paused or stopped, or its media has ended. */
  readonly UriEndpointStateChanged: UriEndpointStateChangedEvent;
}

/** An endpoint that reads from or writes to a URI. */
export class UriEndpoint extends Endpoint {
  static override readonly className: string = 'UriEndpoint';
  declare protected readonly isUriEndpoint: true;
  declare readonly [eventTypes]: UriEndpointEvents;

  /** The URI given at construction, as it is. */
  getUri(options?: CallOptions): Promise<string> {
    return this.read('getUri', {}, options);
  }

  /**
   * Whether media is running, paused or stopped.
   * Default: `"STOP"`.
   */
  getState(options?: CallOptions): Promise<UriEndpointState> {
    return this.read('getState', {}, options);
  }

  /** Halts the media; it can be continued later where it halted. */
  pause(options?: CallOptions): Promise<void> {
    return this.run('pause', {}, options);
  }

  /** Ends the media and lets go of the URI. */
  stop(options?: CallOptions): Promise<void> {
    return this.run('stop', {}, options);
  }
}

/** Events of {@link MediaPipeline} by name. */
export interface MediaPipelineEvents extends MediaObjectEvents {
  /**
   * Somebody else is the dominant speaker. Found from the audio levels that senders report (RFC 6464),
   * with hysteresis, so that coughs and short interjections change nothing. Silence changes nothing
   * either: the last speaker stays.
   */
  readonly DominantSpeakerChanged: DominantSpeakerChangedEvent;
  /**
   * How loud everybody is, every audioLevelInterval while there is sound and somebody listens to this
   * event.
   */
  readonly AudioLevels: AudioLevelsEvent;
  /** No source was above audioLevelThreshold for an interval. Told once, until there is sound again. */
  readonly AudioSilence: AudioSilenceEvent;
  /** The video of other endpoints than before is forwarded, because of lastN. */
  readonly LastNChanged: LastNChangedEvent;
}

/**
 * The container in which elements and hubs are created and connected. Only elements of the same
 * pipeline can be connected. Releasing a pipeline releases everything in it.
 * @example
 * ```js
 * const pipeline = await client.create('MediaPipeline');
 * const endpoint = await pipeline.create('WebRtcEndpoint');
 * await pipeline.release();
 * ```
 */
export class MediaPipeline extends MediaObject {
  static override readonly className: string = 'MediaPipeline';
  declare protected readonly isMediaPipeline: true;
  declare readonly [eventTypes]: MediaPipelineEvents;

  /**
   * Whether the elements measure how long media takes through them; the figures appear in getStats.
   * Default: `false`.
   */
  getLatencyStats(options?: CallOptions): Promise<boolean> {
    return this.read('getLatencyStats', {}, options);
  }

  /**
   * Sets what {@link getLatencyStats} reads: Whether the elements measure how long media takes through
   * them; the figures appear in getStats.
   * Default: `false`.
   */
  setLatencyStats(latencyStats: boolean, options?: CallOptions): Promise<void> {
    return this.run('setLatencyStats', { latencyStats }, options);
  }

  /**
   * Whether media that a sink does not accept is decoded and encoded for it. When false, connecting such
   * a sink fails with CONNECT_ERROR, which names both codecs.
   * Default: `true`.
   */
  getTranscoding(options?: CallOptions): Promise<boolean> {
    return this.read('getTranscoding', {}, options);
  }

  /**
   * Sets what {@link getTranscoding} reads: Whether media that a sink does not accept is decoded and
   * encoded for it. When false, connecting such a sink fails with CONNECT_ERROR, which names both
   * codecs.
   * Default: `true`.
   */
  setTranscoding(transcoding: boolean, options?: CallOptions): Promise<void> {
    return this.run('setTranscoding', { transcoding }, options);
  }

  /**
   * Time between two AudioLevels events, in milliseconds, 100 to 60000.
   * Default: `1000`.
   */
  getAudioLevelInterval(options?: CallOptions): Promise<number> {
    return this.read('getAudioLevelInterval', {}, options);
  }

  /**
   * Sets what {@link getAudioLevelInterval} reads: Time between two AudioLevels events, in milliseconds,
   * 100 to 60000.
   * Default: `1000`.
   */
  setAudioLevelInterval(audioLevelInterval: number, options?: CallOptions): Promise<void> {
    return this.run('setAudioLevelInterval', { audioLevelInterval }, options);
  }

  /**
   * Level above which audio counts as sound, in dBov, -127 to 0. Quieter sources are not in AudioLevels;
   * when all are quieter, AudioSilence tells.
   * Default: `-50`.
   */
  getAudioLevelThreshold(options?: CallOptions): Promise<number> {
    return this.read('getAudioLevelThreshold', {}, options);
  }

  /**
   * Sets what {@link getAudioLevelThreshold} reads: Level above which audio counts as sound, in dBov,
   * -127 to 0. Quieter sources are not in AudioLevels; when all are quieter, AudioSilence tells.
   * Default: `-50`.
   */
  setAudioLevelThreshold(audioLevelThreshold: number, options?: CallOptions): Promise<void> {
    return this.run('setAudioLevelThreshold', { audioLevelThreshold }, options);
  }

  /**
   * Of how many endpoints video is forwarded: those that were the dominant speaker most recently, then
   * those that came first. The video of the others is paused at their viewers, and pinned endpoints are
   * neither paused nor counted. -1 forwards all.
   * Default: `-1`.
   */
  getLastN(options?: CallOptions): Promise<number> {
    return this.read('getLastN', {}, options);
  }

  /**
   * Sets what {@link getLastN} reads: Of how many endpoints video is forwarded: those that were the
   * dominant speaker most recently, then those that came first. The video of the others is paused at
   * their viewers, and pinned endpoints are neither paused nor counted. -1 forwards all.
   * Default: `-1`.
   */
  setLastN(lastN: number, options?: CallOptions): Promise<void> {
    return this.run('setLastN', { lastN }, options);
  }

  /**
   * Draws what is inside: the elements that process media and how they are linked.
   * @param details How much detail to show; SHOW_VERBOSE when left out.
   * @returns The graph in the DOT language of Graphviz.
   */
  getGstreamerDot(details?: GstreamerDotDetails, options?: CallOptions): Promise<string> {
    return this.read('getGstreamerDot', { details }, options);
  }

  /**
   * Writes the same graph as getGstreamerDot to a file on the server.
   * @param details How much detail to show; SHOW_VERBOSE when left out.
   */
  dumpGstreamerDot(details?: GstreamerDotDetails, options?: CallOptions): Promise<void> {
    return this.run('dumpGstreamerDot', { details }, options);
  }

  /** Creates an element or a hub in this pipeline. */
  create<Name extends keyof PipelineClasses>(
    className: Name,
    ...[params, options]: CreateArguments<PipelineClasses[Name]['params']>
  ): Promise<PipelineClasses[Name]['object']> {
    return this.createChild(className, { ...params, mediaPipeline: this }, options);
  }
}

/**
 * An endpoint that negotiates its session by SDP offer and answer (RFC 3264): it makes offers, or it
 * answers them. A connected endpoint can be negotiated anew, unless the server is configured
 * otherwise.
 */
export class SdpEndpoint extends SessionEndpoint {
  static override readonly className: string = 'SdpEndpoint';
  declare protected readonly isSdpEndpoint: true;

  /**
   * Most audio the remote side may send, in kbit/s; announced as b=AS. 0 means no limit. Set it before
   * negotiating.
   * Default: `0`.
   */
  getMaxAudioRecvBandwidth(options?: CallOptions): Promise<number> {
    return this.read('getMaxAudioRecvBandwidth', {}, options);
  }

  /**
   * Sets what {@link getMaxAudioRecvBandwidth} reads: Most audio the remote side may send, in kbit/s;
   * announced as b=AS. 0 means no limit. Set it before negotiating.
   * Default: `0`.
   */
  setMaxAudioRecvBandwidth(maxAudioRecvBandwidth: number, options?: CallOptions): Promise<void> {
    return this.run('setMaxAudioRecvBandwidth', { maxAudioRecvBandwidth }, options);
  }

  /**
   * Most video the remote side may send, in kbit/s; announced as b=AS. 0 means no limit. Set it before
   * negotiating.
   * Default: `0`.
   */
  getMaxVideoRecvBandwidth(options?: CallOptions): Promise<number> {
    return this.read('getMaxVideoRecvBandwidth', {}, options);
  }

  /**
   * Sets what {@link getMaxVideoRecvBandwidth} reads: Most video the remote side may send, in kbit/s;
   * announced as b=AS. 0 means no limit. Set it before negotiating.
   * Default: `0`.
   */
  setMaxVideoRecvBandwidth(maxVideoRecvBandwidth: number, options?: CallOptions): Promise<void> {
    return this.run('setMaxVideoRecvBandwidth', { maxVideoRecvBandwidth }, options);
  }

  /**
   * Makes an offer for the remote side. While it waits for the answer no other can be made.
   * @param options Which media to offer; audio and video when left out.
   * @returns The offer (SDP).
   */
  generateOffer(options?: OfferOptionsInit, callOptions?: CallOptions): Promise<string> {
    return this.call('generateOffer', { options }, callOptions);
  }

  /**
   * Answers an offer of the remote side, the first one or a later one. Not while an offer of
   * generateOffer waits for its answer.
   * @param offer The offer of the remote side (SDP).
   * @returns The answer (SDP).
   */
  processOffer(offer: string, options?: CallOptions): Promise<string> {
    return this.call('processOffer', { offer }, options);
  }

  /**
   * Takes in the answer to an offer of generateOffer.
   * @param answer The answer of the remote side (SDP).
   * @returns The local description (SDP) as it now stands.
   */
  processAnswer(answer: string, options?: CallOptions): Promise<string> {
    return this.call('processAnswer', { answer }, options);
  }

  /**
   * Reads the local description; fails before an offer or answer was made.
   * @returns The local description (SDP), with the candidates found so far.
   */
  getLocalSessionDescriptor(options?: CallOptions): Promise<string> {
    return this.read('getLocalSessionDescriptor', {}, options);
  }

  /**
   * Reads the remote description; fails before one was processed.
   * @returns The remote description (SDP).
   */
  getRemoteSessionDescriptor(options?: CallOptions): Promise<string> {
    return this.read('getRemoteSessionDescriptor', {}, options);
  }
}

/** Events of {@link BaseRtpEndpoint} by name. */
export interface BaseRtpEndpointEvents extends SessionEndpointEvents {
  /** Media from the remote side has begun or ceased to arrive. */
  readonly MediaStateChanged: MediaStateChangedEvent;
  /** The transport to the remote side has come up or gone down. */
  readonly ConnectionStateChanged: ConnectionStateChangedEvent;
}

/** An endpoint that sends and receives media over RTP, with congestion control by REMB. */
export class BaseRtpEndpoint extends SdpEndpoint {
  static override readonly className: string = 'BaseRtpEndpoint';
  declare protected readonly isBaseRtpEndpoint: true;
  declare readonly [eventTypes]: BaseRtpEndpointEvents;

  /**
   * Lowest bandwidth the remote side is ever asked to reduce its video to, in kbit/s.
   * Default: `100`.
   */
  getMinVideoRecvBandwidth(options?: CallOptions): Promise<number> {
    return this.read('getMinVideoRecvBandwidth', {}, options);
  }

  /**
   * Sets what {@link getMinVideoRecvBandwidth} reads: Lowest bandwidth the remote side is ever asked to
   * reduce its video to, in kbit/s.
   * Default: `100`.
   */
  setMinVideoRecvBandwidth(minVideoRecvBandwidth: number, options?: CallOptions): Promise<void> {
    return this.run('setMinVideoRecvBandwidth', { minVideoRecvBandwidth }, options);
  }

  /**
   * Lowest bandwidth to which sent video is reduced, in kbit/s. Values above maxVideoSendBandwidth are
   * lowered to it.
   * Default: `100`.
   */
  getMinVideoSendBandwidth(options?: CallOptions): Promise<number> {
    return this.read('getMinVideoSendBandwidth', {}, options);
  }

  /**
   * Sets what {@link getMinVideoSendBandwidth} reads: Lowest bandwidth to which sent video is reduced,
   * in kbit/s. Values above maxVideoSendBandwidth are lowered to it.
   * Default: `100`.
   */
  setMinVideoSendBandwidth(minVideoSendBandwidth: number, options?: CallOptions): Promise<void> {
    return this.run('setMinVideoSendBandwidth', { minVideoSendBandwidth }, options);
  }

  /**
   * Highest bandwidth for sent video, in kbit/s; 0 means no limit.
   * Default: `500`.
   */
  getMaxVideoSendBandwidth(options?: CallOptions): Promise<number> {
    return this.read('getMaxVideoSendBandwidth', {}, options);
  }

  /**
   * Sets what {@link getMaxVideoSendBandwidth} reads: Highest bandwidth for sent video, in kbit/s; 0
   * means no limit.
   * Default: `500`.
   */
  setMaxVideoSendBandwidth(maxVideoSendBandwidth: number, options?: CallOptions): Promise<void> {
    return this.run('setMaxVideoSendBandwidth', { maxVideoSendBandwidth }, options);
  }

  /**
   * CONNECTED while media arrives from the remote side.
   * Default: `"DISCONNECTED"`.
   */
  getMediaState(options?: CallOptions): Promise<MediaState> {
    return this.read('getMediaState', {}, options);
  }

  /**
   * CONNECTED while there is a transport to the remote side.
   * Default: `"DISCONNECTED"`.
   */
  getConnectionState(options?: CallOptions): Promise<ConnectionState> {
    return this.read('getConnectionState', {}, options);
  }

  /**
   * Largest size of an RTP packet that this endpoint makes itself, in bytes, without IP and UDP headers.
   * Default: `1200`.
   */
  getMtu(options?: CallOptions): Promise<number> {
    return this.read('getMtu', {}, options);
  }

  /**
   * Sets what {@link getMtu} reads: Largest size of an RTP packet that this endpoint makes itself, in
   * bytes, without IP and UDP headers.
   * Default: `1200`.
   */
  setMtu(mtu: number, options?: CallOptions): Promise<void> {
    return this.run('setMtu', { mtu }, options);
  }

  /**
   * Tuning of the bandwidth estimation. Setting replaces the whole set: members left out return to their
   * defaults.
   * Default: `{}`.
   */
  getRembParams(options?: CallOptions): Promise<RembParams> {
    return this.read('getRembParams', {}, options);
  }

  /**
   * Sets what {@link getRembParams} reads: Tuning of the bandwidth estimation. Setting replaces the
   * whole set: members left out return to their defaults.
   * Default: `{}`.
   */
  setRembParams(rembParams: RembParamsInit, options?: CallOptions): Promise<void> {
    return this.run('setRembParams', { rembParams }, options);
  }

  /**
   * The largest picture that this endpoint sends of a source with several: encodings of simulcast, or
   * spatial layers, counted from 0, the smallest. -1 sends the best that the receiver can take.
   * Default: `-1`.
   */
  getMaxSpatialLayer(options?: CallOptions): Promise<number> {
    return this.read('getMaxSpatialLayer', {}, options);
  }

  /**
   * Sets what {@link getMaxSpatialLayer} reads: The largest picture that this endpoint sends of a source
   * with several: encodings of simulcast, or spatial layers, counted from 0, the smallest. -1 sends the
   * best that the receiver can take.
   * Default: `-1`.
   */
  setMaxSpatialLayer(maxSpatialLayer: number, options?: CallOptions): Promise<void> {
    return this.run('setMaxSpatialLayer', { maxSpatialLayer }, options);
  }

  /**
   * The most pictures a second that this endpoint sends of a source with temporal layers, counted from
   * 0, the fewest. -1 sends as many as the receiver can take.
   * Default: `-1`.
   */
  getMaxTemporalLayer(options?: CallOptions): Promise<number> {
    return this.read('getMaxTemporalLayer', {}, options);
  }

  /**
   * Sets what {@link getMaxTemporalLayer} reads: The most pictures a second that this endpoint sends of
   * a source with temporal layers, counted from 0, the fewest. -1 sends as many as the receiver can
   * take.
   * Default: `-1`.
   */
  setMaxTemporalLayer(maxTemporalLayer: number, options?: CallOptions): Promise<void> {
    return this.run('setMaxTemporalLayer', { maxTemporalLayer }, options);
  }

  /**
   * Whether video of this endpoint is forwarded whatever the lastN of the pipeline says: for a shared
   * screen, a lecturer.
   * Default: `false`.
   */
  getPinned(options?: CallOptions): Promise<boolean> {
    return this.read('getPinned', {}, options);
  }

  /**
   * Sets what {@link getPinned} reads: Whether video of this endpoint is forwarded whatever the lastN of
   * the pipeline says: for a shared screen, a lecturer.
   * Default: `false`.
   */
  setPinned(pinned: boolean, options?: CallOptions): Promise<void> {
    return this.run('setPinned', { pinned }, options);
  }

  /**
   * Asks the source of this endpoint for a complete picture now. Must be called on the receiving end of
   * a connection.
   */
  requestKeyframe(options?: CallOptions): Promise<void> {
    return this.run('requestKeyframe', {}, options);
  }
}
