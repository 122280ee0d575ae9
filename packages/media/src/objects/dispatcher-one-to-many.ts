import { MEDIA_KINDS } from '../routing/media.js';
import { Hub } from './hub.js';
import type { HubPort } from './hub-port.js';
import type { MediaObject } from './media-object.js';

/** Routes audio and video of one port to all ports, its own included (Kurento: DispatcherOneToMany). */
export class DispatcherOneToMany extends Hub {
  #source: HubPort | undefined;

  setSource(params: { source: string }): null {
    this.#source = this.port(params.source);
    this.#route();
    return null;
  }

  removeSource(): null {
    this.#source = undefined;
    this.#route();
    return null;
  }

  override childAdded(): void {
    this.#route();
  }

  override childRemoved(child: MediaObject): void {
    if (child === this.#source) this.#source = undefined;
  }

  #route(): void {
    for (const port of this.ports) for (const kind of MEDIA_KINDS) port.route(kind, this.#source);
  }
}
