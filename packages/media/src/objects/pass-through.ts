import { type InputPort, type OutputPort, relay } from '../routing/ports.js';
import { MediaElement } from './media-element.js';

/** Gives out what it takes in, untouched (Kurento: PassThrough). */
export class PassThrough extends MediaElement {
  protected override wireInput(port: InputPort): void {
    relay(this.output(port.kind, port.description), port);
  }

  protected override wireOutput(port: OutputPort): void {
    this.input(port.kind, port.description);
  }
}
