import { existsSync } from 'node:fs';
import { KurentoError } from '@rivero/api';
import { type GstStructure, hasElement } from '@rivero/graph-engine';
import { type ImageFile, imageOf } from '../image-file.js';
import type { Step } from '../steps.js';
import { FilterElement } from './filter.js';
import { checkPlacement, type Placement, type Rectangle, show, within } from './placement.js';

/** Faces that get an image at a time. */
const FACES = 6;
const CASCADES = ['/usr/share/opencv4/haarcascades', '/usr/share/opencv/haarcascades'];
/** A face that is not found in a picture or two is still there, ms. */
const HOLD_MS = 300;

/** Finds faces and lays an image over each. Methods: setOverlayedImage { uri, placement… }, unsetOverlayedImage. */
export class FaceOverlayElement extends FilterElement {
  #image: (Placement & { image: ImageFile }) | undefined;
  #shown = 0;
  #lastFace = 0;

  override readonly methods = {
    setOverlayedImage: async (params: Record<string, unknown>): Promise<null> => {
      const uri = String(params.uri);
      checkPlacement(params as unknown as Placement);
      let image: ImageFile;
      try {
        image = await imageOf(uri);
      } catch (error) {
        this.host.emit('imageFailed', {
          id: uri,
          message: error instanceof Error ? error.message : String(error),
        });
        return null;
      }
      await this.#image?.image.remove();
      this.#image = { ...(params as unknown as Placement), image };
      for (const slot of this.chain.slice(2)) slot.set('location', image.path);
      return null;
    },
    unsetOverlayedImage: async (): Promise<null> => {
      const former = this.#image;
      this.#image = undefined;
      this.#show([]);
      await former?.image.remove();
      return null;
    },
  };

  /** @throws KurentoError where OpenCV or its cascades are not installed */
  protected override steps(): readonly Step[] {
    const profile = CASCADES.map((folder) => `${folder}/haarcascade_frontalface_default.xml`).find(
      existsSync,
    );
    if (!hasElement('facedetect') || profile === undefined) {
      throw new KurentoError(
        'MEDIA_OBJECT_NOT_AVAILABLE',
        'Faces are found with the Debian packages gstreamer1.0-opencv and opencv-data, which are not installed',
      );
    }
    return [
      ['facedetect', { display: false, updates: 'every_frame', profile, 'min-stddev': 5 }],
      ['videoconvert'],
      ...new Array<Step>(FACES).fill([
        'gdkpixbufoverlay',
        { alpha: 0, 'positioning-mode': 'pixels-absolute' },
      ]),
    ];
  }

  protected override heard({ name, fields }: GstStructure): void {
    if (name !== 'facedetect') return;
    const faces = (Array.isArray(fields.faces) ? fields.faces : []) as GstStructure[];
    const now = performance.now();
    if (faces.length > 0) this.#lastFace = now;
    else if (now - this.#lastFace < HOLD_MS) return;
    this.#show(
      faces.map(({ fields: face }) => ({
        x: Number(face.x),
        y: Number(face.y),
        width: Number(face.width),
        height: Number(face.height),
      })),
    );
  }

  #show(faces: readonly Rectangle[]): void {
    const image = this.#image;
    const slots = this.chain.slice(2);
    const count = image === undefined ? 0 : Math.min(faces.length, slots.length);
    for (let index = 0; index < count; index++) {
      show(slots[index]!, within({ ...image!, keepAspectRatio: false, center: false }, faces[index]!));
    }
    for (let index = count; index < this.#shown; index++) slots[index]!.set('alpha', 0);
    this.#shown = count;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#image?.image.remove();
  }
}
