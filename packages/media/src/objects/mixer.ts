import { KurentoError } from '@rivero/api';
import { Hub } from './hub.js';
import type { MediaType } from './media-element.js';

interface MixerParams {
  media: MediaType;
  source: string;
  sink: string;
}

/** Routes video from port to port and mixes audio (Kurento: Mixer). Mixing needs the processing plane. */
export class Mixer extends Hub {
  connect(params: MixerParams): null {
    this.#requireVideo(params.media);
    this.port(params.sink).route('video', this.port(params.source));
    return null;
  }

  disconnect(params: MixerParams): null {
    this.#requireVideo(params.media);
    const source = this.port(params.source);
    const sink = this.port(params.sink);
    if (sink.isFedBy('video', source)) sink.route('video', undefined);
    return null;
  }

  #requireVideo(media: MediaType): void {
    if (media === 'DATA') throw new KurentoError('UNSUPPORTED_MEDIA_TYPE', 'Invalid media type');
    if (media === 'AUDIO') throw new KurentoError('NOT_IMPLEMENTED', 'Mixing audio is not implemented yet');
  }
}
