import { MEDIA_KINDS, type MediaKind } from '../routing/media.js';
import { relay } from '../routing/ports.js';
import { MediaElement } from './media-element.js';

/** Door of a hub: what is connected to it goes into the hub, what the hub sends it comes out of it (Kurento: HubPort). */
export class HubPort extends MediaElement {
  /** Has this port give out what goes into another one (or nothing). */
  route(kind: MediaKind, source: HubPort | undefined): void {
    relay(this.output(kind), source?.input(kind));
  }

  /** Whether this port gives out what goes into the other one. */
  isFedBy(kind: MediaKind, source: HubPort): boolean {
    return this.output(kind).relayed === source.input(kind);
  }

  protected override onRelease(): void {
    for (const kind of MEDIA_KINDS) {
      this.route(kind, undefined);
      for (const output of [...this.input(kind).relays]) relay(output, undefined);
    }
    super.onRelease();
  }
}
