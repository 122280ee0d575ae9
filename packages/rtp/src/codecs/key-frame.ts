import { isAv1KeyFrameStart } from './av1.js';
import { isH263KeyFrameStart, isH263PlusKeyFrameStart } from './h263.js';
import { isH264KeyFrameStart } from './h264.js';
import { isH265KeyFrameStart } from './h265.js';
import { isVp8KeyFrameStart } from './vp8.js';
import { isVp9KeyFrameStart } from './vp9.js';

/**
 * Tells whether a decoder can start at an RTP payload, given as place in a slab. Reads only within it; never throws or
 * allocates.
 */
export type KeyFrameDetector = (slab: Uint8Array, offset: number, length: number) => boolean;

const always: KeyFrameDetector = () => true;

const detectors: ReadonlyMap<string, KeyFrameDetector> = new Map([
  ['vp8', isVp8KeyFrameStart],
  ['vp9', isVp9KeyFrameStart],
  ['h264', isH264KeyFrameStart],
  ['h265', isH265KeyFrameStart],
  ['h263', isH263KeyFrameStart],
  ['h263-1998', isH263PlusKeyFrameStart],
  ['h263-2000', isH263PlusKeyFrameStart],
  ['av1', isAv1KeyFrameStart],
  // audio: every packet can be decoded by itself
  ...[
    'opus',
    'multiopus',
    'pcmu',
    'pcma',
    'g722',
    'g729',
    'ilbc',
    'speex',
    'amr',
    'amr-wb',
    'l16',
    'cn',
    'telephone-event',
    'red',
  ].map((name): [string, KeyFrameDetector] => [name, always]),
]);

/** @param codecName encoding name of the rtpmap in any case @returns undefined for a video codec nobody here can read */
export function keyFrameDetector(codecName: string): KeyFrameDetector | undefined {
  return detectors.get(codecName.toLowerCase());
}
