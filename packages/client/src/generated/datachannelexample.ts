// Generated from the declaration in @rivero/api by src/generator; do not edit.

import { Filter, MediaElement } from './core.js';

/**
 * Shows the text messages it receives as a caption in the video that passes through.
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
 * Sends a text message at fixed intervals to the elements connected to its data output.
 * @example
 * ```js
 * const sender = await pipeline.create('KmsSendData');
 * await sender.connect(endpoint, 'DATA');
 * ```
 */
export class KmsSendData extends MediaElement {
  static override readonly className: string = 'KmsSendData';
  declare protected readonly isKmsSendData: true;
}

/**
 * Finds faces in the video that passes through and sends their places as messages.
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
 * Marks in the video the faces whose places it receives as messages.
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
