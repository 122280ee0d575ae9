import type { RtpPacket } from '@rivero/module';
import { flip } from './sealer.js';
import Sorter from './sorter.js';

export default class Opener extends Sorter {
  override onPacket(packet: RtpPacket): boolean | undefined | Promise<boolean> {
    flip(packet);
    return super.onPacket(packet);
  }
}
