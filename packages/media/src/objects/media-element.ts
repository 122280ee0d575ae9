import { KurentoError } from '@rivero/api';
import type { EncodingWishes } from '../processing/media-link.js';
import { MEDIA_KINDS, type MediaKind, type MediaOrigin } from '../routing/media.js';
import {
  type InputListener,
  InputPort,
  notifyOutput,
  type OutputListener,
  OutputPort,
  originOf,
  setSource,
} from '../routing/ports.js';
import { SmallMap, SmallSet } from '../runtime/small-map.js';
import { kurentoRecords } from '../stats/kurento-records.js';
import type { ElementStatistics, InputLatency } from '../stats/statistics.js';
import type { DataMessage } from '../transport/data-transport.js';
import { dumpDot, elementsDot } from './dot.js';
import { type AudioCapsValue, EncodingSettings, type VideoCapsValue } from './encoding-settings.js';
import { type FlowListener, FlowState } from './flow-state.js';
import { MediaObject } from './media-object.js';

export type MediaType = 'AUDIO' | 'VIDEO' | 'DATA';

const MEDIA_TYPES: readonly MediaType[] = ['AUDIO', 'VIDEO', 'DATA'];

export const DEFAULT_DESCRIPTION = 'default';

export interface ElementConnection {
  source: MediaElement;
  sink: MediaElement;
  type: MediaType;
  sourceDescription: string;
  sinkDescription: string;
}

interface ConnectParams {
  sink: string;
  mediaType?: MediaType;
  sourceMediaDescription?: string;
  sinkMediaDescription?: string;
}

interface ConnectionFilter {
  mediaType?: MediaType;
  description?: string;
}

function kindOf(type: MediaType): MediaKind | undefined {
  return type === 'AUDIO' ? 'audio' : type === 'VIDEO' ? 'video' : undefined;
}

export function mediaTypeOf(kind: MediaKind): 'AUDIO' | 'VIDEO' {
  return kind === 'audio' ? 'AUDIO' : 'VIDEO';
}

/** Connections, ports and flow of an element in the graph (Kurento: MediaElement). */
export abstract class MediaElement
  extends MediaObject
  implements InputListener, OutputListener, FlowListener
{
  readonly #sources = new SmallMap<string, ElementConnection>();
  readonly #sinks = new SmallSet<ElementConnection>();
  readonly #inputs = new SmallMap<string, InputPort>();
  readonly #outputs = new SmallMap<string, OutputPort>();
  /** Made when something flows for the first time. */
  readonly #flowIn = new SmallMap<MediaKind, FlowState>();
  readonly #flowOut = new SmallMap<MediaKind, FlowState>();
  readonly #transcodingTold = new SmallMap<MediaKind, boolean>();
  /** Links of sinks for which media of a kind is decoded and encoded. */
  readonly #transcodedFor = new SmallMap<MediaKind, SmallSet<object>>();
  /** Made when a sink asks, or the application has set something. */
  #encoding: EncodingSettings | undefined;

  flowChanged(direction: 'In' | 'Out', kind: MediaKind, flowing: boolean): void {
    this.emit(`MediaFlow${direction}StateChanged`, {
      mediaType: mediaTypeOf(kind),
      padName: DEFAULT_DESCRIPTION,
      state: flowing ? 'FLOWING' : 'NOT_FLOWING',
    });
  }

  /** The input of a kind, made on first use. */
  protected input(kind: MediaKind, description = DEFAULT_DESCRIPTION): InputPort {
    const key = portKey(kind, description);
    let port = this.#inputs.get(key);
    if (port === undefined) {
      port = new InputPort(kind, description, this);
      this.#inputs.set(key, port);
      this.wireInput(port);
    }
    return port;
  }

  /** The outputs that are in use. */
  protected outputs(): Iterable<OutputPort> {
    return this.#outputs.values();
  }

  /** The output of a kind, made on first use. */
  protected output(kind: MediaKind, description = DEFAULT_DESCRIPTION): OutputPort {
    const key = portKey(kind, description);
    let port = this.#outputs.get(key);
    if (port === undefined) {
      port = new OutputPort(kind, description, this);
      this.#outputs.set(key, port);
      this.wireOutput(port);
    }
    return port;
  }

  /** For elements that pass media on: ties a new input to its output. */
  protected wireInput(_port: InputPort): void {}
  protected wireOutput(_port: OutputPort): void {}

  /** The origin of an input changed, or started or stopped to flow. */
  inputChanged(port: InputPort): void {
    if (port.description === DEFAULT_DESCRIPTION) this.updateFlow(port.kind);
  }

  /** What comes out of an output changed, or started or stopped to flow. */
  outputChanged(port: OutputPort): void {
    if (port.description === DEFAULT_DESCRIPTION) this.updateFlow(port.kind);
  }

  /** Brings the flow states of a kind up to date with what the ports see. */
  protected updateFlow(kind: MediaKind): void {
    if (this.released) return;
    const output = originOf(this.#outputs.get(portKey(kind, DEFAULT_DESCRIPTION)));
    if (output?.flowing === true) this.tellTranscoding(kind, output);
    this.#setFlow('Out', kind, output?.flowing === true);
    const input = this.#inputs.get(portKey(kind, DEFAULT_DESCRIPTION));
    this.#setFlow('In', kind, input?.origin?.flowing === true);
  }

  #setFlow(direction: 'In' | 'Out', kind: MediaKind, active: boolean): void {
    const states = direction === 'In' ? this.#flowIn : this.#flowOut;
    let state = states.get(kind);
    if (state === undefined) {
      if (!active) return;
      state = new FlowState(this.context.scheduler, this, direction, kind);
      states.set(kind, state);
    }
    state.set(active);
  }

  /** Says whether media of a kind is transcoded, when it begins to flow and when that changes. */
  protected tellTranscoding(kind: MediaKind, _origin: MediaOrigin): void {
    if (this.#transcodingTold.has(kind)) return;
    this.#setFlow('Out', kind, true);
    // The sinks are told of the flow after this element: then it is known what they need.
    queueMicrotask(() => this.#tellTranscoding(kind));
  }

  #tellTranscoding(kind: MediaKind): void {
    const transcoding = this.#isTranscoded(kind);
    if (this.released || this.#transcodingTold.get(kind) === transcoding) return;
    this.#transcodingTold.set(kind, transcoding);
    this.emit('MediaTranscodingStateChanged', {
      mediaType: mediaTypeOf(kind),
      binName: this.#transcodingBin(kind),
      state: transcoding ? 'TRANSCODING' : 'NOT_TRANSCODING',
    });
  }

  #isTranscoded(kind: MediaKind): boolean {
    return (this.#transcodedFor.get(kind)?.size ?? 0) > 0;
  }

  #transcodingBin(kind: MediaKind): string {
    return `${this.type.toLowerCase()}_${kind}`;
  }

  /** What comes out of this element is decoded and encoded for a link of a sink, or no longer. */
  setTranscodedFor(kind: MediaKind, link: object, transcoded: boolean): void {
    let links = this.#transcodedFor.get(kind);
    if (links === undefined && transcoded) {
      links = new SmallSet();
      this.#transcodedFor.set(kind, links);
    }
    if (transcoded) links?.add(link);
    else links?.delete(link);
    queueMicrotask(() => this.#tellTranscoding(kind));
  }

  /** How media that comes out of this element is to be encoded where it is. */
  encodingWishes(kind: MediaKind): EncodingWishes {
    return this.#encodingSettings.wishes(kind);
  }

  get #encodingSettings(): EncodingSettings {
    this.#encoding ??= new EncodingSettings(this);
    return this.#encoding;
  }

  /** The sinks find out what has changed in how their media is encoded. */
  #wishesChanged(kind: MediaKind): void {
    this.#encoding?.changed();
    for (const output of this.#outputs.values()) if (output.kind === kind) notifyOutput(output);
  }

  connect(params: ConnectParams): null {
    const sink = this.#sinkOf(params.sink);
    for (const kind of MEDIA_KINDS) {
      if (params.mediaType !== undefined && params.mediaType !== mediaTypeOf(kind)) continue;
      const source = this.output(kind, params.sourceMediaDescription ?? DEFAULT_DESCRIPTION);
      sink.checkSource(kind, params.sinkMediaDescription ?? DEFAULT_DESCRIPTION, source);
    }
    for (const type of params.mediaType === undefined ? MEDIA_TYPES : [params.mediaType]) {
      this.#connectType(sink, {
        source: this,
        sink,
        type,
        sourceDescription: params.sourceMediaDescription ?? DEFAULT_DESCRIPTION,
        sinkDescription: params.sinkMediaDescription ?? DEFAULT_DESCRIPTION,
      });
    }
    return null;
  }

  disconnect(params: ConnectParams): null {
    const sink = this.#sinkOf(params.sink);
    const sourceDescription = params.sourceMediaDescription ?? DEFAULT_DESCRIPTION;
    const sinkDescription = params.sinkMediaDescription ?? DEFAULT_DESCRIPTION;
    for (const type of params.mediaType === undefined ? MEDIA_TYPES : [params.mediaType]) {
      const connection = sink.#sources.get(portKey(type, sinkDescription));
      if (connection?.source === this && connection.sourceDescription === sourceDescription) {
        this.#disconnectType(connection);
      }
    }
    return null;
  }

  /** Before a connection, which fails with what this throws. */
  protected checkSource(_kind: MediaKind, _description: string, _source: OutputPort): void {}

  /** Hands a data channel message to everything that DATA is connected to. */
  protected sendData(message: DataMessage, hops = 0): void {
    for (const { type, sink } of this.#sinks) {
      if (type === 'DATA') sink.receiveData(message, hops + 1);
    }
  }

  /** A message comes in by a DATA connection. Elements without use for data drop it. */
  protected receiveData(_message: DataMessage, _hops: number): void {}

  #sinkOf(id: string): MediaElement {
    const sink = this.context.find(id);
    // An id that the signaling plane knows but this worker does not belongs to a pipeline elsewhere.
    if (!(sink instanceof MediaElement) || sink.pipeline !== this.pipeline) {
      throw new KurentoError('CONNECT_ERROR', 'Media elements do not share pipeline');
    }
    return sink;
  }

  #connectType(sink: MediaElement, connection: ElementConnection): void {
    const replaced = sink.#sources.get(portKey(connection.type, connection.sinkDescription));
    if (replaced !== undefined) replaced.source.#forget(replaced);
    sink.#sources.set(portKey(connection.type, connection.sinkDescription), connection);
    this.#sinks.add(connection);
    this.emit('ElementConnected', connectionEvent(connection));
    const kind = kindOf(connection.type);
    // The new source takes the place of the old one in one step: the sink never sees "no source" in between.
    if (kind !== undefined) {
      setSource(
        sink.input(kind, connection.sinkDescription),
        this.output(kind, connection.sourceDescription),
      );
    }
  }

  #disconnectType(connection: ElementConnection): void {
    this.#forget(connection);
    const kind = kindOf(connection.type);
    if (kind !== undefined) setSource(connection.sink.input(kind, connection.sinkDescription), undefined);
  }

  #forget(connection: ElementConnection): void {
    connection.sink.#sources.delete(portKey(connection.type, connection.sinkDescription));
    this.#sinks.delete(connection);
    this.emit('ElementDisconnected', connectionEvent(connection));
  }

  protected override onRelease(): void {
    for (const connection of [...this.#sources.values()]) connection.source.#disconnectType(connection);
    for (const connection of this.#sinks) this.#disconnectType(connection);
    for (const state of [...this.#flowIn.values(), ...this.#flowOut.values()]) state.close();
  }

  get sourceConnections(): Iterable<ElementConnection> {
    return this.#sources.values();
  }

  get sinkConnections(): Iterable<ElementConnection> {
    return this.#sinks;
  }

  /** What feeds this element. */
  getSourceConnections(params: ConnectionFilter): unknown[] {
    const wanted = (c: ElementConnection): boolean =>
      (params.mediaType === undefined || c.type === params.mediaType) &&
      (params.description === undefined || c.sinkDescription === params.description);
    return [...this.#sources.values()].filter(wanted).map(connectionData);
  }

  /** What this element feeds. */
  getSinkConnections(params: ConnectionFilter): unknown[] {
    const wanted = (c: ElementConnection): boolean =>
      (params.mediaType === undefined || c.type === params.mediaType) &&
      (params.description === undefined || c.sourceDescription === params.description);
    return [...this.#sinks].filter(wanted).map(connectionData);
  }

  isMediaFlowingIn(params: { mediaType: MediaType; sinkMediaDescription?: string }): boolean {
    const kind = requireRtpKind(params.mediaType, 'MediaFlowingIn');
    if ((params.sinkMediaDescription ?? DEFAULT_DESCRIPTION) !== DEFAULT_DESCRIPTION) return false;
    return this.#flowIn.get(kind)?.flowing === true;
  }

  isMediaFlowingOut(params: { mediaType: MediaType; sourceMediaDescription?: string }): boolean {
    const kind = requireRtpKind(params.mediaType, 'MediaFlowingOut');
    if ((params.sourceMediaDescription ?? DEFAULT_DESCRIPTION) !== DEFAULT_DESCRIPTION) return false;
    return this.#flowOut.get(kind)?.flowing === true;
  }

  isMediaTranscoding(params: { mediaType: MediaType; binName?: string }): boolean {
    const kind = requireRtpKind(params.mediaType, 'MediaTranscoding');
    const { binName = DEFAULT_DESCRIPTION } = params;
    if (binName !== DEFAULT_DESCRIPTION && binName !== this.#transcodingBin(kind)) return false;
    return this.#isTranscoded(kind);
  }

  /** The part of the pipeline's graph that this element has to do with, in Graphviz' language. */
  async getGstreamerDot(): Promise<string> {
    return (await this.context.processing.graphOf(this.pipeline).dot(this.id)) ?? elementsDot(this);
  }

  /** Writes the same to a file in the folder of GST_DEBUG_DUMP_DOT_DIR, or of temporary files. */
  async dumpGstreamerDot(): Promise<null> {
    await dumpDot(this.id, await this.getGstreamerDot());
    return null;
  }

  getStats(params: { mediaType?: MediaType }): Record<string, unknown> | Promise<Record<string, unknown>> {
    return kurentoRecords(this.statistics(), params.mediaType);
  }

  /** Everything that is counted and measured about this element. */
  statistics(): ElementStatistics {
    return {
      id: this.id,
      type: this.type,
      timestampMillis: Date.now(),
      latencies: this.measuresLatency ? this.#inputLatencies() : undefined,
      inbound: [],
      outbound: [],
      data: undefined,
    };
  }

  protected get measuresLatency(): boolean {
    return this.pipeline.property('latencyStats') === true;
  }

  /** Of the inputs into which measured media comes. */
  #inputLatencies(): InputLatency[] {
    const latencies: InputLatency[] = [];
    for (const { kind, description, origin, sink } of this.#inputs.values()) {
      const meter = origin?.latency;
      if (meter === undefined || meter.packets === 0) continue;
      const { packets, inputMicros, inputMicrosTotal, sentMicros, sentMicrosTotal } = meter;
      latencies.push({
        kind,
        description,
        packets,
        inputMicros,
        inputMicrosTotal,
        sentMicros: sentMicros + (sink?.pacingMs ?? 0) * 1000,
        sentMicrosTotal,
      });
    }
    return latencies;
  }

  /** -1 and other negative rates are ignored. Unit: bit/s. */
  setEncoderBitrate(params: { encoderBitrate: number }): null {
    if (params.encoderBitrate >= 0) this.setProperty('encoderBitrate', params.encoderBitrate);
    this.#wishesChanged('video');
    return null;
  }

  /** Never above the maximum. Unit: bit/s. */
  setMinEncoderBitrate(params: { minEncoderBitrate: number }): null {
    const max = this.property('maxEncoderBitrate') as number;
    this.setProperty('minEncoderBitrate', Math.min(params.minEncoderBitrate, max));
    this.#wishesChanged('video');
    return null;
  }

  /** Never below the minimum. Unit: bit/s. */
  setMaxEncoderBitrate(params: { maxEncoderBitrate: number }): null {
    const min = this.property('minEncoderBitrate') as number;
    this.setProperty('maxEncoderBitrate', Math.max(params.maxEncoderBitrate, min));
    this.#wishesChanged('video');
    return null;
  }

  /** What comes out is encoded in this format; RAW is none of the formats that can be sent. */
  setVideoFormat(params: { caps: VideoCapsValue }): null {
    this.#encodingSettings.setVideoFormat(params.caps);
    this.#wishesChanged('video');
    return null;
  }

  /** What comes out is encoded in this format. Unit of the bitrate: bit/s. */
  setAudioFormat(params: { caps: AudioCapsValue }): null {
    this.#encodingSettings.setAudioFormat(params.caps);
    this.#wishesChanged('audio');
    return null;
  }
}

function requireRtpKind(type: MediaType, operation: string): MediaKind {
  const kind = kindOf(type);
  if (kind === undefined) {
    throw new KurentoError(
      'MEDIA_OBJECT_ILLEGAL_PARAM_ERROR',
      `Media type ${type} is not supported for ${operation}`,
    );
  }
  return kind;
}

const portKeys = new Map(
  [...MEDIA_TYPES, ...MEDIA_KINDS].map((kind) => [kind, `${kind}/${DEFAULT_DESCRIPTION}`]),
);

/** One text for all elements where it is the usual one. */
export function portKey(kind: MediaKind | MediaType, description: string): string {
  return (description === DEFAULT_DESCRIPTION && portKeys.get(kind)) || `${kind}/${description}`;
}

function connectionEvent(c: ElementConnection): Record<string, unknown> {
  return {
    sink: c.sink.id,
    mediaType: c.type,
    sourceMediaDescription: c.sourceDescription,
    sinkMediaDescription: c.sinkDescription,
  };
}

function connectionData(c: ElementConnection): Record<string, unknown> {
  return {
    source: c.source.id,
    sink: c.sink.id,
    type: c.type,
    sourceDescription: c.sourceDescription,
    sinkDescription: c.sinkDescription,
  };
}
