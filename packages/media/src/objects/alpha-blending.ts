import type { MediaKind } from '../routing/media.js';
import type { ObjectContext, ObjectInit } from './context.js';
import type { HubElement } from './hub-element.js';
import type { HubPort } from './hub-port.js';
import { MixingHub } from './mixing-hub.js';

interface PortProperties {
  relativeX: number;
  relativeY: number;
  relativeWidth: number;
  relativeHeight: number;
  zOrder: number;
}

/** Until the master's picture is known. */
const DEFAULT_SIZE = { width: 640, height: 480 };
const FRAMERATE = 15;

/** Pictures on top of each other, placed on that of a master (Kurento: AlphaBlending). */
export class AlphaBlending extends MixingHub {
  readonly #canvas: HubElement;
  #size = DEFAULT_SIZE;
  #master: { port: HubPort; zOrder: number } | undefined;
  readonly #properties = new Map<HubPort, PortProperties>();
  readonly #sizes = new Map<string, { width: number; height: number }>();

  /** @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE where GStreamer is missing */
  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.graph.requireAvailable();
    this.#canvas = this.element('picture', 'VideoCanvas', () => ({ ...this.#size, framerate: FRAMERATE }));
  }

  protected override elementFor(kind: MediaKind): HubElement {
    return kind === 'video' ? this.#canvas : this.matrix;
  }

  setMaster(params: { source: string; zOrder: number }): null {
    this.#master = { port: this.port(params.source), zOrder: params.zOrder };
    this.portsChanged();
    return null;
  }

  setPortProperties(params: PortProperties & { port: string }): null {
    const { port, ...properties } = params;
    this.#properties.set(this.port(port), properties);
    this.portsChanged();
    return null;
  }

  override hubEvent(type: string, data: Record<string, unknown>): void {
    if (type !== 'inputSize') return;
    const { input, width, height } = data as { input: string; width: number; height: number };
    this.#sizes.set(input, { width, height });
    if (this.#master !== undefined && this.nameOf(this.#master.port) === input) this.portsChanged();
  }

  override portRemoved(port: HubPort): void {
    this.#properties.delete(port);
    if (this.#master?.port === port) this.#master = undefined;
    super.portRemoved(port);
  }

  protected override portsChanged(): void {
    this.hearEachOther();
    const master = this.#master;
    const size = master === undefined ? undefined : this.#sizes.get(this.nameOf(master.port));
    if (size !== undefined && (size.width !== this.#size.width || size.height !== this.#size.height)) {
      this.#size = size;
      this.#canvas.send('setCanvas', { ...size, framerate: FRAMERATE });
    }
    const { width, height } = this.#size;
    const whole = { x: 0, y: 0, width, height };
    const placements: Record<string, unknown> = {};
    for (const port of this.orderedPorts) {
      if (!port.brings('video')) continue;
      const given = this.#properties.get(port);
      const cell =
        port === master?.port || given === undefined
          ? whole
          : {
              x: given.relativeX * width,
              y: given.relativeY * height,
              width: given.relativeWidth * width,
              height: given.relativeHeight * height,
            };
      const zOrder = port === master?.port ? master.zOrder : (given?.zOrder ?? 1);
      placements[this.nameOf(port)] = { ...cell, zOrder: Math.max(zOrder, 0), alpha: 1, sizing: 'fill' };
    }
    this.#canvas.send('setLayout', { placements });
  }
}
