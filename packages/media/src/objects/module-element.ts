import type { KurentoError, Operation } from '@rivero/api';
import type { ModuleElementInfo } from '@rivero/graph/protocol';
import type { ElementKind } from '@rivero/module';
import {
  type CarriedData,
  carriedSize,
  dataOf,
  type ElementCalls,
  type ElementStart,
  type ElementTells,
  elementStart,
  OwnMembers,
  TAGS_CHANGED,
  type Tags,
  UriForbiddenError,
} from '@rivero/module/host';
import type { PacketPath, PacketPathHost } from '../processing/packet-path.js';
import { MEDIA_KINDS, type MediaKind } from '../routing/media.js';
import { type InputPort, notifyOutput, type OutputPort, relay, terminalInputs } from '../routing/ports.js';
import type { ReceiveTrack } from '../streams/receive-track.js';
import type { DataMessage } from '../transport/data-transport.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { Filter } from './filter.js';
import { DEFAULT_DESCRIPTION } from './media-element.js';
import type { Tag } from './media-object.js';
import { wishesOf } from './sink-link.js';

/** Messages on their way to the graph process, and their bytes; more are dropped. */
const MAX_PENDING = 256;
const MAX_PENDING_BYTES = 4_000_000;
/** The log hears of dropped messages no more often, ms. */
const TELL_DROPPED_MS = 10_000;

/**
 * An element of a module: its implementation is in the graph process, and does what the module's classes declare. What they
 * inherit from Kurento's classes is done here, as for every other element.
 */
export class ModuleElement extends Filter implements PacketPathHost {
  readonly #implementation: ElementKind;
  readonly #access: ElementStart['access'];
  readonly #timeoutMs: number;
  readonly #own: OwnMembers;
  #kept: Record<string, unknown> = {};
  #takesData = false;
  /** Of a PacketProcessor that takes packets. */
  #packets: { readonly path: PacketPath; readonly info: PacketsInfo } | undefined;
  /** Its thread has ended: packets go past it, or nowhere. */
  #isBroken = false;
  /** Messages on their way to the graph process. */
  #pending = { messages: 0, bytes: 0 };
  /** Messages that were dropped here; in the graph process; and of how many the log knows, since when (ms). */
  readonly #dropped = { here: 0, there: 0, told: 0, at: Number.NEGATIVE_INFINITY };

  constructor(context: ObjectContext, init: ObjectInit, implementation: ElementKind) {
    super(context, init);
    const { api, modules, configuration } = context;
    this.#implementation = implementation;
    const { folders, uriSchemes, uriHosts } = configuration;
    this.#access = { folders, uriSchemes, uriHosts };
    this.#timeoutMs = configuration.graphTimeoutSeconds * 1000;
    this.#own = new OwnMembers(api, init.type, (name) => modules.declares(name));
    this.creation = this.#make();
  }

  async #make(): Promise<void> {
    await this.startInGraph('Module', { ...this.#start() });
  }

  protected override async startInGraph(
    type: string,
    params: Record<string, unknown> = {},
  ): Promise<unknown> {
    const info = ((await super.startInGraph(type, params)) ?? {}) as ModuleElementInfo;
    if (this.released) return info;
    this.#takesData = info.takesData === true;
    if (info.packets !== undefined) this.#startPackets(info.packets);
    return info;
  }

  #startPackets(info: PacketsInfo): void {
    this.#packets ??= { path: this.graph.packetPath(this, info), info };
    this.#isBroken = false;
    if (!info.passive) for (const output of this.outputs()) if (isUsual(output)) relay(output, undefined);
    void this.#packets.path.open();
  }

  /** Whether packets of a port go through the element's thread. */
  #takesPackets(port: InputPort | OutputPort): boolean {
    return this.#packets?.info.passive === false && !this.#isBroken && isUsual(port);
  }

  protected override wireInput(port: InputPort): void {
    if (!this.#takesPackets(port)) {
      super.wireInput(port);
      return;
    }
    const output = this.output(port.kind);
    port.sink = {
      kind: port.kind,
      // The codec stays what it is: who receives it in the end has to accept it.
      get codecs() {
        return terminalInputs(output).find(({ sink }) => sink?.codecs !== undefined)?.sink?.codecs;
      },
      setOrigin: () => {},
    };
  }

  protected override wireOutput(port: OutputPort): void {
    if (!this.#takesPackets(port)) super.wireOutput(port);
  }

  override inputChanged(port: InputPort): void {
    super.inputChanged(port);
    if (isUsual(port)) this.#packets?.path.setOrigin(port.kind, port.origin, wishesOf(port.source));
  }

  callPackets(method: string, params: Record<string, unknown>): Promise<unknown> {
    return this.call(method, params);
  }

  packetsOut(kind: MediaKind, track: ReceiveTrack | undefined): void {
    const output = this.output(kind);
    output.origin = track;
    notifyOutput(output);
  }

  packetsChanged(kind: MediaKind): void {
    notifyOutput(this.output(kind));
  }

  packetsFailed(error: KurentoError): void {
    this.sinkFailed(error);
  }

  /** Its thread has ended: what comes goes past it, or ends here. */
  #endPackets(): void {
    if (this.#packets === undefined) return;
    const { path, info } = this.#packets;
    this.#isBroken = true;
    path.stop();
    if (info.passive) return;
    // Also those that nobody has asked for yet.
    for (const kind of MEDIA_KINDS) {
      const output = this.output(kind);
      output.origin = undefined;
      if (info.whenBroken === 'pass') relay(output, this.input(kind));
      else notifyOutput(output);
    }
  }

  override graphLost(): void {
    this.#packets?.path.stop();
    super.graphLost();
  }

  protected override onRelease(): void {
    this.#packets?.path.close();
    super.onRelease();
  }

  #start(): ElementStart {
    return elementStart(this.#own, this.#implementation, this.type, {
      params: this.params,
      kept: this.#kept,
      tags: this.#tags(),
      access: this.#access,
      timeoutMs: this.#timeoutMs,
      initial: (property) => this.property(property),
    });
  }

  /** Media of the kind that the implementation works on in the graph; other media, and all of it at a PacketProcessor, does not go there. */
  protected override changes(kind: MediaKind): boolean {
    if (this.#implementation.kind === 'packetProcessor') return false;
    return super.changes(kind);
  }

  /** A PacketProcessor counts packets of sound and video together. */
  protected override get measuredKinds(): readonly MediaKind[] {
    return this.#implementation.kind === 'packetProcessor' ? MEDIA_KINDS : super.measuredKinds;
  }

  override invoke(operation: Operation, params: Record<string, unknown>): unknown {
    if (!this.#own.operations.includes(operation)) return super.invoke(operation, params);
    const { kind, name, property = '' } = operation;
    switch (kind) {
      case 'method':
        return this.#call('call', { name, params });
      case 'getter':
        return this.#get(property);
      case 'setter':
        return this.#set(property, params[property]);
    }
  }

  #call<K extends keyof ElementCalls>(method: K, params: ElementCalls[K]): Promise<unknown> {
    return this.call(method, { ...params });
  }

  /** What the implementation does not have, such as constructor parameters that are properties, too, is here. */
  async #get(name: string): Promise<unknown> {
    return (await this.#call('get', { name })) ?? this.property(name);
  }

  async #set(name: string, value: unknown): Promise<null> {
    await this.#call('set', { name, value });
    // For a fresh graph process.
    this.setProperty(name, value);
    return null;
  }

  override addTag(tag: Tag): null {
    super.addTag(tag);
    return this.#tellTags();
  }

  override removeTag(tag: { key: string }): null {
    super.removeTag(tag);
    return this.#tellTags();
  }

  #tags(): Tags {
    return this.getTags().map(({ key, value }) => [key, value]);
  }

  /** A graph process that ends meanwhile is followed by one that is started with them. */
  #tellTags(): null {
    if (this.isInGraph)
      this.#call('call', { name: TAGS_CHANGED, params: { tags: this.#tags() } }).catch(() => {});
    return null;
  }

  protected override receiveData({ label, data, binary }: DataMessage): void {
    if (!this.#takesData) return;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const message: CarriedData = binary
      ? { label, base64: bytes.toString('base64') }
      : { label, text: bytes.toString() };
    const size = carriedSize(message);
    const pending = this.#pending;
    // A graph process that is busy must not fill the memory of this one.
    if (pending.messages >= MAX_PENDING || pending.bytes + size > MAX_PENDING_BYTES) {
      this.#dropped.here++;
      this.#tellDropped();
      return;
    }
    pending.messages++;
    pending.bytes += size;
    this.#call('data', message)
      .then(
        (dropped) => {
          this.#dropped.there = Number(dropped);
          this.#tellDropped();
        },
        // The graph process has ended, of which other things tell.
        () => {},
      )
      .finally(() => {
        pending.messages--;
        pending.bytes -= size;
      });
  }

  #tellDropped(): void {
    const dropped = this.#dropped;
    const total = dropped.here + dropped.there;
    const now = this.context.scheduler.now();
    if (total <= dropped.told || now - dropped.at < TELL_DROPPED_MS) return;
    Object.assign(dropped, { told: total, at: now });
    this.context.log.warn({ object: this.id, dropped: total }, 'a module is too slow for its messages');
  }

  override graphEvent(type: string, data: Record<string, unknown>): void {
    switch (type as keyof ElementTells | 'keyFrameWanted' | 'packetsEnded') {
      case 'event': {
        const event = data as ElementTells['event'];
        this.emit(event.name, event.data);
        return;
      }
      case 'data': {
        const message = dataOf(data as unknown as CarriedData);
        const binary = typeof message.data !== 'string';
        const bytes = typeof message.data === 'string' ? Buffer.from(message.data) : message.data;
        this.sendData({ label: message.label, data: bytes, binary });
        return;
      }
      case 'keyFrameWanted':
        this.#packets?.path.requestKeyFrame('video');
        return;
      case 'packetsEnded':
        this.#endPackets();
        return;
      case 'keep':
        this.#kept = { ...this.#kept, ...(data as ElementTells['keep']).values };
        return;
      case 'refused': {
        const error = new UriForbiddenError((data as ElementTells['refused']).message);
        this.emitError(error.type, error.code, error.message);
        return;
      }
      case 'log': {
        const { level, message, data: more } = data as ElementTells['log'];
        this.context.log[level]({ ...more, object: this.id }, message);
        return;
      }
      default:
        super.graphEvent(type, data);
    }
  }

  protected override restartParams({ type }: { type: string; params: Record<string, unknown> }): {
    type: string;
    params: Record<string, unknown>;
  } {
    return { type, params: { ...this.#start() } };
  }
}

type PacketsInfo = NonNullable<ModuleElementInfo['packets']>;

/** Of other media descriptions than the default one everything passes. */
const isUsual = ({ description }: InputPort | OutputPort): boolean => description === DEFAULT_DESCRIPTION;
