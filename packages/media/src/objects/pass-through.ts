import type { InputPort, OutputPort } from '../routing/ports.js';
import { MediaElement } from './media-element.js';

/** Gives out what it takes in, untouched (Kurento: PassThrough). */
export class PassThrough extends MediaElement {
  protected override wireInput(port: InputPort): void {
    const output = this.output(port.kind, port.description);
    port.relay = output;
    output.relayed = port;
  }

  protected override wireOutput(port: OutputPort): void {
    if (port.relayed === undefined) this.input(port.kind, port.description);
  }
}
