import type { RtpPacket } from '@rivero/module';
import Sorter from './sorter.js';

/** All bytes of a payload, the other way round. */
export function flip(packet: RtpPacket): void {
  for (let i = 0; i < packet.payload.length; i++) packet.payload[i] = packet.payload[i]! ^ 0xff;
}

/** What comes out nobody can read but an Opener. */
export default class Sealer extends Sorter {
  static override readonly opaque = true;
  static override readonly whenBroken = 'drop';

  override onPacket(packet: RtpPacket): boolean | undefined | Promise<boolean> {
    const result = super.onPacket(packet);
    flip(packet);
    return result;
  }
}
