import type { GraphOrigin } from '../processing/graph-origin.js';
import { GraphSink, type GraphSinkHost } from '../processing/graph-sink.js';
import { MEDIA_KINDS, type MediaKind } from '../routing/media.js';
import { type InputPort, notifyOutput, relay } from '../routing/ports.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { MediaElement } from './media-element.js';
import { TranscodedSource } from './transcoded-source.js';

/** What a hub hears of its ports. */
export interface HubPortOwner {
  portAdded(port: HubPort): void;
  portRemoved(port: HubPort): void;
  /** What comes into a port has changed, begun or ceased to flow. */
  portInputChanged(port: HubPort): void;
}

/** Door of a hub: what is connected to it goes into the hub, what the hub sends it comes out of it (Kurento: HubPort). */
export class HubPort extends MediaElement {
  readonly #owner: HubPortOwner;

  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.#owner = this.parent as unknown as HubPortOwner;
    this.#owner.portAdded(this);
  }

  /** Has this port give out what goes into another one (or nothing). */
  route(kind: MediaKind, source: HubPort | undefined): void {
    relay(this.output(kind), source?.input(kind));
  }

  /** Whether this port gives out what goes into the other one. */
  isFedBy(kind: MediaKind, source: HubPort): boolean {
    return this.output(kind).relayed === source.input(kind);
  }

  /** What comes in goes to an input of a mixing element of the hub. */
  takeInto(kind: MediaKind, host: GraphSinkHost, input: string): GraphSink {
    const port = this.input(kind);
    const sink = new GraphSink(host, kind, input, new TranscodedSource(port));
    port.sink = sink;
    sink.setOrigin(port.origin);
    return sink;
  }

  /** What a mixing element of the hub makes comes out. */
  giveOut(kind: MediaKind, origin: GraphOrigin | undefined): void {
    const output = this.output(kind);
    output.origin = origin;
    notifyOutput(output);
  }

  /** Whether media of a kind comes in, or came and is still connected. */
  brings(kind: MediaKind): boolean {
    const origin = this.input(kind).origin;
    if (origin === undefined) this.#brought.delete(kind);
    else if (origin.flowing) this.#brought.add(kind);
    return this.#brought.has(kind);
  }

  readonly #brought = new Set<MediaKind>();

  override inputChanged(port: InputPort): void {
    super.inputChanged(port);
    port.sink?.setOrigin(port.origin);
    this.#owner.portInputChanged(this);
  }

  protected override onRelease(): void {
    this.#owner.portRemoved(this);
    for (const kind of MEDIA_KINDS) {
      this.route(kind, undefined);
      for (const output of [...this.input(kind).relays]) relay(output, undefined);
    }
    super.onRelease();
  }
}
