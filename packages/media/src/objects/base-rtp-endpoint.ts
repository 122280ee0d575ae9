import { KurentoError } from '@rivero/api';
import type { CodecFormat } from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import { type InputPort, notifyOutput, type OutputPort, originOf, terminalInputs } from '../routing/ports.js';
import type { Timed, TimerHandle } from '../runtime/scheduler.js';
import { SmallMap } from '../runtime/small-map.js';
import { inboundStatistics, outboundStatistics } from '../stats/rtp-statistics.js';
import type { ElementStatistics } from '../stats/statistics.js';
import type { ReceiveTrack } from '../streams/receive-track.js';
import type { RtpSession, RtpSessionListener } from '../streams/rtp-session.js';
import type { SendTrack } from '../streams/send-track.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { portKey } from './media-element.js';
import { MediaPipeline } from './media-pipeline.js';
import { SdpEndpoint } from './sdp-endpoint.js';
import { SinkLink } from './sink-link.js';

type Connectedness = 'CONNECTED' | 'DISCONNECTED';

/** Media that came is told of a little later, so that the events of all tracks come first (Kurento: 0.3 to 0.5 s). */
const MEDIA_STATE_DELAY_MS = 300;

/** rembParams of a fresh endpoint (Kurento's defaults). */
const REMB_DEFAULTS = {
  packetsRecvIntervalTop: 100,
  exponentialFactor: 0.04,
  linealFactorGrade: 30,
  decrementFactor: 0.5,
  thresholdFactor: 0.8,
  upLosses: 12,
  rembOnConnect: 300000,
};

const NO_PARAMS: Record<string, number> = Object.freeze({});

interface AttachedMedia {
  kind: MediaKind;
  description: string;
  send: SendTrack | undefined;
}

interface RembParamsValue extends Partial<typeof REMB_DEFAULTS> {
  linealFactorMin?: number;
}

/** Endpoints that speak RTP: tracks in and out, bandwidth, states (Kurento: BaseRtpEndpoint). */
export abstract class BaseRtpEndpoint extends SdpEndpoint implements RtpSessionListener {
  #connectionState: Connectedness = 'DISCONNECTED';
  #mediaState: Connectedness = 'DISCONNECTED';
  #rembParams: Record<string, number> = NO_PARAMS;
  /** maxVideoSendBandwidth was set by the application: only then it bounds what is forwarded. */
  #maxVideoSendSet = false;
  readonly #mediaTimer: TimerHandle;
  /** What takes part in the graph, by kind and media description. */
  readonly #tracks = new SmallMap<string, AttachedMedia>();
  /** What brings media to the sent tracks, by their inputs. */
  readonly #links = new SmallMap<InputPort, SinkLink>();

  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.#mediaTimer = context.scheduler.create(new MediaTimer(this));
  }

  mediaCame(): void {
    this.#setMediaState('CONNECTED');
  }

  /** RTP sessions with the peer: one for all m-lines, or one for each. */
  protected abstract get rtpSessions(): readonly RtpSession[];

  /** Puts the tracks of an m-line into the graph; a track that is missing leaves it. */
  protected attach(
    kind: MediaKind,
    description: string,
    receive: ReceiveTrack | undefined,
    send: SendTrack | undefined,
  ): void {
    this.#tracks.set(portKey(kind, description), { kind, description, send });
    const input = this.input(kind, description);
    if (input.sink !== send) {
      this.#links.get(input)?.close();
      this.#links.delete(input);
      input.sink?.setOrigin(undefined);
    }
    input.sink = send;
    if (send !== undefined) {
      if (kind === 'video') this.#limitSender(send);
      if (!this.#links.has(input)) this.#links.set(input, new SinkLink(this.context, this, input, send));
      this.#links.get(input)!.update();
    }
    receive?.measureLatency(this.measuresLatency);
    const output = this.output(kind, description);
    const replaced = output.origin as ReceiveTrack | undefined;
    if (replaced !== undefined && replaced !== receive) this.#conference?.trackRemoved(replaced);
    if (receive !== undefined) this.#conference?.trackAdded(this, receive);
    output.origin = receive;
    notifyOutput(output);
  }

  /** Takes all tracks out of the graph. */
  protected detach(): void {
    for (const { kind, description } of [...this.#tracks.values()]) {
      this.attach(kind, description, undefined, undefined);
    }
    this.#tracks.clear();
  }

  /** Codecs to prefer in a negotiation: what already comes from the source, and what all connected sinks accept. */
  protected preferredCodecs(kind: MediaKind): CodecFormat[] {
    const preferred: CodecFormat[] = [];
    const source = originOf(this.input(kind).source)?.codec;
    if (source !== undefined) preferred.push(source);
    const sinks = terminalInputs(this.output(kind))
      .map(({ sink }) => sink?.codecs)
      .filter((codecs) => codecs !== undefined);
    const [first, ...others] = sinks;
    for (const codec of first ?? []) {
      if (others.every((codecs) => codecs.some((other) => compatible(codec, other)))) preferred.push(codec);
    }
    return preferred;
  }

  override inputChanged(port: InputPort): void {
    super.inputChanged(port);
    this.#links.get(port)?.update();
  }

  protected override checkSource(kind: MediaKind, description: string, source: OutputPort): void {
    this.#links.get(this.input(kind, description))?.check(source);
  }

  get #conference(): MediaPipeline | undefined {
    const { pipeline } = this;
    return pipeline instanceof MediaPipeline ? pipeline : undefined;
  }

  /** Exempt from the pipeline's lastN. */
  setPinned({ pinned }: { pinned: boolean }): null {
    this.setProperty('pinned', pinned);
    this.#conference?.pin(this, pinned);
    return null;
  }

  trackChanged(track: ReceiveTrack): void {
    this.#conference?.trackChanged(track);
    for (const { kind, description } of this.#tracks.values()) {
      const output = this.output(kind, description);
      if (output.origin === track) notifyOutput(output);
    }
  }

  codecIncompatible(kind: MediaKind, codec: CodecFormat): void {
    // The link sees to it: it is told of every change of the origin, and of the negotiation.
    this.context.log.debug({ object: this.id, kind, codec: codec.name }, 'another codec comes');
  }

  /** A sink gets nothing because its link can't be made. */
  linkFailed(error: KurentoError): void {
    this.emitError(error.type, error.code, error.message);
  }

  /**
   * Bitrate that may be sent to the peer, bit/s, over all media; 0 while unknown. Who makes media for this endpoint (an
   * encoder) should not make more.
   */
  get estimatedBitrate(): number {
    return this.rtpSessions.reduce((sum, rtp) => sum + rtp.estimatedBitrate, 0);
  }

  peerActive(active: boolean): void {
    const { scheduler } = this.context;
    if (active) scheduler.schedule(this.#mediaTimer, scheduler.now() + MEDIA_STATE_DELAY_MS);
    else {
      scheduler.cancel(this.#mediaTimer);
      this.#setMediaState('DISCONNECTED');
    }
  }

  #setMediaState(newState: Connectedness): void {
    const oldState = this.#mediaState;
    if (oldState === newState) return;
    this.#mediaState = newState;
    this.emit('MediaStateChanged', { oldState, newState });
  }

  protected setConnectionState(newState: Connectedness): void {
    const oldState = this.#connectionState;
    if (oldState === newState) return;
    this.#connectionState = newState;
    this.emit('ConnectionStateChanged', { oldState, newState });
  }

  getMediaState(): Connectedness {
    return this.#mediaState;
  }

  getConnectionState(): Connectedness {
    return this.#connectionState;
  }

  /** Asks the source of this endpoint's outgoing video for a key frame. */
  requestKeyframe(): null {
    const origin = originOf(this.input('video').source);
    if (origin === undefined) {
      throw new KurentoError(
        'MEDIA_OBJECT_OPERATION_NOT_SUPPORTED',
        'Keyframe request failed (must be requested from a subscriber element)',
      );
    }
    origin.requestKeyFrame();
    return null;
  }

  override statistics(): ElementStatistics {
    return {
      ...super.statistics(),
      inbound: this.rtpSessions.flatMap(inboundStatistics),
      outbound: this.rtpSessions.flatMap(outboundStatistics),
      availableOutgoingBitrate: this.estimatedBitrate,
    };
  }

  override measureLatency(on: boolean): void {
    super.measureLatency(on);
    for (const { receiveTracks } of this.rtpSessions) {
      for (const track of receiveTracks) track.measureLatency(on);
    }
  }

  /** kbit/s; 0 = no bound. */
  setMinVideoRecvBandwidth(params: { minVideoRecvBandwidth: number }): null {
    this.setProperty('minVideoRecvBandwidth', params.minVideoRecvBandwidth);
    this.applyRecvBandwidth();
    return null;
  }

  /** kbit/s; 0 = no bound. */
  setMaxVideoRecvBandwidth(params: { maxVideoRecvBandwidth: number }): null {
    this.setProperty('maxVideoRecvBandwidth', params.maxVideoRecvBandwidth);
    this.applyRecvBandwidth();
    return null;
  }

  /** kbit/s; never above the maximum. */
  setMinVideoSendBandwidth(params: { minVideoSendBandwidth: number }): null {
    const max = this.property('maxVideoSendBandwidth') as number;
    this.setProperty(
      'minVideoSendBandwidth',
      max > 0 ? Math.min(params.minVideoSendBandwidth, max) : params.minVideoSendBandwidth,
    );
    this.#applySendBandwidth();
    return null;
  }

  /** kbit/s; 0 = no bound. */
  setMaxVideoSendBandwidth(params: { maxVideoSendBandwidth: number }): null {
    this.setProperty('maxVideoSendBandwidth', params.maxVideoSendBandwidth);
    this.#maxVideoSendSet = true;
    this.#applySendBandwidth();
    return null;
  }

  /** Beyond Kurento: the highest spatial layer, or encoding of simulcast, that is sent; negative = any. */
  setMaxSpatialLayer({ maxSpatialLayer }: { maxSpatialLayer: number }): null {
    this.setProperty('maxSpatialLayer', Math.max(maxSpatialLayer, -1));
    this.#applySendBandwidth();
    return null;
  }

  /** Beyond Kurento: the highest temporal layer that is sent; negative = any. */
  setMaxTemporalLayer({ maxTemporalLayer }: { maxTemporalLayer: number }): null {
    this.setProperty('maxTemporalLayer', Math.max(maxTemporalLayer, -1));
    this.#applySendBandwidth();
    return null;
  }

  getRembParams(): Record<string, number> {
    return this.#rembParams;
  }

  /** Replaces the whole set: members left out return to their defaults. */
  setRembParams(params: { rembParams: RembParamsValue }): null {
    const given = params.rembParams;
    this.#rembParams = {
      ...REMB_DEFAULTS,
      linealFactorMin: given.packetsRecvIntervalTop ?? 100,
      ...given,
    } as Record<string, number>;
    for (const { remb } of this.rtpSessions) remb.setParams(this.#rembParams);
    this.#applySendBandwidth();
    return null;
  }

  protected applyRecvBandwidth(): void {
    for (const { remb } of this.rtpSessions) {
      remb.setLimits(
        this.property('minVideoRecvBandwidth') as number,
        this.property('maxVideoRecvBandwidth') as number,
      );
      if (Object.keys(this.#rembParams).length > 0) remb.setParams(this.#rembParams);
    }
  }

  #applySendBandwidth(): void {
    for (const { kind, send } of this.#tracks.values()) {
      if (kind === 'video' && send !== undefined) this.#limitSender(send);
    }
  }

  #limitSender(send: SendTrack): void {
    send.setLimits({
      minKbps: this.property('minVideoSendBandwidth') as number,
      maxKbps: this.#maxVideoSendSet ? (this.property('maxVideoSendBandwidth') as number) : 0,
      rembOnConnect: this.#rembParams.rembOnConnect ?? REMB_DEFAULTS.rembOnConnect,
      maxSpatialLayer: this.property('maxSpatialLayer') as number,
      maxTemporalLayer: this.property('maxTemporalLayer') as number,
    });
  }

  protected override onRelease(): void {
    this.context.scheduler.cancel(this.#mediaTimer);
    for (const { kind, description } of this.#tracks.values()) {
      const received = this.output(kind, description).origin;
      if (received !== undefined) this.#conference?.trackRemoved(received as ReceiveTrack);
    }
    this.#conference?.pin(this, false);
    super.onRelease();
  }
}

function compatible(a: CodecFormat, b: CodecFormat): boolean {
  return a.name.toLowerCase() === b.name.toLowerCase() && a.clockRate === b.clockRate;
}

/** Not the endpoint itself: it may have a timer of another kind. */
class MediaTimer implements Timed {
  constructor(private readonly endpoint: BaseRtpEndpoint) {}

  onTime(): void {
    this.endpoint.mediaCame();
  }
}
