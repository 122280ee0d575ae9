import type { GstPad } from '@rivero/graph-engine';
import { capsFields } from './caps.js';

/**
 * Tells the size of the pictures on a pad, pixels: now, if it is known, and whenever the caps change. The caps of a sink pad are its own
 * only after the event that brings them has gone all the way: who looks when the event comes in may look too early.
 * @returns what ends it
 */
export function watchPictureSize(pad: GstPad, tell: (width: number, height: number) => void): () => void {
  const look = (): void => {
    const { fields } = capsFields(pad.caps ?? '');
    const [width, height] = [Number(fields.get('width')), Number(fields.get('height'))];
    if (width > 0 && height > 0) tell(width, height);
  };
  const off = pad.on('notify::caps', look);
  look();
  return off;
}
