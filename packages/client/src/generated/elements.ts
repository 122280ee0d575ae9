// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { eventTypes } from '../objects/remote-object.js';
import type { CallOptions } from '../objects/scope.js';
import {
  BaseRtpEndpoint,
  type BaseRtpEndpointEvents,
  Hub,
  type HubPort,
  type MediaEvent,
  type MediaType,
  SessionEndpoint,
  type SessionEndpointEvents,
  UriEndpoint,
  type UriEndpointEvents,
} from './core.js';

/**
 * What a recording contains: WEBM holds VP8 and Opus, MKV and MP4 hold H.264 and AAC, JPEG_VIDEO_ONLY
 * a series of pictures, KURENTO_SPLIT_RECORDER a file per stream, FLV H.264 and AAC.
 */
export type MediaProfileSpecType =
  | 'WEBM'
  | 'MKV'
  | 'MP4'
  | 'WEBM_VIDEO_ONLY'
  | 'WEBM_AUDIO_ONLY'
  | 'MKV_VIDEO_ONLY'
  | 'MKV_AUDIO_ONLY'
  | 'MP4_VIDEO_ONLY'
  | 'MP4_AUDIO_ONLY'
  | 'JPEG_VIDEO_ONLY'
  | 'KURENTO_SPLIT_RECORDER'
  | 'FLV';

/** Length of media and where it can be entered. */
export interface VideoInfo {
  /** Whether the position can be set. */
  readonly isSeekable: boolean;
  /** First position that can be set, in milliseconds. */
  readonly seekableInit: number;
  /** Last position that can be set, in milliseconds. */
  readonly seekableEnd: number;
  /** Length in milliseconds. */
  readonly duration: number;
}

/**
 * GRID: all pictures of one size. SPEAKER: the main one large, the others in a row below it.
 * PICTURE_IN_PICTURE: the others small in the corner of the main one. SINGLE: the main one only.
 */
export type CompositeLayout = 'GRID' | 'SPEAKER' | 'PICTURE_IN_PICTURE' | 'SINGLE';

/** Where a label lies on a picture. */
export type LabelPosition = 'TOP_LEFT' | 'TOP' | 'TOP_RIGHT' | 'BOTTOM_LEFT' | 'BOTTOM' | 'BOTTOM_RIGHT';

/**
 * What a recorder does about gaps in its input: nothing, new timestamps without the gap, or filling it
 * with repeated frames and silence where media is transcoded.
 */
export type GapsFixMethod = 'NONE' | 'GENPTS' | 'FILL_IF_TRANSCODING';

/** Cipher and authentication of SRTP (RFC 4568, RFC 6188). */
export type CryptoSuite =
  | 'AES_128_CM_HMAC_SHA1_32'
  | 'AES_128_CM_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32'
  | 'AES_256_CM_HMAC_SHA1_80';

/** Keying of SRTP through SDP (RFC 4568). */
export interface SDES {
  /** Master key and salt as text: 30 bytes for AES-128, 46 for AES-256. */
  readonly key?: string;
  /** The same in base64, for any bytes. */
  readonly keyBase64?: string;
  /** The suite. */
  readonly crypto?: CryptoSuite;
}

/** An ICE candidate, as browsers exchange it. */
export interface IceCandidate {
  /** The candidate as in a=candidate (RFC 8839). */
  readonly candidate: string;
  /** The a=mid of its media line. */
  readonly sdpMid: string;
  /** Number of its media line, from 0. */
  readonly sdpMLineIndex: number;
}

/**
 * Progress of ICE: nothing yet, gathering candidates, checking pairs, one pair works, all checks are
 * done, none works.
 */
export type IceComponentState =
  | 'DISCONNECTED'
  | 'GATHERING'
  | 'CONNECTING'
  | 'CONNECTED'
  | 'READY'
  | 'FAILED';

/** Progress of DTLS: not begun, closed by either side, failed, in handshake, established. */
export type DtlsConnectionState = 'NEW' | 'CLOSED' | 'FAILED' | 'CONNECTING' | 'CONNECTED';

/** The pair of candidates that media takes. */
export interface IceCandidatePair {
  /** Number of the stream. */
  readonly streamId: string;
  /** 1 for RTP, 2 for RTCP. */
  readonly componentId: number;
  /** The local candidate as in a=candidate. */
  readonly localCandidate: string;
  /** The remote candidate as in a=candidate. */
  readonly remoteCandidate: string;
}

/** State of ICE for one component. */
export interface IceConnection {
  /** Number of the stream. */
  readonly streamId: string;
  /** 1 for RTP, 2 for RTCP. */
  readonly componentId: number;
  /** Its state. */
  readonly state: IceComponentState;
}

/** State of a DTLS connection. */
export interface DtlsConnection {
  /** Number of the stream. */
  readonly streamId: string;
  /** The component and direction. */
  readonly componentId: string;
  /** Name of the connection. */
  readonly connectionId: string;
  /** Its state. */
  readonly state: DtlsConnectionState;
}

/** Kind of key of a certificate. */
export type CertificateKeyType = 'RSA' | 'ECDSA';

/**
 * Marking of packets for quality of service: NO_VALUE takes the server setting, NO_DSCP marks nothing,
 * AUDIO_…, VIDEO_… and DATA_… follow RFC 8837, CHROME_… what Chrome uses, the others are the code
 * points themselves.
 */
export type DSCPValue =
  | 'NO_DSCP'
  | 'NO_VALUE'
  | 'AUDIO_VERYLOW'
  | 'AUDIO_LOW'
  | 'AUDIO_MEDIUM'
  | 'AUDIO_HIGH'
  | 'VIDEO_VERYLOW'
  | 'VIDEO_LOW'
  | 'VIDEO_MEDIUM'
  | 'VIDEO_MEDIUM_THROUGHPUT'
  | 'VIDEO_HIGH'
  | 'VIDEO_HIGH_THROUGHPUT'
  | 'DATA_VERYLOW'
  | 'DATA_LOW'
  | 'DATA_MEDIUM'
  | 'DATA_HIGH'
  | 'CHROME_HIGH'
  | 'CHROME_MEDIUM'
  | 'CHROME_LOW'
  | 'CHROME_VERYLOW'
  | 'CS0'
  | 'CS1'
  | 'CS2'
  | 'CS3'
  | 'CS4'
  | 'CS5'
  | 'CS6'
  | 'CS7'
  | 'AF11'
  | 'AF12'
  | 'AF13'
  | 'AF21'
  | 'AF22'
  | 'AF23'
  | 'AF31'
  | 'AF32'
  | 'AF33'
  | 'AF41'
  | 'AF42'
  | 'AF43'
  | 'EF'
  | 'VOICEADMIT'
  | 'LE';

/** The media has come to its end. */
export interface EndOfStreamEvent extends MediaEvent {
  readonly type: 'EndOfStream';
}

/** Recording has begun or goes on. */
export interface RecordingEvent extends MediaEvent {
  readonly type: 'Recording';
}

/** Recording is halted. */
export interface PausedEvent extends MediaEvent {
  readonly type: 'Paused';
}

/** Recording has ended and the file is complete. */
export interface StoppedEvent extends MediaEvent {
  readonly type: 'Stopped';
}

/** An SRTP key has nearly been used up and should be replaced soon. */
export interface OnKeySoftLimitEvent extends MediaEvent {
  readonly type: 'OnKeySoftLimit';
  /** Kind of media. */
  readonly mediaType: MediaType;
}

/** A local candidate has been found. */
export interface IceCandidateFoundEvent extends MediaEvent {
  readonly type: 'IceCandidateFound';
  /** The candidate, to be sent to the peer. */
  readonly candidate: IceCandidate;
}

/** All local candidates have been found. */
export interface IceGatheringDoneEvent extends MediaEvent {
  readonly type: 'IceGatheringDone';
}

/** ICE has made progress, or has failed. */
export interface IceComponentStateChangedEvent extends MediaEvent {
  readonly type: 'IceComponentStateChanged';
  /** Number of the stream, from 1. */
  readonly streamId: number;
  /** 1 for RTP, 2 for RTCP. */
  readonly componentId: number;
  /** The new state. */
  readonly state: IceComponentState;
}

/** DTLS has made progress, has failed or was closed. */
export interface DtlsConnectionStateChangeEvent extends MediaEvent {
  readonly type: 'DtlsConnectionStateChange';
  /** Number of the stream. */
  readonly streamId: string;
  /** The component and direction. */
  readonly componentId: string;
  /** Name of the connection. */
  readonly connectionId: string;
  /** The new state. */
  readonly state: DtlsConnectionState;
}

/** A data channel is open. */
export interface DataChannelOpenedEvent extends MediaEvent {
  readonly type: 'DataChannelOpened';
  /** Number of the channel. */
  readonly channelId: number;
}

/** A data channel was closed. */
export interface DataChannelClosedEvent extends MediaEvent {
  readonly type: 'DataChannelClosed';
  /** Number of the channel. */
  readonly channelId: number;
}

/** Media now takes this pair of candidates. */
export interface NewCandidatePairSelectedEvent extends MediaEvent {
  readonly type: 'NewCandidatePairSelected';
  /** The pair. */
  readonly candidatePair: IceCandidatePair;
}

/**
 * Lays the pictures of its ports on top of each other and mixes their sound. One port, the master,
 * sets the size of the picture; the others are placed on it. All ports get the same result.
 * @example
 * ```js
 * const blending = await pipeline.create('AlphaBlending');
 * await blending.setMaster(cameraPort, 1);
 * await blending.setPortProperties(0.5, 0, 2, 0.5, 0.5, logoPort); // upper right quarter
 * ```
 */
export class AlphaBlending extends Hub {
  static override readonly className: string = 'AlphaBlending';
  declare protected readonly isAlphaBlending: true;

  /**
   * Chooses the port that gives the background and the size of the picture.
   * @param source The port whose picture sets the size.
   * @param zOrder Its layer; higher layers cover lower ones.
   */
  setMaster(source: HubPort, zOrder: number, options?: CallOptions): Promise<void> {
    return this.run('setMaster', { source, zOrder }, options);
  }

  /**
   * Places the picture of a port on that of the master.
   * @param relativeX Left edge, as a fraction of the width of the master, 0 to 1.
   * @param relativeY Upper edge, as a fraction of the height of the master, 0 to 1.
   * @param zOrder Layer; higher layers cover lower ones.
   * @param relativeWidth Width, as a fraction of that of the master, 0 to 1.
   * @param relativeHeight Height, as a fraction of that of the master, 0 to 1.
   * @param port The port to place.
   */
  setPortProperties(
    relativeX: number,
    relativeY: number,
    zOrder: number,
    relativeWidth: number,
    relativeHeight: number,
    port: HubPort,
    options?: CallOptions,
  ): Promise<void> {
    return this.run(
      'setPortProperties',
      { relativeX, relativeY, zOrder, relativeWidth, relativeHeight, port },
      options,
    );
  }
}

/** What can be chosen when a {@link Composite} is created. */
export interface CompositeParams {
  /**
   * Width of the picture in pixels.
   * Default: `800`.
   */
  readonly width?: number | undefined;
  /**
   * Height of the picture in pixels.
   * Default: `600`.
   */
  readonly height?: number | undefined;
  /**
   * Frames per second.
   * Default: `15`.
   */
  readonly framerate?: number | undefined;
}

/**
 * Shows the pictures of all its ports side by side in a grid and mixes their sound. Every port gets
 * the same picture, and the sound of all others. With no input the picture is black.
 * @example
 * ```js
 * const composite = await pipeline.create('Composite', { width: 1280, height: 720, framerate: 25 });
 * const port = await composite.createHubPort();
 * await participant.connect(port);
 * await port.connect(participant);
 * ```
 */
export class Composite extends Hub {
  static override readonly className: string = 'Composite';
  declare protected readonly isComposite: true;

  /**
   * Arranges the pictures anew.
   * @param layout How the pictures are arranged.
   * @param main Whose picture is the large one; left out: that of the first port which has one.
   */
  setLayout(layout: CompositeLayout, main?: HubPort, options?: CallOptions): Promise<void> {
    return this.run('setLayout', { layout, main }, options);
  }

  /**
   * Writes a text on the picture of a port, such as a name, in place of the one before. A text that is
   * too long for the picture gets smaller letters, then it is cut. Refused where GStreamer lacks rsvgdec
   * (Debian: gstreamer1.0-plugins-bad).
   * @param port Whose picture gets the label.
   * @param text What it says: one line of at most 200 characters, in any script for which the server has
   * a font. Empty: the label is taken away.
   * @param position Where it lies on the picture. Default: `"BOTTOM_LEFT"`.
   * @param size Height of the letters in pixels of the composite, from 6 to 500; 0: it follows the size
   * of the picture. Default: `0`.
   * @param color Colour of the letters, as `#RRGGBB`. Default: `"#FFFFFF"`.
   * @param background Colour behind the letters, as `#RRGGBB`. Default: `"#000000"`.
   * @param opacity From 0 (nothing is to be seen) to 1 (nothing shines through). Default: `1`.
   */
  setLabel(
    port: HubPort,
    text: string,
    position?: LabelPosition,
    size?: number,
    color?: string,
    background?: string,
    opacity?: number,
    options?: CallOptions,
  ): Promise<void> {
    return this.run('setLabel', { port, text, position, size, color, background, opacity }, options);
  }
}

/**
 * Sends the media of one port to another, for any number of pairs. A port gets from one other port at
 * a time and may feed any number.
 * @example
 * ```js
 * const dispatcher = await pipeline.create('Dispatcher');
 * const [from, to] = [await dispatcher.createHubPort(), await dispatcher.createHubPort()];
 * await dispatcher.connect(from, to);
 * ```
 */
export class Dispatcher extends Hub {
  static override readonly className: string = 'Dispatcher';
  declare protected readonly isDispatcher: true;

  /**
   * Sends audio and video of a port to another, replacing what that one got before.
   * @param source The port whose media is sent.
   * @param sink The port that gets it.
   */
  connect(source: HubPort, sink: HubPort, options?: CallOptions): Promise<void> {
    return this.run('connect', { source, sink }, options);
  }
}

/**
 * Sends the media of one chosen port to all ports, also back to the chosen one. The choice may change
 * at any time.
 * @example
 * ```js
 * const dispatcher = await pipeline.create('DispatcherOneToMany');
 * const ports = await Promise.all(participants.map(() => dispatcher.createHubPort()));
 * await dispatcher.setSource(ports[0]); // everybody sees the first participant
 * ```
 */
export class DispatcherOneToMany extends Hub {
  static override readonly className: string = 'DispatcherOneToMany';
  declare protected readonly isDispatcherOneToMany: true;

  /**
   * Chooses the port to send to all.
   * @param source The port whose media all ports get.
   */
  setSource(source: HubPort, options?: CallOptions): Promise<void> {
    return this.run('setSource', { source }, options);
  }

  /** Stops sending; without a source it does nothing. */
  removeSource(options?: CallOptions): Promise<void> {
    return this.run('removeSource', {}, options);
  }
}

/** An endpoint that is reached by HTTP at a URL of its own. */
export class HttpEndpoint extends SessionEndpoint {
  static override readonly className: string = 'HttpEndpoint';
  declare protected readonly isHttpEndpoint: true;

  /**
   * Tells where to send requests.
   * @returns The URL at which the endpoint is reached.
   */
  getUrl(options?: CallOptions): Promise<string> {
    return this.read('getUrl', {}, options);
  }
}

/** Events of {@link HttpPostEndpoint} by name. */
export interface HttpPostEndpointEvents extends SessionEndpointEvents {
  /** The media has come to its end. */
  readonly EndOfStream: EndOfStreamEvent;
}

/** What can be chosen when a {@link HttpPostEndpoint} is created. */
export interface HttpPostEndpointParams {
  /**
   * Seconds without data after which the session is over.
   * Default: `2`.
   */
  readonly disconnectionTimeout?: number | undefined;
  /**
   * True passes the media on as it was encoded; false decodes it first, which repairs faulty streams.
   * Default: `false`.
   */
  readonly useEncodedMedia?: boolean | undefined;
}

/**
 * Takes in media that is uploaded by HTTP POST, as a file form of a browser sends it, and plays it
 * into the pipeline.
 * @example
 * ```js
 * const upload = await pipeline.create('HttpPostEndpoint');
 * await upload.connect(recorder);
 * console.log(await upload.getUrl()); // POST the file here
 * ```
 */
export class HttpPostEndpoint extends HttpEndpoint {
  static override readonly className: string = 'HttpPostEndpoint';
  declare protected readonly isHttpPostEndpoint: true;
  declare readonly [eventTypes]: HttpPostEndpointEvents;
}

/**
 * Lets each port choose what it gets: any number of ports mixed for audio, one port for video.
 * @example
 * ```js
 * const mixer = await pipeline.create('Mixer');
 * await mixer.connect('AUDIO', alice, carol);
 * await mixer.connect('AUDIO', bob, carol); // carol hears alice and bob
 * ```
 */
export class Mixer extends Hub {
  static override readonly className: string = 'Mixer';
  declare protected readonly isMixer: true;

  /**
   * Adds a port to the sound mixed for another, or sends the video of a port to another.
   * @param media AUDIO or VIDEO; DATA is refused.
   * @param source The port whose media is sent.
   * @param sink The port that gets it.
   */
  connect(media: MediaType, source: HubPort, sink: HubPort, options?: CallOptions): Promise<void> {
    return this.run('connect', { media, source, sink }, options);
  }

  /**
   * Takes a port out of the sound mixed for another, or stops sending it video.
   * @param media AUDIO or VIDEO; DATA is refused.
   * @param source The port whose media is sent.
   * @param sink The port that gets it.
   */
  disconnect(media: MediaType, source: HubPort, sink: HubPort, options?: CallOptions): Promise<void> {
    return this.run('disconnect', { media, source, sink }, options);
  }
}

/** Events of {@link PlayerEndpoint} by name. */
export interface PlayerEndpointEvents extends UriEndpointEvents {
  /** The media has come to its end. */
  readonly EndOfStream: EndOfStreamEvent;
}

/** What can be chosen when a {@link PlayerEndpoint} is created. */
export interface PlayerEndpointParams {
  /** What to play: a file:, http:, https: or rtsp: URI. */
  readonly uri: string;
  /**
   * True passes the media on as it is encoded; false decodes it first, which repairs faulty streams.
   * Default: `false`.
   */
  readonly useEncodedMedia?: boolean | undefined;
  /**
   * Buffer against jitter of RTSP sources, in milliseconds. Adds as much latency; 0 for none.
   * Default: `2000`.
   */
  readonly networkCache?: number | undefined;
}

/**
 * Plays media from a file, from HTTP or from an RTSP camera into the pipeline. The URI is opened by
 * play; what is wrong with it comes as an Error event.
 * @example
 * ```js
 * const player = await pipeline.create('PlayerEndpoint', { uri: 'file:///media/film.webm' });
 * await player.connect(viewer);
 * player.on('EndOfStream', () => player.release());
 * await player.play();
 * ```
 */
export class PlayerEndpoint extends UriEndpoint {
  static override readonly className: string = 'PlayerEndpoint';
  declare protected readonly isPlayerEndpoint: true;
  declare readonly [eventTypes]: PlayerEndpointEvents;

  /**
   * Length of the media and whether its position can be set. Known once the state is START.
   * Default: `{"isSeekable":false,"seekableInit":0,"seekableEnd":0,"duration":0}`.
   */
  getVideoInfo(options?: CallOptions): Promise<VideoInfo> {
    return this.read('getVideoInfo', {}, options);
  }

  /** What is inside the player, in the DOT language of Graphviz. */
  getElementGstreamerDot(options?: CallOptions): Promise<string> {
    return this.read('getElementGstreamerDot', {}, options);
  }

  /**
   * Place in the media, in milliseconds from its start. Setting it before the media is loaded fails with
   * PLAYER_SEEK_FAIL.
   * Default: `0`.
   */
  getPosition(options?: CallOptions): Promise<number> {
    return this.read('getPosition', {}, options);
  }

  /**
   * Sets what {@link getPosition} reads: Place in the media, in milliseconds from its start. Setting it
   * before the media is loaded fails with PLAYER_SEEK_FAIL.
   * Default: `0`.
   */
  setPosition(position: number, options?: CallOptions): Promise<void> {
    return this.run('setPosition', { position }, options);
  }

  /** Starts the media, or continues it after pause. */
  play(options?: CallOptions): Promise<void> {
    return this.run('play', {}, options);
  }
}

/** Events of {@link RecorderEndpoint} by name. */
export interface RecorderEndpointEvents extends UriEndpointEvents {
  /** Recording has begun or goes on. */
  readonly Recording: RecordingEvent;
  /** Recording is halted. */
  readonly Paused: PausedEvent;
  /** Recording has ended and the file is complete. */
  readonly Stopped: StoppedEvent;
}

/** What can be chosen when a {@link RecorderEndpoint} is created. */
export interface RecorderEndpointParams {
  /**
   * Where to write: a file:, http: or https: URI. It is used as it is, no suffix is added. hls: writes
   * nowhere: what is recorded is played by HLS at the URL that getLiveUrl tells.
   */
  readonly uri: string;
  /**
   * Container and kinds of media. A profile with both waits for both.
   * Default: `"WEBM"`.
   */
  readonly mediaProfile?: MediaProfileSpecType | undefined;
  /**
   * Whether to stop when the source reports the end of its media.
   * Default: `false`.
   */
  readonly stopOnEndOfStream?: boolean | undefined;
}

/**
 * Writes the media it receives to a file or to an HTTP server. Recording begins with the first media
 * after record; directories that are missing are created.
 * @example
 * ```js
 * const recorder = await pipeline.create('RecorderEndpoint', {
 *   uri: 'file:///recordings/call.webm',
 *   mediaProfile: 'WEBM',
 * });
 * await endpoint.connect(recorder);
 * await recorder.record();
 * await recorder.stopAndWait(); // now the file is complete
 * ```
 */
export class RecorderEndpoint extends UriEndpoint {
  static override readonly className: string = 'RecorderEndpoint';
  declare protected readonly isRecorderEndpoint: true;
  declare readonly [eventTypes]: RecorderEndpointEvents;

  /** Starts recording, or continues it after pause. */
  record(options?: CallOptions): Promise<void> {
    return this.run('record', {}, options);
  }

  /**
   * Tells where players find the live stream (HLS) of a recorder whose URI is hls:, while it records.
   * @returns The URL of the playlist. Whoever knows it may play.
   */
  getLiveUrl(options?: CallOptions): Promise<string> {
    return this.read('getLiveUrl', {}, options);
  }

  /** Stops recording; the answer comes when the file is complete. */
  stopAndWait(options?: CallOptions): Promise<void> {
    return this.run('stopAndWait', {}, options);
  }
}

/** Events of {@link RtpEndpoint} by name. */
export interface RtpEndpointEvents extends BaseRtpEndpointEvents {
  /** An SRTP key has nearly been used up and should be replaced soon. */
  readonly OnKeySoftLimit: OnKeySoftLimitEvent;
}

/** What can be chosen when a {@link RtpEndpoint} is created. */
export interface RtpEndpointParams {
  /**
   * Key and suite for SRTP; without members the media is not encrypted.
   * Default: `{}`.
   */
  readonly crypto?: SDES | undefined;
  /**
   * Whether to use IPv6 instead of IPv4.
   * Default: `false`.
   */
  readonly useIpv6?: boolean | undefined;
}

/**
 * Sends and receives plain RTP, or SRTP with keys in the SDP (SDES, RFC 4568): for SIP gateways,
 * cameras and other servers. There is no ICE; addresses and ports come from the SDP.
 * @example
 * ```js
 * const rtp = await pipeline.create('RtpEndpoint', {
 *   crypto: { crypto: 'AES_128_CM_HMAC_SHA1_80', key: '123456789012345678901234567890' },
 * });
 * const answer = await rtp.processOffer(offer);
 * ```
 */
export class RtpEndpoint extends BaseRtpEndpoint {
  static override readonly className: string = 'RtpEndpoint';
  declare protected readonly isRtpEndpoint: true;
  declare readonly [eventTypes]: RtpEndpointEvents;
}

/** Events of {@link WebRtcEndpoint} by name. */
export interface WebRtcEndpointEvents extends BaseRtpEndpointEvents {
  /** A local candidate has been found. */
  readonly IceCandidateFound: IceCandidateFoundEvent;
  /** All local candidates have been found. */
  readonly IceGatheringDone: IceGatheringDoneEvent;
  /** ICE has made progress, or has failed. */
  readonly IceComponentStateChanged: IceComponentStateChangedEvent;
  /** DTLS has made progress, has failed or was closed. */
  readonly DtlsConnectionStateChange: DtlsConnectionStateChangeEvent;
  /** A data channel is open. */
  readonly DataChannelOpened: DataChannelOpenedEvent;
  /** A data channel was closed. */
  readonly DataChannelClosed: DataChannelClosedEvent;
  /** Media now takes this pair of candidates. */
  readonly NewCandidatePairSelected: NewCandidatePairSelectedEvent;
}

/** What can be chosen when a {@link WebRtcEndpoint} is created. */
export interface WebRtcEndpointParams {
  /**
   * Only receive media from the peer (a=recvonly).
   * Default: `false`.
   */
  readonly recvonly?: boolean | undefined;
  /**
   * Only send media to the peer (a=sendonly).
   * Default: `false`.
   */
  readonly sendonly?: boolean | undefined;
  /**
   * Whether to offer and accept data channels (RFC 8831).
   * Default: `false`.
   */
  readonly useDataChannels?: boolean | undefined;
  /**
   * Kind of key of the DTLS certificate.
   * Default: `"RSA"`.
   */
  readonly certificateKeyType?: CertificateKeyType | undefined;
  /**
   * How the packets sent are marked for quality of service (DSCP, RFC 8837).
   * Default: `"NO_VALUE"`.
   */
  readonly qosDscp?: DSCPValue | undefined;
}

/**
 * Talks WebRTC with a browser or another peer: ICE finds the way, DTLS-SRTP encrypts the media, data
 * channels carry messages. After the SDP negotiation call gatherCandidates, send the candidates of
 * IceCandidateFound to the peer, and hand in those of the peer with addIceCandidate.
 * @example
 * ```js
 * const endpoint = await pipeline.create('WebRtcEndpoint');
 * endpoint.on('IceCandidateFound', ({ candidate }) => signaling.send({ candidate }));
 * signaling.on('candidate', (candidate) => endpoint.addIceCandidate(candidate));
 * const answer = await endpoint.processOffer(offer);
 * await endpoint.gatherCandidates();
 * await endpoint.connect(endpoint); // loopback
 * ```
 */
export class WebRtcEndpoint extends BaseRtpEndpoint {
  static override readonly className: string = 'WebRtcEndpoint';
  declare protected readonly isWebRtcEndpoint: true;
  declare readonly [eventTypes]: WebRtcEndpointEvents;

  /**
   * Network interfaces to gather candidates on, separated by commas; all when empty. Set it before
   * gatherCandidates.
   * Default: `""`.
   */
  getNetworkInterfaces(options?: CallOptions): Promise<string> {
    return this.read('getNetworkInterfaces', {}, options);
  }

  /**
   * Sets what {@link getNetworkInterfaces} reads: Network interfaces to gather candidates on, separated
   * by commas; all when empty. Set it before gatherCandidates.
   * Default: `""`.
   */
  setNetworkInterfaces(networkInterfaces: string, options?: CallOptions): Promise<void> {
    return this.run('setNetworkInterfaces', { networkInterfaces }, options);
  }

  /**
   * Whether to gather TCP candidates (RFC 6544) besides those of UDP. Set it before gatherCandidates.
   * Default: `true`.
   */
  getIceTcp(options?: CallOptions): Promise<boolean> {
    return this.read('getIceTcp', {}, options);
  }

  /**
   * Sets what {@link getIceTcp} reads: Whether to gather TCP candidates (RFC 6544) besides those of UDP.
   * Set it before gatherCandidates.
   * Default: `true`.
   */
  setIceTcp(iceTcp: boolean, options?: CallOptions): Promise<void> {
    return this.run('setIceTcp', { iceTcp }, options);
  }

  /**
   * IP address of the STUN server; none when empty. Set it before gatherCandidates.
   * Default: `""`.
   */
  getStunServerAddress(options?: CallOptions): Promise<string> {
    return this.read('getStunServerAddress', {}, options);
  }

  /**
   * Sets what {@link getStunServerAddress} reads: IP address of the STUN server; none when empty. Set it
   * before gatherCandidates.
   * Default: `""`.
   */
  setStunServerAddress(stunServerAddress: string, options?: CallOptions): Promise<void> {
    return this.run('setStunServerAddress', { stunServerAddress }, options);
  }

  /**
   * Port of the STUN server, 1 to 65535.
   * Default: `3478`.
   */
  getStunServerPort(options?: CallOptions): Promise<number> {
    return this.read('getStunServerPort', {}, options);
  }

  /**
   * Sets what {@link getStunServerPort} reads: Port of the STUN server, 1 to 65535.
   * Default: `3478`.
   */
  setStunServerPort(stunServerPort: number, options?: CallOptions): Promise<void> {
    return this.run('setStunServerPort', { stunServerPort }, options);
  }

  /**
   * TURN server as user:password@address:port, with ?transport=udp, tcp or tls after it; none when
   * empty. Set it before gatherCandidates.
   * Default: `""`.
   */
  getTurnUrl(options?: CallOptions): Promise<string> {
    return this.read('getTurnUrl', {}, options);
  }

  /**
   * Sets what {@link getTurnUrl} reads: TURN server as user:password@address:port, with ?transport=udp,
   * tcp or tls after it; none when empty. Set it before gatherCandidates.
   * Default: `""`.
   */
  setTurnUrl(turnUrl: string, options?: CallOptions): Promise<void> {
    return this.run('setTurnUrl', { turnUrl }, options);
  }

  /**
   * IPv4 address to announce in candidates in place of the local ones, for servers behind 1:1 NAT; none
   * when empty.
   * Default: `""`.
   */
  getExternalIPv4(options?: CallOptions): Promise<string> {
    return this.read('getExternalIPv4', {}, options);
  }

  /**
   * Sets what {@link getExternalIPv4} reads: IPv4 address to announce in candidates in place of the
   * local ones, for servers behind 1:1 NAT; none when empty.
   * Default: `""`.
   */
  setExternalIPv4(externalIPv4: string, options?: CallOptions): Promise<void> {
    return this.run('setExternalIPv4', { externalIPv4 }, options);
  }

  /**
   * IPv6 address to announce in candidates in place of the local ones; none when empty.
   * Default: `""`.
   */
  getExternalIPv6(options?: CallOptions): Promise<string> {
    return this.read('getExternalIPv6', {}, options);
  }

  /**
   * Sets what {@link getExternalIPv6} reads: IPv6 address to announce in candidates in place of the
   * local ones; none when empty.
   * Default: `""`.
   */
  setExternalIPv6(externalIPv6: string, options?: CallOptions): Promise<void> {
    return this.run('setExternalIPv6', { externalIPv6 }, options);
  }

  /**
   * The candidate pairs that have been selected.
   * Default: `[]`.
   */
  getICECandidatePairs(options?: CallOptions): Promise<IceCandidatePair[]> {
    return this.read('getICECandidatePairs', {}, options);
  }

  /**
   * State of ICE for each stream and component.
   * Default: `[]`.
   */
  getIceConnectionState(options?: CallOptions): Promise<IceConnection[]> {
    return this.read('getIceConnectionState', {}, options);
  }

  /**
   * State of DTLS for each stream and component.
   * Default: `[]`.
   */
  getDtlsConnectionState(options?: CallOptions): Promise<DtlsConnection[]> {
    return this.read('getDtlsConnectionState', {}, options);
  }

  /**
   * Starts gathering; each candidate comes as IceCandidateFound, the end as IceGatheringDone. Call it
   * after the local description was made.
   */
  gatherCandidates(options?: CallOptions): Promise<void> {
    return this.run('gatherCandidates', {}, options);
  }

  /**
   * Hands in a candidate of the peer; accepted at any time. Fails with ICE_ADD_CANDIDATE_ERROR when it
   * names no media line of the SDP.
   * @param candidate A candidate of the peer.
   */
  addIceCandidate(candidate: IceCandidate, options?: CallOptions): Promise<void> {
    return this.run('addIceCandidate', { candidate }, options);
  }

  /**
   * Opens a data channel; DataChannelOpened tells its number. Needs useDataChannels and a finished
   * negotiation.
   * @param label Label by which the peer knows the channel. Default: `""`.
   * @param ordered Whether messages arrive in the order in which they were sent. Default: `true`.
   * @param maxPacketLifeTime Time in which a message may be sent again, in milliseconds; -1 for no
   * limit. Excludes maxRetransmits. Default: `-1`.
   * @param maxRetransmits How often a message may be sent again; -1 for no limit. Excludes
   * maxPacketLifeTime. Default: `-1`.
   * @param protocol Name of the protocol spoken on the channel. Default: `""`.
   */
  createDataChannel(
    label?: string,
    ordered?: boolean,
    maxPacketLifeTime?: number,
    maxRetransmits?: number,
    protocol?: string,
    options?: CallOptions,
  ): Promise<void> {
    return this.run(
      'createDataChannel',
      { label, ordered, maxPacketLifeTime, maxRetransmits, protocol },
      options,
    );
  }

  /**
   * Closes a data channel. An unknown number is no error.
   * @param channelId Number of the channel.
   */
  closeDataChannel(channelId: number, options?: CallOptions): Promise<void> {
    return this.run('closeDataChannel', { channelId }, options);
  }
}
