import type { KurentoError } from '@rivero/api';
import type { GraphOrigin } from '../processing/graph-origin.js';
import type { GraphSink } from '../processing/graph-sink.js';
import type { MediaKind } from '../routing/media.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { Hub } from './hub.js';
import { HubElement, type HubElementListener } from './hub-element.js';
import type { HubPort } from './hub-port.js';

/** A hub that decodes what its ports bring and gives them something made of all of it: pictures on a canvas, mixed sound. */
export abstract class MixingHub extends Hub implements HubElementListener {
  protected readonly matrix: HubElement;
  /** A constructor that throws half-way leaves some of them to be closed. */
  readonly #elements: HubElement[] = [];
  readonly #names = new Map<HubPort, string>();
  readonly #sinks = new Map<HubPort, GraphSink[]>();
  #numbers = 0;
  #toldUnavailable = false;
  /** What all ports give out. */
  #picture: GraphOrigin | undefined;

  /** @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE where GStreamer is missing */
  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.matrix = this.element('sound', 'AudioMatrix', () => ({}));
  }

  protected get graph() {
    return this.context.processing.graphOf(this.pipeline);
  }

  get #shortId(): string {
    return this.id.slice(this.id.lastIndexOf('/') + 1);
  }

  protected element(name: string, type: string, params: () => Record<string, unknown>): HubElement {
    const made = new HubElement(this.graph, `${this.#shortId}-${name}`, type, params, this);
    this.#elements.push(made);
    return made;
  }

  /** The ports in the order in which they were made. */
  protected get orderedPorts(): HubPort[] {
    return [...this.#names.keys()];
  }

  /** The name of a port in the graph. */
  protected nameOf(port: HubPort): string {
    return this.#names.get(port)!;
  }

  /** What takes a kind of media of the ports. */
  protected abstract elementFor(kind: MediaKind): HubElement | undefined;

  /** Ports have come, gone, or begun or ceased to bring something. */
  protected abstract portsChanged(): void;

  override portAdded(port: HubPort): void {
    this.#names.set(port, `port${++this.#numbers}`);
    this.#attach(port);
    if (this.#picture !== undefined) port.giveOut('video', this.#picture);
    this.portsChanged();
  }

  /** Takes in all ports what the elements take by now. */
  protected attachPorts(): void {
    for (const port of this.orderedPorts) this.#attach(port);
  }

  #attach(port: HubPort): void {
    const sinks = this.#sinks.get(port) ?? [];
    this.#sinks.set(port, sinks);
    for (const kind of ['audio', 'video'] as const) {
      const element = this.elementFor(kind);
      if (element === undefined || sinks.some((sink) => sink.kind === kind)) continue;
      element.start();
      const sink = port.takeInto(kind, element, this.nameOf(port));
      sinks.push(sink);
    }
  }

  override portRemoved(port: HubPort): void {
    for (const sink of this.#sinks.get(port) ?? []) {
      sink.setOrigin(undefined);
      sink.close();
    }
    this.#sinks.delete(port);
    this.#names.delete(port);
    if (!this.released) this.portsChanged();
  }

  override portInputChanged(_port: HubPort): void {
    if (!this.released) this.portsChanged();
  }

  hubStream(element: HubElement, name: string, origin: GraphOrigin | undefined): void {
    if (element !== this.matrix) {
      this.#picture = origin;
      for (const port of this.#names.keys()) port.giveOut('video', origin);
      return;
    }
    for (const [port, portName] of this.#names) if (portName === name) port.giveOut('audio', origin);
  }

  hubInputTaken(element: HubElement, input: string, stream: string | undefined, transcodes: boolean): void {
    const kind = element === this.matrix ? 'audio' : 'video';
    for (const sink of [...this.#sinks.values()].flat())
      if (sink.kind === kind && sink.input === input) sink.taken(stream, transcodes);
  }

  hubRestarted(element: HubElement): void {
    for (const sinks of this.#sinks.values()) {
      for (const sink of sinks)
        if (sink.kind === (element === this.matrix ? 'audio' : 'video')) sink.reconnect();
    }
    this.portsChanged();
  }

  hubEvent(_type: string, _data: Record<string, unknown>): void {}

  hubFailed(error: KurentoError): void {
    // What is missing on this machine is missing for picture and sound, and for good: told once.
    if (error.type === 'MEDIA_OBJECT_NOT_AVAILABLE') {
      if (this.#toldUnavailable) return;
      this.#toldUnavailable = true;
    }
    this.emitError(error.type, error.code, error.message);
  }

  /** Who hears whom: names of the ports by the name of the listener. */
  protected setRoutes(routes: ReadonlyMap<HubPort, readonly HubPort[]>): void {
    const named = [...routes].map(([port, heard]) => [
      this.nameOf(port),
      heard.map((other) => this.nameOf(other)),
    ]);
    this.matrix.send('setRoutes', { routes: Object.fromEntries(named) });
  }

  /** Everybody hears all others who bring sound. */
  protected hearEachOther(): void {
    const ports = this.orderedPorts;
    const speaking = ports.filter((port) => port.brings('audio'));
    this.setRoutes(new Map(ports.map((port) => [port, speaking.filter((other) => other !== port)])));
  }

  protected override onRelease(): void {
    super.onRelease();
    for (const element of this.#elements) element.close();
  }
}
