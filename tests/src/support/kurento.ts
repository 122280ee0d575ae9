/**
 * The official Kurento clients, unmodified, with types for what the tests use of them. Both packages are
 * CommonJS without type declarations.
 */
import { existsSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

export type MediaType = 'AUDIO' | 'VIDEO' | 'DATA';

/** A candidate as RTCIceCandidate.toJSON gives it and as Kurento's IceCandidate holds it. */
export interface Candidate {
  candidate: string;
  sdpMid: string;
  sdpMLineIndex: number;
}

export interface MediaObject {
  readonly id: string;
  on(event: string, listener: (event: Record<string, unknown>) => void): void;
  release(): Promise<void>;
  getName(callback?: (error: { code: number } | null, name: string) => void): Promise<string>;
}

export interface MediaElement extends MediaObject {
  addTag(key: string, value: string): Promise<void>;
  removeTag(key: string): Promise<void>;
  connect(sink: MediaElement, mediaType?: MediaType): Promise<void>;
  disconnect(sink: MediaElement, mediaType?: MediaType): Promise<void>;
  isMediaFlowingIn(mediaType: MediaType): Promise<boolean>;
  isMediaFlowingOut(mediaType: MediaType): Promise<boolean>;
  setVideoFormat(caps: unknown): Promise<void>;
  isMediaTranscoding(mediaType: MediaType): Promise<boolean>;
  getStats(mediaType?: MediaType): Promise<Record<string, Record<string, unknown>>>;
}

export interface RtpEndpoint extends MediaElement {
  processOffer(offer: string): Promise<string>;
}

export interface WebRtcEndpoint extends MediaElement {
  processOffer(offer: string): Promise<string>;
  generateOffer(): Promise<string>;
  processAnswer(answer: string): Promise<string>;
  gatherCandidates(): Promise<void>;
  addIceCandidate(candidate: unknown): Promise<void>;
  getConnectionState(): Promise<string>;
  getMediaState(): Promise<string>;
  getLocalSessionDescriptor(): Promise<string>;
  getICECandidatePairs(): Promise<Record<string, unknown>[]>;
  setNetworkInterfaces(networkInterfaces: string): Promise<void>;
  setTurnUrl(turnUrl: string): Promise<void>;
}

export interface RecorderEndpoint extends MediaElement {
  record(): Promise<void>;
  pause(): Promise<void>;
  stop(): Promise<void>;
  stopAndWait(): Promise<void>;
  getState(): Promise<string>;
}

export interface HttpPostEndpoint extends MediaElement {
  getUrl(): Promise<string>;
}

export type HubPort = MediaElement;

export interface Hub extends MediaObject {
  createHubPort(): Promise<HubPort>;
}

export interface FaceOverlayFilter extends MediaElement {
  setOverlayedImage(
    uri: string,
    offsetXPercent: number,
    offsetYPercent: number,
    widthPercent: number,
    heightPercent: number,
  ): Promise<void>;
  unsetOverlayedImage(): Promise<void>;
}

export interface AlphaBlending extends Hub {
  setMaster(source: HubPort, zOrder: number): Promise<void>;
  setPortProperties(
    relativeX: number,
    relativeY: number,
    zOrder: number,
    relativeWidth: number,
    relativeHeight: number,
    port: HubPort,
  ): Promise<void>;
}

export interface Mixer extends Hub {
  connect(media: MediaType, source: HubPort, sink: HubPort): Promise<void>;
  disconnect(media: MediaType, source: HubPort, sink: HubPort): Promise<void>;
}

export interface VideoInfo {
  isSeekable: boolean;
  seekableInit: number;
  seekableEnd: number;
  duration: number;
}

export interface PlayerEndpoint extends MediaElement {
  on(type: 'UriEndpointStateChanged', listener: (event: { state: string }) => void): void;
  on(type: string, listener: (event: Record<string, unknown>) => void): void;
  play(): Promise<void>;
  pause(): Promise<void>;
  stop(): Promise<void>;
  getState(): Promise<string>;
  getPosition(): Promise<number>;
  setPosition(position: number): Promise<void>;
  getVideoInfo(): Promise<VideoInfo>;
  getElementGstreamerDot(): Promise<string>;
}

export interface MediaPipeline extends MediaObject {
  create(type: 'PlayerEndpoint', params: { uri: string; networkCache?: number }): Promise<PlayerEndpoint>;
  create(type: 'WebRtcEndpoint', params?: Record<string, unknown>): Promise<WebRtcEndpoint>;
  create(type: 'RtpEndpoint', params?: Record<string, unknown>): Promise<RtpEndpoint>;
  create(type: 'PassThrough'): Promise<MediaElement>;
  create(type: 'GStreamerFilter', params: Record<string, unknown>): Promise<MediaElement>;
  create(type: 'RecorderEndpoint', params: Record<string, unknown>): Promise<RecorderEndpoint>;
  create(type: 'ZBarFilter'): Promise<MediaElement>;
  create(type: 'ImageOverlayFilter'): Promise<MediaElement>;
  create(type: 'FaceOverlayFilter'): Promise<FaceOverlayFilter>;
  create(type: 'HttpPostEndpoint', params?: { disconnectionTimeout?: number }): Promise<HttpPostEndpoint>;
  create(type: 'Composite', params?: Record<string, unknown>): Promise<Hub>;
  create(type: 'AlphaBlending'): Promise<AlphaBlending>;
  create(type: 'Mixer'): Promise<Mixer>;
  setLatencyStats(latencyStats: boolean): Promise<void>;
  getChildren(): Promise<MediaObject[]>;
  getGstreamerDot(): Promise<string>;
}

export interface ServerManager extends MediaObject {
  getPipelines(): Promise<MediaPipeline[]>;
}

export interface KurentoClient {
  readonly sessionId: string;
  create(type: 'MediaPipeline'): Promise<MediaPipeline>;
  getServerManager(): Promise<ServerManager>;
  getMediaobjectById(id: string): Promise<MediaObject>;
  on(event: string, listener: (...args: unknown[]) => void): void;
  close(): void;
}

interface ClientOptions {
  /** Attempts to connect again. */
  failAfter?: number;
  /** How long (ms) an answered request is remembered, with a timer that keeps the process alive. */
  duplicates_timeout?: number;
}

interface KurentoModule {
  (uri: string, options?: ClientOptions): Promise<KurentoClient>;
  getComplexType(name: 'IceCandidate' | 'VideoCaps' | 'Fraction'): (values: object) => unknown;
}

export const kurento7 = require('kurento-client') as KurentoModule;

/** Connects a client to a server; close() it before the test ends. */
export function openClient(uri: string, failAfter = Infinity, kurento = kurento7): Promise<KurentoClient> {
  return kurento(uri, { failAfter, duplicates_timeout: 500 });
}

/**
 * kurento-client 6.18. It is installed under another name, while its parts look for it as `kurento-client`: a link to
 * itself gives it the place among its own modules that it has in an installation without the current one.
 */
export function loadKurento6(): KurentoModule {
  const folder = fileURLToPath(new URL('../../../node_modules/kurento-client-6', import.meta.url));
  const link = join(folder, 'node_modules', 'kurento-client');
  if (!existsSync(link)) symlinkSync('..', link);
  return require('kurento-client-6') as KurentoModule;
}

/** Makes the value class that a client wants as a parameter of addIceCandidate. */
export function iceCandidate(client: KurentoModule, candidate: Candidate): unknown {
  const { candidate: line, sdpMid, sdpMLineIndex } = candidate;
  return client.getComplexType('IceCandidate')({ candidate: line, sdpMid, sdpMLineIndex });
}

/** Asks an object for its name; resolves with the code of the error, if any. (Without a callback the client prints errors only.) */
export function errorCode(object: MediaObject): Promise<number | undefined> {
  return new Promise((resolve) => void object.getName((error) => resolve(error?.code)));
}

export interface RecordedEvent {
  type: string;
  data: Record<string, unknown>;
  /** When it arrived, in milliseconds of performance.now(). */
  at: number;
}

/** Subscribes to events of an object and keeps them in the order of their arrival. */
export function recordEvents(object: MediaObject, types: readonly string[]): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (const type of types) {
    object.on(type, (data) => events.push({ type, data, at: performance.now() }));
  }
  return events;
}

/** Calls an operation that Kurento does not have, and its client no method for. */
export function invokeBeyond<T>(
  object: MediaObject,
  operation: string,
  params: Record<string, unknown> = {},
): Promise<T> {
  const { _invoke: invoke } = object as unknown as {
    _invoke: (
      transaction: undefined,
      method: string,
      params: Record<string, unknown>,
      callback: (error: Error | null, result: T) => void,
    ) => unknown;
  };
  return new Promise((resolve, reject) => {
    invoke.call(object, undefined, operation, params, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}
