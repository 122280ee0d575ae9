import { type DataMessage, type Implements, type VideoFrame, VideoProcessor } from '@rivero/module';
import { drawRectangle, GREEN, pictureFrom, type Rectangle } from '@rivero/vision';
import type { declaration } from './declaration.js';
import { facesOf } from './faces.js';

type Declaration = typeof declaration;

/** A face of which nothing is heard is still there for so long, ms: messages come with each picture that has faces, and some are late. */
const HOLD_MS = 300;
const THICKNESS = 3;

/** Marks faces in the picture. */
export default class KmsShowFaces
  extends VideoProcessor<Declaration, 'KmsShowFaces'>
  implements Implements<Declaration, 'KmsShowFaces'>
{
  static override readonly format = 'I420';
  #faces: readonly Rectangle[] = [];
  #heard = 0;

  override onData({ data }: DataMessage): void {
    const faces = facesOf(typeof data === 'string' ? data : Buffer.from(data).toString());
    if (faces === undefined) {
      this.log.debug('a message is no list of faces');
      return;
    }
    this.#faces = faces;
    this.#heard = performance.now();
  }

  process(frame: VideoFrame): void {
    if (this.#faces.length === 0 || performance.now() - this.#heard > HOLD_MS) return;
    const picture = pictureFrom(frame);
    for (const face of this.#faces) drawRectangle(picture, face, GREEN, THICKNESS);
  }
}
