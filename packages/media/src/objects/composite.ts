import { KurentoError } from '@rivero/api';
import { GraphEndedError } from '../processing/graph-client.js';
import type { MediaKind } from '../routing/media.js';
import { arrange, type CompositeLayout } from './composite-layout.js';
import type { ObjectContext, ObjectInit } from './context.js';
import type { HubElement } from './hub-element.js';
import type { HubPort } from './hub-port.js';
import { MixingHub } from './mixing-hub.js';

/** Pixels; and frames per second. More than this is no picture any more but an attack. */
const MAX_SIDE = 7680;
const MAX_FRAMERATE = 120;
/** Characters of a label, and pixels of its letters. */
const MAX_LABEL = 200;
const MAX_LETTERS = 500;
const COLOUR = /^#[0-9a-f]{6}$/i;

/** The name on a picture. */
interface Label {
  text: string;
  position: string;
  size: number;
  color: string;
  background: string;
  opacity: number;
}

/** All pictures in one, and the sound of all others (Kurento: Composite). */
export class Composite extends MixingHub {
  readonly #canvas: HubElement;
  readonly #size: { width: number; height: number };
  #layout: CompositeLayout = 'GRID';
  #main: HubPort | undefined;
  readonly #labels = new Map<HubPort, Label>();

  /** @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE where GStreamer is missing */
  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.graph.requireAvailable();
    // Kurento takes what is no size for its defaults.
    const given = (name: string, otherwise: number): number => {
      const value = init.params[name];
      return typeof value === 'number' && value > 0 ? value : otherwise;
    };
    const [width, height, framerate] = [given('width', 800), given('height', 600), given('framerate', 15)];
    if (width < 16 || height < 16 || width > MAX_SIDE || height > MAX_SIDE) {
      throw new KurentoError(
        'MEDIA_OBJECT_ILLEGAL_PARAM_ERROR',
        `width and height must be from 16 to ${MAX_SIDE}`,
      );
    }
    if (framerate > MAX_FRAMERATE) {
      throw new KurentoError(
        'MEDIA_OBJECT_ILLEGAL_PARAM_ERROR',
        `framerate must be from 1 to ${MAX_FRAMERATE}`,
      );
    }
    // Colours of an odd number of pixels can't be halved.
    this.#size = { width: width & ~1, height: height & ~1 };
    this.#canvas = this.element('picture', 'VideoCanvas', () => ({ ...this.#size, framerate }));
  }

  protected override elementFor(kind: MediaKind): HubElement {
    return kind === 'video' ? this.#canvas : this.matrix;
  }

  /** Beyond Kurento: how the pictures are arranged, and which is the main one (the first port's, where none is given). */
  setLayout(params: { layout: CompositeLayout; main?: string }): null {
    this.#main = params.main === undefined || params.main === '' ? undefined : this.port(params.main);
    this.#layout = params.layout;
    this.portsChanged();
    return null;
  }

  /** Beyond Kurento: a text on the picture of a port, in place of the one before; an empty one takes it away. */
  async setLabel({ port: id, ...label }: Label & { port: string }): Promise<null> {
    const port = this.port(id);
    const text = label.text.trim();
    if (text.length > MAX_LABEL) throw illegal(`text must have at most ${MAX_LABEL} characters`);
    if (label.size !== 0 && (label.size < 6 || label.size > MAX_LETTERS))
      throw illegal(`size must be 0 or from 6 to ${MAX_LETTERS}`);
    for (const name of ['color', 'background'] as const)
      if (!COLOUR.test(label[name])) throw illegal(`${name} must be like #1A2B3C`);
    if (!(label.opacity >= 0 && label.opacity <= 1)) throw illegal('opacity must be from 0 to 1');
    const style = text === '' ? undefined : { ...label, text };
    const former = this.#labels.get(port);
    this.#keepLabel(port, style);
    try {
      await this.#canvas.call('setLabel', { input: this.nameOf(port), label: style ?? null });
    } catch (error) {
      // The next process is told of all labels.
      if (error instanceof GraphEndedError) return null;
      if (this.#labels.get(port) === style) this.#keepLabel(port, former);
      throw error;
    }
    return null;
  }

  #keepLabel(port: HubPort, label: Label | undefined): void {
    if (label === undefined || port.released) this.#labels.delete(port);
    else this.#labels.set(port, label);
  }

  override portRemoved(port: HubPort): void {
    if (this.#labels.delete(port) && !this.released)
      this.#canvas.send('setLabel', { input: this.nameOf(port), label: null });
    super.portRemoved(port);
  }

  override hubRestarted(element: HubElement): void {
    super.hubRestarted(element);
    if (element !== this.#canvas) return;
    for (const [port, label] of this.#labels)
      element.send('setLabel', { input: this.nameOf(port), label: { ...label } });
  }

  protected override portsChanged(): void {
    this.hearEachOther();
    const shown = this.orderedPorts.filter((port) => port.brings('video'));
    const main = this.#main;
    if (main !== undefined && shown.includes(main))
      shown.sort((a, b) => Number(b === main) - Number(a === main));
    const cells = arrange(this.#layout, shown.length, this.#size);
    const placements: Record<string, unknown> = {};
    for (const [index, port] of shown.entries()) {
      const cell = cells[index];
      if (cell !== undefined)
        // Between two pictures there is room for a label.
        placements[this.nameOf(port)] = { ...cell, zOrder: 2 * index + 1, alpha: 1, sizing: 'fit' };
    }
    this.#canvas.send('setLayout', { placements });
  }
}

function illegal(message: string): KurentoError {
  return new KurentoError('MEDIA_OBJECT_ILLEGAL_PARAM_ERROR', message);
}
