// Generated from the declaration in @rivero/api by src/generator; do not edit.

import { Filter, MediaElement } from './core.js';

/**
 * Shows the last text message that it has got as a caption in the video that passes through. Messages
 * go on, too.
 * @example
 * ```js
 * const caption = await pipeline.create('KmsShowData');
 * await endpoint.connect(caption); // with useDataChannels
 * await caption.connect(endpoint);
 * ```
 */
export class KmsShowData extends MediaElement {
  static override readonly className: string = 'KmsShowData';
  declare protected readonly isKmsShowData: true;
}

/**
 * Reads bar codes and QR codes in the video that passes through, and sends what each says as a text
 * message: one for each picture that has it.
 * @example
 * ```js
 * const sender = await pipeline.create('KmsSendData');
 * await camera.connect(sender, 'VIDEO');
 * await sender.connect(endpoint, 'DATA'); // with useDataChannels
 * ```
 */
export class KmsSendData extends MediaElement {
  static override readonly className: string = 'KmsSendData';
  declare protected readonly isKmsSendData: true;
}

/**
 * Finds faces in the video that passes through and sends their places, in pixels, as messages of JSON:
 * `{"faces":[{"x":80,"y":60,"width":90,"height":90}]}`.
 * @example
 * ```js
 * const detector = await pipeline.create('KmsDetectFaces');
 * await camera.connect(detector, 'VIDEO');
 * await detector.connect(viewer);
 * ```
 */
export class KmsDetectFaces extends Filter {
  static override readonly className: string = 'KmsDetectFaces';
  declare protected readonly isKmsDetectFaces: true;
}

/**
 * Marks in the video the faces whose places it receives as messages, in the form in which
 * KmsDetectFaces sends them.
 * @example
 * ```js
 * const marker = await pipeline.create('KmsShowFaces');
 * await detector.connect(marker); // picture and places
 * ```
 */
export class KmsShowFaces extends Filter {
  static override readonly className: string = 'KmsShowFaces';
  declare protected readonly isKmsShowFaces: true;
}
