import { KurentoError } from '@rivero/api';
import { dumpDot, elementsDot } from './dot.js';
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

  /** The part of the pipeline's graph that works for this hub, in Graphviz' language; without one its ports and their connections. */
  async getGstreamerDot(): Promise<string> {
    return (await this.context.processing.graphOf(this.pipeline).dot(this.id)) ?? elementsDot(this);
  }

  /** Writes the same to a file in the folder of GST_DEBUG_DUMP_DOT_DIR, or of temporary files. */
  async dumpGstreamerDot(): Promise<null> {
    await dumpDot(this.id, await this.getGstreamerDot());
    return null;
  }

  /** The port of an id. @throws KurentoError when it is no port of this hub */
  protected port(id: string): HubPort {
    const port = this.context.find(id);
    if (!(port instanceof HubPort) || port.parent !== this) {
      throw new KurentoError('MEDIA_OBJECT_ILLEGAL_PARAM_ERROR', `'${id}' is no port of this hub`);
    }
    return port;
  }
}
