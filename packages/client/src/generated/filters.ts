// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { eventTypes } from '../objects/remote-object.js';
import type { CallOptions } from '../objects/scope.js';
import { Filter, type FilterEvents, type FilterType, type MediaEvent } from './core.js';

/** A code has been read. */
export interface CodeFoundEvent extends MediaEvent {
  readonly type: 'CodeFound';
  /** Kind of code, such as "QR-Code" or "EAN-13". */
  readonly codeType: string;
  /** What the code says. */
  readonly value: string;
}

/**
 * Finds faces in the picture and lays an image over each of them.
 * @example
 * ```js
 * const hat = await pipeline.create('FaceOverlayFilter');
 * await hat.setOverlayedImage('file:///images/hat.png', -0.2, -1.1, 1.6, 1.6); // above the face
 * ```
 */
export class FaceOverlayFilter extends Filter {
  static override readonly className: string = 'FaceOverlayFilter';
  declare protected readonly isFaceOverlayFilter: true;

  /** Removes the image; faces are shown as they are. */
  unsetOverlayedImage(options?: CallOptions): Promise<void> {
    return this.run('unsetOverlayedImage', {}, options);
  }

  /**
   * Sets the image, its size and its place relative to the face; offsets may be negative and sizes above
   * 1.
   * @param uri URI of the image; a missing file is no error.
   * @param offsetXPercent Left edge, as a fraction of the width it is placed on, -100 to 100.
   * @param offsetYPercent Upper edge, as a fraction of the height it is placed on, -100 to 100.
   * @param widthPercent Width, as a fraction of the width it is placed on, 0 to 10.
   * @param heightPercent Height, as a fraction of the height it is placed on, 0 to 10.
   */
  setOverlayedImage(
    uri: string,
    offsetXPercent: number,
    offsetYPercent: number,
    widthPercent: number,
    heightPercent: number,
    options?: CallOptions,
  ): Promise<void> {
    return this.run(
      'setOverlayedImage',
      { uri, offsetXPercent, offsetYPercent, widthPercent, heightPercent },
      options,
    );
  }
}

/** What can be chosen when a {@link GStreamerFilter} is created. */
export interface GStreamerFilterParams {
  /** Name of the element and its properties, as for gst-launch-1.0. */
  readonly command: string;
  /**
   * Kind of media; AUTODETECT takes it from the element.
   * Default: `"AUTODETECT"`.
   */
  readonly filterType?: FilterType | undefined;
}

/**
 * Puts one GStreamer element with one input and one output of the same kind of media into the
 * pipeline.
 * @example
 * ```js
 * const flip = await pipeline.create('GStreamerFilter', { command: 'videoflip method=horizontal-flip' });
 * await flip.setElementProperty('method', 'rotate-180');
 * ```
 */
export class GStreamerFilter extends Filter {
  static override readonly className: string = 'GStreamerFilter';
  declare protected readonly isGStreamerFilter: true;

  /** The command given at construction. */
  getCommand(options?: CallOptions): Promise<string> {
    return this.read('getCommand', {}, options);
  }

  /**
   * Changes a property of the element while it works. Texts, numbers and enums can be set.
   * @param propertyName Name of the property.
   * @param propertyValue New value as text; an enum takes the nick.
   */
  setElementProperty(propertyName: string, propertyValue: string, options?: CallOptions): Promise<void> {
    return this.run('setElementProperty', { propertyName, propertyValue }, options);
  }
}

/**
 * Lays any number of images over the picture.
 * @example
 * ```js
 * const overlay = await pipeline.create('ImageOverlayFilter');
 * await overlay.addImage('logo', 'file:///images/logo.png', 0.8, 0.05, 0.15, 0.15, true, false);
 * ```
 */
export class ImageOverlayFilter extends Filter {
  static override readonly className: string = 'ImageOverlayFilter';
  declare protected readonly isImageOverlayFilter: true;

  /**
   * Removes an image. An unknown name is no error.
   * @param id Name of the image.
   */
  removeImage(id: string, options?: CallOptions): Promise<void> {
    return this.run('removeImage', { id }, options);
  }

  /**
   * Adds an image, or replaces the one that has this name.
   * @param id Name of the image, for removeImage.
   * @param uri URI of the image; a missing file is no error.
   * @param offsetXPercent Left edge, as a fraction of the width it is placed on, -100 to 100.
   * @param offsetYPercent Upper edge, as a fraction of the height it is placed on, -100 to 100.
   * @param widthPercent Width, as a fraction of the width it is placed on, 0 to 10.
   * @param heightPercent Height, as a fraction of the height it is placed on, 0 to 10.
   * @param keepAspectRatio Whether the image keeps its proportions inside the given size.
   * @param center Whether an image smaller than the given size is centred in it.
   */
  addImage(
    id: string,
    uri: string,
    offsetXPercent: number,
    offsetYPercent: number,
    widthPercent: number,
    heightPercent: number,
    keepAspectRatio: boolean,
    center: boolean,
    options?: CallOptions,
  ): Promise<void> {
    return this.run(
      'addImage',
      { id, uri, offsetXPercent, offsetYPercent, widthPercent, heightPercent, keepAspectRatio, center },
      options,
    );
  }
}

/** Base of filters that work on single pictures with computer vision. */
export class OpenCVFilter extends Filter {
  static override readonly className: string = 'OpenCVFilter';
  declare protected readonly isOpenCVFilter: true;
}

/** Events of {@link ZBarFilter} by name. */
export interface ZBarFilterEvents extends FilterEvents {
  /** A code has been read. */
  readonly CodeFound: CodeFoundEvent;
}

/**
 * Reads bar codes and QR codes in the picture; each reading comes as CodeFound. The picture itself is
 * not changed.
 * @example
 * ```js
 * const scanner = await pipeline.create('ZBarFilter');
 * scanner.on('CodeFound', ({ codeType, value }) => console.log(codeType, value));
 * await camera.connect(scanner);
 * ```
 */
export class ZBarFilter extends Filter {
  static override readonly className: string = 'ZBarFilter';
  declare protected readonly isZBarFilter: true;
  declare readonly [eventTypes]: ZBarFilterEvents;
}
