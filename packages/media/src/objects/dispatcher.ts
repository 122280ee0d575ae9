import { MEDIA_KINDS } from '../routing/media.js';
import { Hub } from './hub.js';

/** Routes audio and video of one port to another, as told for each pair (Kurento: Dispatcher). */
export class Dispatcher extends Hub {
  connect(params: { source: string; sink: string }): null {
    const source = this.port(params.source);
    const sink = this.port(params.sink);
    for (const kind of MEDIA_KINDS) sink.route(kind, source);
    return null;
  }
}
