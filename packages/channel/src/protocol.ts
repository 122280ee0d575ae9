import type { Channel } from './channel.js';

/** What a media worker does for the signaling plane. The worker gets decoded parameters and gives plain values. */
export interface WorkerMethods {
  /** The first message. Once it is answered the worker is ready. `port` is the UDP port that it really uses. */
  configure: { params: WorkerConfiguration; result: { pid: number; port: number } };
  /** Makes an object. The server chooses the id, so that the directory and the worker never disagree. */
  create: {
    params: { id: string; type: string; parent: string | null; params: Record<string, unknown> };
    result: null;
  };
  /** Runs an operation, named as on the wire: `getName`, `setName`, `connect`. */
  invoke: {
    params: { object: string; operation: string; params: Record<string, unknown> };
    result: unknown;
  };
  /** Ends an object and everything below it. Unknown objects are no error. */
  release: { params: { object: string }; result: null };
  /** Asks for events of one type of one object. The server counts: it sends the first subscription only. */
  subscribe: { params: { object: string; event: string }; result: null };
  /** Ends what `subscribe` asked for: sent with the last subscription that goes. */
  unsubscribe: { params: { object: string; event: string }; result: null };
  /** Figures for load and memory; also the liveness probe. */
  status: { params: Record<string, never>; result: WorkerStatus };
  /** Ends everything in order. The server closes the link after the answer. */
  shutdown: { params: Record<string, never>; result: null };
}

export interface WorkerEvents {
  /** `data` without `source`, `tags`, `timestampMillis` and `type`, which the server adds. */
  objectEvent: {
    object: string;
    type: string;
    timestampMillis: number;
    tags: { key: string; value: string }[];
    data: Record<string, unknown>;
  };
}

export interface WorkerStatus {
  /** Resident set size in bytes. */
  rssBytes: number;
  /** User and system time since the start of the process, in microseconds. */
  cpuMicros: number;
  pipelines: number;
  objects: number;
}

export interface WorkerConfiguration {
  /** 0 … number of workers − 1. */
  index: number;
  logLevel: string;
  logPretty: boolean;
  /** URLs of the main files of the modules, in the order in which they are loaded. */
  modules: string[];
  media: MediaConfiguration;
}

export interface MediaConfiguration {
  /** UDP port of worker 0; worker i uses port + i. 0 means any free port for each. */
  port: number;
  /** Whether endpoints can be reached over TCP too (ICE-TCP, RFC 6544). */
  iceTcp: boolean;
  /** TCP port of worker 0; worker i uses tcpPort + i. 0: the same numbers as UDP. */
  tcpPort: number;
  /** Names or addresses of the interfaces to listen on. Empty: all but loopback, and loopback as `loopback` says. */
  interfaces: string[];
  /** auto: loopback only where there is nothing else. */
  loopback: 'auto' | 'always' | 'never';
  /** Announced instead of the host addresses; empty: none. */
  externalIPv4: string;
  externalIPv6: string;
  /** Defaults that fresh endpoints get, Kurento's settings of the same names. */
  networkInterfaces: string;
  stunServerAddress: string;
  stunServerPort: number;
  turnUrl: string;
  /** PEM file with the authorities that TURN servers' certificates are checked against; empty: those of the system. */
  turnCaFile: string;
  /** UDP ports of RtpEndpoints: even ones for RTP, the next one for RTCP. All workers share them. */
  rtpPortMin: number;
  rtpPortMax: number;
  /**
   * Whose plain RTP is taken: latch: the first valid source's, as for peers behind a NAT; sdp: only that of the address
   * in the description.
   */
  rtpSource: 'latch' | 'sdp';
  /** Whether FEC among the video of a sender (ULPFEC in RED) is answered where it is offered. */
  ulpfec: boolean;
  /** DSCPValue that media is marked with where the endpoint does not say; NO_DSCP: none. */
  qosDscp: string;
  /** Packets after which an RtpEndpoint says that its SRTP key is to be replaced (OnKeySoftLimit). */
  srtpKeySoftLimit: number;
  maxSdpBytes: number;
  /** Whether a negotiated endpoint takes further offers; false is Kurento's rule (SDP_END_POINT_ALREADY_NEGOTIATED). */
  renegotiation: boolean;
  maxSsrcsPerEndpoint: number;
  /** Packets of one peer that are taken in a second; 0: any number. */
  maxPacketsPerSecond: number;
  /** STUN messages of one address without a call that are taken in a second; 0: any number. */
  maxStunPerSecond: number;
  /** Bytes of sent packets kept for retransmission. */
  historyBytes: number;
  /** Whether to use UDP generic segmentation offload. */
  gso: boolean;
  /** Native threads of each worker that encrypt and send what large broadcasts need; 0: none. */
  senderThreads: number;
  /** Whether media that a receiver does not accept is decoded and encoded for it. */
  transcoding: 'allow' | 'forbid';
  /** Sources of each worker that are encoded once more, smaller, for receivers too weak for them; 0: none. */
  weakReceiverEncodings: number;
  /** When a graph process waits for its pipeline: never, after the first use, or from the start of the worker. */
  warmSpare: 'never' | 'auto' | 'always';
  /** Silence after which a graph process is killed. */
  graphTimeoutSeconds: number;
  /** What clients may run as a GStreamerFilter: names of elements, `effects`, `*`. */
  gstreamerFilterElements: string[];
  /** Folder for recordings until they are uploaded; empty = a folder of the system's for temporary files. */
  spoolDirectory: string;
  /** Whether players verify certificates of servers. */
  tlsVerify: boolean;
  /** PEM file of authorities that players trust besides the system's; empty for none. */
  tlsCaFile: string;
  /** What a recorder does about gaps of lost sound (Kurento: GapsFixMethod). */
  recorderGapsFix: 'NONE' | 'GENPTS';
  /** Where players and filters may read and recorders may write files. */
  folders: readonly string[];
  /** What they may open. */
  uriSchemes: readonly string[];
  /** Names (`*.` matches any beginning) and networks that they may reach; empty: any but link-local addresses. */
  uriHosts: readonly string[];
  /** For recordings to s3: URIs; empty = as the environment says. */
  s3Endpoint: string;
  s3Region: string;
  s3AccessKeyId: string;
  s3SecretAccessKey: string;
}

/** For a side that handles no methods or emits no events. */
export type Nothing = Record<never, never>;

/** The worker's end: it handles the methods and emits the events. */
export type WorkerEnd = Channel<WorkerMethods, Nothing, WorkerEvents, Nothing>;

/** The server's end. */
export type ServerEnd = Channel<Nothing, WorkerMethods, Nothing, WorkerEvents>;
