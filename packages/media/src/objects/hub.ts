import { KurentoError } from '@rivero/api';
import { HubPort, type HubPortOwner } from './hub-port.js';
import { MediaObject } from './media-object.js';

/** Connects its ports with each other (Kurento: Hub). */
export abstract class Hub extends MediaObject implements HubPortOwner {
  protected get ports(): HubPort[] {
    return [...this.children].filter((child) => child instanceof HubPort);
  }

  portAdded(_port: HubPort): void {}

  portRemoved(_port: HubPort): void {}

  portInputChanged(_port: HubPort): void {}

  /** The port of an id. @throws KurentoError when it is no port of this hub */
  protected port(id: string): HubPort {
    const port = this.context.find(id);
    if (!(port instanceof HubPort) || port.parent !== this) {
      throw new KurentoError('MEDIA_OBJECT_ILLEGAL_PARAM_ERROR', `'${id}' is no port of this hub`);
    }
    return port;
  }
}
