import {
  type DataMessage,
  type Implements,
  ModuleError,
  type VideoFrame,
  VideoProcessor,
} from '@rivero/module';
import { fillRectangle, pictureFrom, rgbToYuv, type Yuv } from '@rivero/vision';
import type { declaration } from './declaration.js';
import { FORGET_MS, SILENT, SPEAKING } from './speaking-messages.js';

type Declaration = typeof declaration;

/** Draws a border while somebody speaks. */
export default class SpeakingIndicator
  extends VideoProcessor<Declaration, 'SpeakingIndicator'>
  implements Implements<Declaration, 'SpeakingIndicator'>
{
  static override readonly format = 'I420';
  #color = '#000000';
  #yuv: Yuv = rgbToYuv(0, 0, 0);
  #thickness = 2.5;
  /** Until when somebody speaks unless it is said again, on the clock of performance.now(). */
  #until = 0;

  override onData({ data }: DataMessage): void {
    if (data === SPEAKING) this.#until = performance.now() + FORGET_MS;
    else if (data === SILENT) this.#until = 0;
    else this.log.debug('a message is none of a VoiceActivityDetector');
  }

  process(frame: VideoFrame): void {
    if (!this.speaking) return;
    const { width, height } = frame;
    const side = Math.max(2, Math.round((Math.min(width, height) * this.#thickness) / 100));
    const picture = pictureFrom(frame);
    fillRectangle(picture, { x: 0, y: 0, width, height: side }, this.#yuv);
    fillRectangle(picture, { x: 0, y: height - side, width, height: side }, this.#yuv);
    fillRectangle(picture, { x: 0, y: 0, width: side, height }, this.#yuv);
    fillRectangle(picture, { x: width - side, y: 0, width: side, height }, this.#yuv);
  }

  get speaking(): boolean {
    return performance.now() < this.#until;
  }

  get color(): string {
    return this.#color;
  }

  set color(value: string) {
    const digits = /^#([0-9a-f]{6})$/i.exec(value)?.[1];
    if (digits === undefined)
      throw new ModuleError(`color should be as #RRGGBB, not ${JSON.stringify(value.slice(0, 40))}`);
    const rgb = Number.parseInt(digits, 16);
    this.#yuv = rgbToYuv(rgb >> 16, (rgb >> 8) & 255, rgb & 255);
    this.#color = value;
  }

  get thickness(): number {
    return this.#thickness;
  }

  set thickness(value: number) {
    if (!(value >= 0.5 && value <= 25))
      throw new ModuleError(`thickness should be between 0.5 and 25, not ${value}`);
    this.#thickness = value;
  }
}
