import { KurentoError } from '@rivero/api';
import type { MediaKind } from '../routing/media.js';
import type { HubElement } from './hub-element.js';
import type { HubPort } from './hub-port.js';
import type { MediaType } from './media-element.js';
import { MixingHub } from './mixing-hub.js';

interface MixerParams {
  media: MediaType;
  source: string;
  sink: string;
}

/** Each port gets what the application chooses: the video of one port, the mixed sound of any number (Kurento: Mixer). */
export class Mixer extends MixingHub {
  readonly #routes = new Map<HubPort, Set<HubPort>>();

  /** Video is routed as it is. */
  protected override elementFor(kind: MediaKind): HubElement | undefined {
    return kind === 'audio' && this.#routes.size > 0 ? this.matrix : undefined;
  }

  connect(params: MixerParams): null {
    const [source, sink] = this.#ports(params);
    if (params.media === 'VIDEO') {
      sink.route('video', source);
      return null;
    }
    this.graph.requireAvailable();
    const first = this.#routes.size === 0;
    const heard = this.#routes.get(sink) ?? new Set();
    this.#routes.set(sink, heard.add(source));
    if (first) this.attachPorts();
    this.portsChanged();
    return null;
  }

  disconnect(params: MixerParams): null {
    const [source, sink] = this.#ports(params);
    if (params.media === 'VIDEO') {
      if (sink.isFedBy('video', source)) sink.route('video', undefined);
      return null;
    }
    const heard = this.#routes.get(sink);
    heard?.delete(source);
    if (heard?.size === 0) {
      this.#routes.delete(sink);
      sink.giveOut('audio', undefined);
    }
    this.portsChanged();
    return null;
  }

  override portRemoved(port: HubPort): void {
    this.#routes.delete(port);
    for (const heard of this.#routes.values()) heard.delete(port);
    super.portRemoved(port);
  }

  protected override portsChanged(): void {
    const heard = new Map<HubPort, HubPort[]>();
    for (const [sink, sources] of this.#routes)
      heard.set(
        sink,
        [...sources].filter((source) => source.brings('audio')),
      );
    this.setRoutes(heard);
  }

  #ports({ media, source, sink }: MixerParams): [HubPort, HubPort] {
    if (media === 'DATA') throw new KurentoError('UNSUPPORTED_MEDIA_TYPE', 'Invalid media type');
    return [this.port(source), this.port(sink)];
  }
}
