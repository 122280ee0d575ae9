import { KurentoError } from '@rivero/api';
import type { GstElement } from '@rivero/graph-engine';

/** Where an image lies, as fractions of what it is placed on. */
export interface Placement {
  offsetXPercent: number;
  offsetYPercent: number;
  widthPercent: number;
  heightPercent: number;
}

/** A rectangle in pixels. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How far from what it is placed on, and how large, an image may be, as multiples of that. */
const MAX_OFFSET = 100;
const MAX_SIZE = 10;
/** GStreamer scales the whole image before it cuts off what is outside: one too large for it ends the process. */
const MAX_SIDE = 32_767;
const MAX_PIXELS = 7680 * 4320;

/** @throws KurentoError MEDIA_OBJECT_ILLEGAL_PARAM_ERROR */
export function checkPlacement(placement: Placement): void {
  const check = (name: keyof Placement, min: number, max: number): void => {
    const value = Number(placement[name]);
    if (value >= min && value <= max) return;
    const wanted = `${name} should be a fraction from ${min} to ${max}, where 1 is all of the width or height`;
    throw new KurentoError('MEDIA_OBJECT_ILLEGAL_PARAM_ERROR', `${wanted}, not ${value}`);
  };
  check('offsetXPercent', -MAX_OFFSET, MAX_OFFSET);
  check('offsetYPercent', -MAX_OFFSET, MAX_OFFSET);
  check('widthPercent', 0, MAX_SIZE);
  check('heightPercent', 0, MAX_SIZE);
}

/** The pixels of an overlay on an area. */
export function within(
  overlay: Placement & {
    keepAspectRatio: boolean;
    center: boolean;
    image: { width: number; height: number };
  },
  area: Rectangle,
): Rectangle {
  const box = {
    x: area.x + overlay.offsetXPercent * area.width,
    y: area.y + overlay.offsetYPercent * area.height,
    width: overlay.widthPercent * area.width,
    height: overlay.heightPercent * area.height,
  };
  if (!overlay.keepAspectRatio) return box;
  const scale = Math.min(box.width / overlay.image.width, box.height / overlay.image.height);
  const [width, height] = [overlay.image.width * scale, overlay.image.height * scale];
  const shift = overlay.center ? 0.5 : 0;
  return { x: box.x + (box.width - width) * shift, y: box.y + (box.height - height) * shift, width, height };
}

/** Has an overlay element show its image there; what has no size is not seen. */
export function show(slot: GstElement, { x, y, width, height }: Rectangle): void {
  if (width < 0.5 || height < 0.5) {
    slot.set('alpha', 0);
    return;
  }
  const scale = Math.min(1, MAX_SIDE / width, MAX_SIDE / height, Math.sqrt(MAX_PIXELS / (width * height)));
  slot.set('offset-x', Math.round(x));
  slot.set('offset-y', Math.round(y));
  slot.set('overlay-width', Math.max(1, Math.round(width * scale)));
  slot.set('overlay-height', Math.max(1, Math.round(height * scale)));
  slot.set('alpha', 1);
}
