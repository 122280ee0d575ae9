import { existsSync } from 'node:fs';
import { type BinMessage, GStreamerBin, type Implements, ModuleError } from '@rivero/module';
import type { declaration } from './declaration.js';
import { facesMessage } from './faces.js';

type Declaration = typeof declaration;

const CASCADES = ['/usr/share/opencv4/haarcascades', '/usr/share/opencv/haarcascades'];

/** MEDIA_OBJECT_NOT_AVAILABLE. */
const NOT_AVAILABLE = 40108;

/** Finds faces and sends their places: one message for each picture that has some. */
export default class KmsDetectFaces
  extends GStreamerBin<Declaration, 'KmsDetectFaces'>
  implements Implements<Declaration, 'KmsDetectFaces'>
{
  describe(): string {
    const profile = CASCADES.map((folder) => `${folder}/haarcascade_frontalface_default.xml`).find(
      existsSync,
    );
    if (profile === undefined) {
      throw new ModuleError(
        'Faces are found with the Debian packages gstreamer1.0-opencv and opencv-data, which are not installed',
        NOT_AVAILABLE,
      );
    }
    return `facedetect display=false updates=every_frame min-stddev=5 profile=${profile}`;
  }

  override onMessage({ name, fields }: BinMessage): void {
    if (name !== 'facedetect' || !Array.isArray(fields.faces) || fields.faces.length === 0) return;
    const faces = fields.faces as readonly { readonly fields: Readonly<Record<string, unknown>> }[];
    this.sendData(
      facesMessage(
        faces.map(({ fields: { x, y, width, height } }) => ({
          x: Number(x),
          y: Number(y),
          width: Number(width),
          height: Number(height),
        })),
      ),
    );
  }
}
