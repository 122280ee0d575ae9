import { type DataMessage, type Implements, PacketProcessor } from '@rivero/module';
import type { Declaration } from './index.js';

/** Sends on what it gets: text as capitals, bytes backwards. */
export default class Postman
  extends PacketProcessor<Declaration, 'Postman'>
  implements Implements<Declaration, 'Postman'>
{
  static override readonly timeLimit = 2000;
  #count = 0;

  override onData({ data, label }: DataMessage): void {
    this.#count++;
    if (data === 'hang') for (;;);
    if (data === 'throw') throw new Error('a parcel');
    if (data === 'exit') process.exit(3);
    if (data === 'flood') {
      let sent = 0;
      while (this.sendData('drop')) sent++;
      this.emit('Delivered', { text: `sent ${sent}` });
      return;
    }
    this.sendData(typeof data === 'string' ? data.toUpperCase() : data.toReversed(), label);
    if (typeof data === 'string') this.emit('Delivered', { text: data });
  }

  count(): number {
    return this.#count;
  }
}
