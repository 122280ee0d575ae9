import type { Channel, Nothing } from '@rivero/channel';

/**
 * What a media worker and one of its graph processes say to each other. Ids are chosen by the worker. A *stream* is media
 * of one kind inside the graph: that of an RTP input (its id is the input's), or an output of an element (`elementId/name`).
 */

export type StreamKind = 'audio' | 'video';

/** Codecs that go in and out of the graph by RTP, as their encoding names. */
export const RTP_CODECS: readonly string[] = [
  'VP8',
  'VP9',
  'AV1',
  'H264',
  'H265',
  'H263-1998',
  'H263',
  'opus',
  'PCMU',
  'PCMA',
  'G722',
  'speex',
  'AMR',
  'AMR-WB',
];

/** A codec as RTP and SDP name it (RFC 4855). */
export interface StreamCodec {
  /** Encoding name, compared without regard to case: `VP8`, `opus`, `PCMU`. */
  name: string;
  /** Hz of the RTP clock. */
  clockRate: number;
  channels: number;
  /** Format parameters by their names in lower case. */
  parameters: Record<string, string>;
}

/** What an encoder is to make. All who want the same share one encoder. */
export interface EncodeDemand {
  codec: StreamCodec;
  /** Video no larger than this; smaller video stays as it is, the aspect ratio is kept. */
  maxWidth?: number;
  maxHeight?: number;
  /** Frames per second; a slower source stays as it is. */
  maxFramerate?: number;
  /** bit/s to begin with. */
  bitrate?: number;
  /** Demands of different classes never share an encoder, so that each can have a bitrate of its own. */
  bitrateClass?: string;
}

export interface InputRequest {
  input: string;
  kind: StreamKind;
  codec: StreamCodec;
  payloadType: number;
}

/** Where the worker sends the RTP, and the sender reports, of an input. */
export interface InputPorts {
  rtpPort: number;
  rtcpPort: number;
}

export interface OutputRequest {
  output: string;
  /** The stream to send. */
  stream: string;
  /** Undefined: the stream as it is encoded already; refused where it is not. */
  encode?: EncodeDemand;
  /** UDP port of the worker on 127.0.0.1. */
  port: number;
  ssrc: number;
  payloadType: number;
  /** Bytes of the largest RTP packet. */
  mtu: number;
}

export interface OutputInfo {
  /** UDP port on 127.0.0.1 from which the packets come. */
  port: number;
  codec: StreamCodec;
  /**
   * The clock of the RTP timestamps: they are 0 at this time of the monotonic clock (ns), so that whoever forwards them can make
   * sender reports for them.
   */
  timestampOrigin: number;
}

export interface ElementRequest {
  element: string;
  /** Name in the graph's table of elements. */
  type: string;
  params: Record<string, unknown>;
}

export interface GraphStatus {
  rssBytes: number;
  /** User and system time since the start of the process, µs. */
  cpuMicros: number;
  inputs: number;
  outputs: number;
  elements: number;
  /** Decoders and encoders at work. */
  branches: number;
}

/** What an element that works on frames has done so far. */
export interface FrameStatistics {
  /** Pictures, or pieces of sound, that came in. */
  framesIn: number;
  framesOut: number;
  /** Frames that it has worked on; less than came out when media goes past an element that only looks. */
  framesProcessed: number;
  /** Left out because it was still at work on earlier ones: they did not come out, or were not looked at. */
  framesDropped: number;
  /** Time that it took for a frame, with what it takes to convert it before and after, µs. 0 while there was none. */
  meanMicros: number;
  maxMicros: number;
}

/** Which servers players trust over TLS. */
export interface TlsTrust {
  /** Whether certificates are verified at all. */
  readonly verify: boolean;
  /** PEM file of authorities that are trusted besides the system's; empty for none. */
  readonly caFile: string;
}

export interface GraphMethods {
  /** The first message. Fails with MEDIA_OBJECT_NOT_AVAILABLE where GStreamer is missing. */
  start: { params: { name: string; trust?: TlsTrust }; result: { pid: number; gstreamer: string } };
  createInput: { params: InputRequest; result: InputPorts };
  removeInput: { params: { input: string }; result: null };
  /** Makes everything ready; nothing is sent before `startOutput`. */
  createOutput: { params: OutputRequest; result: OutputInfo };
  /** The worker knows where the packets of an output come from: they may flow. */
  startOutput: { params: { output: string }; result: null };
  removeOutput: { params: { output: string }; result: null };
  /** Bitrate (bit/s) for the encoder of an output. */
  setOutputBitrate: { params: { output: string; bitrate: number }; result: null };
  /** Asks the encoder of an output, or whoever sends the stream, for a key frame. */
  requestKeyFrame: { params: { output: string }; result: null };
  createElement: { params: ElementRequest; result: unknown };
  /** Calls a method of an element. */
  invoke: { params: { element: string; method: string; params: Record<string, unknown> }; result: unknown };
  /** Null for elements that don't work on frames, or that are unknown. */
  statistics: { params: { element: string }; result: FrameStatistics | null };
  /** Unknown elements are no error. */
  releaseElement: { params: { element: string }; result: null };
  /** Gives a stream to an input of an element, in place of what it has now. */
  connect: { params: { stream: string; element: string; input: string }; result: null };
  disconnect: { params: { element: string; input: string }; result: null };
  /** Graphviz text of the whole graph, or of what belongs to one element, input or output. */
  dot: { params: { id?: string }; result: string };
  /** Figures, and the sign of life. */
  status: { params: Record<string, never>; result: GraphStatus };
  /** Ends everything in order; the worker closes the link after the answer. */
  shutdown: { params: Record<string, never>; result: null };
}

export interface GraphEvents {
  /** Somebody needs a key frame of an input's stream. */
  keyFrameRequest: { input: string };
  /** Besides those of each element: `error { message }`, and `overloaded`, with the FrameStatistics, when it can't keep up. */
  elementEvent: { element: string; type: string; data: Record<string, unknown> };
  /** An input of an element has got a stream, or let go of it (undefined). `transcodes`: it is decoded or encoded for that. */
  inputTaken: { element: string; input: string; stream: string | undefined; transcodes: boolean };
  /** An element has a new output, or one that changed. `codec`: it is encoded so already. */
  streamAdded: { stream: string; kind: StreamKind; codec?: StreamCodec };
  /** Media began to come out of an element's output, or stopped. */
  streamFlowing: { stream: string; flowing: boolean };
  streamRemoved: { stream: string };
  /** An output can't go on: its codec failed. It is gone. */
  outputFailed: { output: string; message: string };
  /** An input takes nothing any more. It is gone. */
  inputFailed: { input: string; message: string };
}

/** The graph's end of the link: it handles the methods and emits the events. */
export type GraphEnd = Channel<GraphMethods, Nothing, GraphEvents, Nothing>;

/** The worker's end. */
export type WorkerGraphEnd = Channel<Nothing, GraphMethods, Nothing, GraphEvents>;

/** Id of the header extension (RFC 8285) that says of an RTP packet between worker and graph whether a key frame begins with it: one byte, 1 or 0. */
export const KEY_FRAME_MARK_ID = 14;

/** RTP packets of a PacketProcessor, which go past the graph to its thread: parameters of its method `openPackets`. */
export interface PacketsRequest {
  /** UDP port of the worker on 127.0.0.1. */
  port: number;
  streams: readonly {
    kind: StreamKind;
    /** SSRC of what comes from the worker. */
    input: number;
    /** SSRC of what goes back. */
    output: number;
  }[];
}

/** What a payload type stands for from now on: parameters of the method `packetCodec` of a PacketProcessor. */
export interface PacketCodecRequest {
  payloadType: number;
  name: string;
  clockRate: number;
}

/** What the start of an element of a module answers, as far as it concerns its kind. */
export interface ModuleElementInfo {
  kind?: StreamKind;
  takesData?: boolean;
  /** Of a PacketProcessor with `onPacket`. */
  packets?: { passive: boolean; opaque: boolean; whenBroken: 'pass' | 'drop' };
}
