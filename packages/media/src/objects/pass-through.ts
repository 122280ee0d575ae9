import { type InputPort, type OutputPort, relay } from '../routing/ports.js';
import type { DataMessage } from '../transport/data-transport.js';
import { MediaElement } from './media-element.js';

/** Elements that a message may pass on its way. */
const MAX_DATA_HOPS = 16;

/** Gives out what it takes in, untouched (Kurento: PassThrough). */
export class PassThrough extends MediaElement {
  protected override wireInput(port: InputPort): void {
    relay(this.output(port.kind, port.description), port);
  }

  protected override receiveData(message: DataMessage, hops: number): void {
    // A ring of pass-throughs must not turn for ever.
    if (hops < MAX_DATA_HOPS) this.sendData(message, hops);
  }

  protected override wireOutput(port: OutputPort): void {
    this.input(port.kind, port.description);
  }
}
