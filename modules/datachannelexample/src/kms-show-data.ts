import {
  type DataMessage,
  type ElementContext,
  type Implements,
  type VideoFrame,
  VideoProcessor,
} from '@rivero/module';
import { pictureFrom } from '@rivero/vision';
import { Caption, LONGEST } from './caption.js';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

/** Shows the last message in the picture. */
export default class KmsShowData
  extends VideoProcessor<Declaration, 'KmsShowData'>
  implements Implements<Declaration, 'KmsShowData'>
{
  static override readonly format = 'I420';
  readonly #caption = new Caption();

  constructor(context: ElementContext<{ mediaPipeline: string }>) {
    super(context);
    const { text } = context.kept;
    if (typeof text === 'string') this.#caption.text = text;
  }

  /** As in Kurento, bytes are text, too, and messages go on. */
  override onData({ data, label }: DataMessage): void {
    const text = (typeof data === 'string' ? data : Buffer.from(data).toString()).slice(0, LONGEST);
    this.#caption.text = text;
    this.keep({ text });
    this.sendData(data, label);
  }

  process(frame: VideoFrame): void {
    this.#caption.draw(pictureFrom(frame));
  }
}
