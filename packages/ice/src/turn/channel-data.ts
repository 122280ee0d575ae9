/** ChannelData messages of TURN (RFC 8656 section 12.4). */

const HEADER = 4;
export const FIRST_CHANNEL = 0x4000;
export const LAST_CHANNEL = 0x4fff;

/** Whether a message of a TURN server is ChannelData and not STUN. */
export function isChannelData(data: Uint8Array): boolean {
  return data.length >= HEADER && data[0]! >= FIRST_CHANNEL >> 8 && data[0]! <= LAST_CHANNEL >> 8;
}

/** `padded`: to a multiple of four bytes, which streams need (RFC 8656 section 12.5). */
export function writeChannelData(channel: number, data: Uint8Array, padded: boolean): Uint8Array {
  const length = HEADER + data.length;
  const message = new Uint8Array(padded ? (length + 3) & ~3 : length);
  message[0] = channel >> 8;
  message[1] = channel & 0xff;
  message[2] = data.length >> 8;
  message[3] = data.length & 0xff;
  message.set(data, HEADER);
  return message;
}

/** undefined when it is none, or longer than it says. `data` lies in the message. */
export function parseChannelData(message: Uint8Array): { channel: number; data: Uint8Array } | undefined {
  if (!isChannelData(message)) return undefined;
  const length = (message[2]! << 8) | message[3]!;
  if (HEADER + length > message.length) return undefined;
  return {
    channel: (message[0]! << 8) | message[1]!,
    data: message.subarray(HEADER, HEADER + length),
  };
}
