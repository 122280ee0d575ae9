import type { MediaKind } from '../routing/media.js';
import { type InputPort, type OutputPort, relay } from '../routing/ports.js';
import { GraphElement } from './graph-element.js';

/** An element that changes media of one kind in the graph, and gives media of the other kind out as it comes (Kurento: Filter). */
export abstract class Filter extends GraphElement {
  /** What it works on. */
  protected kind: MediaKind = 'video';

  /** Whether it works on media of a kind; other media goes by. */
  protected changes(kind: MediaKind): boolean {
    return kind === this.kind;
  }

  protected override wireInput(port: InputPort): void {
    if (this.changes(port.kind)) super.wireInput(port);
    else relay(this.output(port.kind, port.description), port);
  }

  protected override wireOutput(port: OutputPort): void {
    if (!this.changes(port.kind)) this.input(port.kind, port.description);
  }

  /** A filter has no past: a fresh graph process goes on where the former one was. */
  protected override get isRestartable(): boolean {
    return true;
  }
}
