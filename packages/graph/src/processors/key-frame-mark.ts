import { elementOffset, findExtension } from '@rivero/rtp';
import { KEY_FRAME_MARK_ID } from '../protocol.js';

const HAS_EXTENSIONS = 0x10;
const ONE_BYTE_PROFILE = 0xbe;

/** The mark of a packet: 1 where a key frame begins with it, 0 where not; -1 when it has none. @param length of the packet */
export function readKeyFrameMark(memory: Uint8Array, begin: number, length: number): number {
  const found = findExtension(memory, begin, length, KEY_FRAME_MARK_ID);
  return found < 0 ? -1 : memory[begin + elementOffset(found)]!;
}

/**
 * Gives a packet a mark (a header extension, RFC 8285), for which its header grows forwards by at most 8 bytes, which have to be free before it.
 * @param length of the packet @param header bytes of its header
 * @returns where it begins by now
 */
export function writeKeyFrameMark(
  memory: Uint8Array,
  begin: number,
  length: number,
  header: number,
  mark: boolean,
): number {
  const found = findExtension(memory, begin, length, KEY_FRAME_MARK_ID);
  const value = mark ? 1 : 0;
  if (found >= 0) {
    memory[begin + elementOffset(found)] = value;
    return begin;
  }
  if ((memory[begin]! & HAS_EXTENSIONS) === 0) {
    const moved = begin - 8;
    memory.copyWithin(moved, begin, begin + header);
    memory[moved] = memory[moved]! | HAS_EXTENSIONS;
    memory.set([ONE_BYTE_PROFILE, 0xde, 0, 1, KEY_FRAME_MARK_ID << 4, value, 0, 0], moved + header);
    return moved;
  }
  const block = 12 + (memory[begin]! & 0x0f) * 4;
  const moved = begin - 4;
  memory.copyWithin(moved, begin, begin + block + 4);
  const at = moved + block;
  const words = ((memory[at + 2]! << 8) | memory[at + 3]!) + 1;
  memory[at + 2] = words >> 8;
  memory[at + 3] = words & 0xff;
  // First, before padding: an element of either form.
  const element =
    memory[at] === ONE_BYTE_PROFILE
      ? [KEY_FRAME_MARK_ID << 4, value, 0, 0]
      : [KEY_FRAME_MARK_ID, 1, value, 0];
  memory.set(element, at + 4);
  return moved;
}
