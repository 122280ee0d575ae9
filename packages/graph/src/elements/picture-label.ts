import { KurentoError } from '@rivero/api';
import { type GstElement, type GstPad, hasElement } from '@rivero/graph-engine';
import type { BranchHost } from '../branch.js';
import { capsFields } from '../caps.js';
import { Segment } from '../segment.js';
import { capsFilter } from '../steps.js';
import {
  type Box,
  fitLabel,
  fontSizeOn,
  type LabelImage,
  type LabelStyle,
  labelUri,
  placeLabel,
  textUri,
} from './label-image.js';
import { linkToMixer } from './mixer-input.js';

/** Where a picture is, which a label is to be on. */
export interface LabelledPicture extends Box {
  readonly zOrder: number;
  readonly alpha: number;
}

/** How long a text may take to be measured, ms. */
const MEASURE_MS = 2000;
/** Width of a letter in its heights, for what can't be measured. */
const LETTER = 0.6;

/** @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE where nothing draws text */
export function requireLabels(): void {
  if (hasElement('rsvgdec')) return;
  throw new KurentoError(
    'MEDIA_OBJECT_NOT_AVAILABLE',
    'Labels need the element rsvgdec of GStreamer: install the Debian package gstreamer1.0-plugins-bad',
  );
}

/**
 * A text on a picture of a compositor: a still image at a pad of its own, drawn when the text or the size of the picture changes and never for
 * a frame. The background has to cover what is behind it, because the compositor's canvas has no alpha; opacity is the pad's.
 */
export class PictureLabel {
  readonly #host: BranchHost;
  readonly #mixer: GstElement;
  readonly #name: string;
  #style: LabelStyle | undefined;
  #picture: LabelledPicture | undefined;
  #framerate: number;
  #change: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #shown: { key: string; image: LabelImage; pad: GstPad; stop: () => Promise<void> } | undefined;

  /** @param framerate of the canvas: a slower pad would hold it up */
  constructor(host: BranchHost, mixer: GstElement, name: string, framerate: number) {
    this.#host = host;
    this.#mixer = mixer;
    this.#name = name;
    this.#framerate = framerate;
  }

  /** Resolves when it can be seen. Rejects with the error of what draws it. */
  setStyle(style: LabelStyle): Promise<void> {
    this.#style = style;
    return this.#update();
  }

  /** Undefined: the picture is not shown. */
  setPicture(picture: LabelledPicture | undefined): Promise<void> {
    this.#picture = picture;
    return this.#update();
  }

  /** Changes take effect one after the other; of those that come meanwhile the last one counts. */
  #update(): Promise<void> {
    this.#waiting ??= this.#change.then(() => {
      this.#waiting = undefined;
      const change = this.#show();
      this.#change = change.catch(() => {});
      return change;
    });
    return this.#waiting;
  }

  async #show(): Promise<void> {
    const [style, picture] = [this.#style, this.#picture];
    if (style === undefined || picture === undefined) return this.#hide();
    const { text, color, background } = style;
    const fontSize = fontSizeOn(picture, style.size);
    const key = JSON.stringify([text, fontSize, color, background, picture.width, picture.height]);
    if (this.#shown?.key !== key) {
      const image = fitLabel(text, fontSize, await this.#measure(text, fontSize), picture);
      if (image === undefined) return this.#hide();
      const former = this.#shown;
      this.#shown = undefined;
      try {
        this.#shown = { key, image, ...(await this.#draw(image, style)) };
      } finally {
        await former?.stop();
      }
    }
    const { image, pad } = this.#shown;
    const { x, y } = placeLabel(image, style.position, picture);
    pad.set('xpos', x);
    pad.set('ypos', y);
    pad.set('zorder', picture.zOrder + 1);
    pad.set('alpha', picture.alpha * style.opacity);
  }

  async #hide(): Promise<void> {
    const shown = this.#shown;
    this.#shown = undefined;
    await shown?.stop();
  }

  async #draw(image: LabelImage, style: LabelStyle): Promise<{ pad: GstPad; stop: () => Promise<void> }> {
    const segment = new Segment(this.#host.pipeline, this.#name, [
      ['dataurisrc', { uri: labelUri(image, style) }],
      ['rsvgdec'],
      ['videoconvert'],
      capsFilter('video/x-raw,format=I420'),
      ['imagefreeze', { 'is-live': true }],
      capsFilter(`video/x-raw,framerate=${this.#framerate}/1`),
    ]);
    const unwatch = this.#host.watch(segment, () => void this.#hide());
    let pad: GstPad | undefined;
    const unlink = linkToMixer(this.#mixer, segment.src, (requested) => {
      requested.set('alpha', 0);
      pad = requested;
    });
    const stop = async (): Promise<void> => {
      await segment.stop();
      unlink();
      unwatch();
    };
    try {
      await segment.start();
    } catch (error) {
      await stop();
      throw error;
    }
    return { pad: pad!, stop };
  }

  /** Width of a text, pixels: the size that the drawing library finds for it. */
  async #measure(text: string, fontSize: number): Promise<number> {
    const segment = new Segment(this.#host.pipeline, `${this.#name}-measure`, [
      ['dataurisrc', { uri: textUri(text, fontSize) }],
      ['rsvgdec'],
      ['fakesink', { sync: false, async: false }],
    ]);
    let failed: () => void = () => {};
    const failure = new Promise<void>((resolve) => {
      failed = resolve;
    });
    const unwatch = this.#host.watch(segment, failed);
    const timer = setTimeout(failed, MEASURE_MS);
    try {
      const drawn = segment.element('rsvgdec').getStaticPad('src');
      const first = drawn.firstBuffer();
      await segment.start();
      await Promise.race([first, failure]);
      const width = Number(capsFields(drawn.caps ?? '').fields.get('width'));
      // Nothing to be seen, such as characters without width, has no size.
      return width > 0 ? width : text.length * fontSize * LETTER;
    } finally {
      clearTimeout(timer);
      await segment.stop();
      unwatch();
    }
  }

  close(): Promise<void> {
    this.#style = undefined;
    return this.#update();
  }
}
