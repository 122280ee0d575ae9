import { type DataMessage, MAX_DATA_BYTES } from '../data-message.js';

/** A message of a data channel on its way between processes, which speak JSON. */
export interface CarriedData {
  label: string;
  text?: string;
  base64?: string;
}

/** @throws TypeError for what is no message, RangeError for one that is too large */
export function carriedData(data: unknown, label: unknown): CarriedData {
  if (typeof label !== 'string') throw new TypeError('the label of a message should be a string');
  if (!(typeof data === 'string' || data instanceof Uint8Array)) {
    throw new TypeError('a message should be a string or an Uint8Array');
  }
  const size = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
  if (size > MAX_DATA_BYTES)
    throw new RangeError(`a message of ${size} bytes is larger than ${MAX_DATA_BYTES}`);
  if (typeof data === 'string') return { label, text: data };
  return { label, base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') };
}

export function dataOf({ label, text, base64 }: CarriedData): DataMessage {
  return { label, data: text ?? new Uint8Array(Buffer.from(base64 ?? '', 'base64')) };
}

/** Bytes that it takes on its way. */
export function carriedSize({ text, base64 }: CarriedData): number {
  return (text ?? base64 ?? '').length;
}
