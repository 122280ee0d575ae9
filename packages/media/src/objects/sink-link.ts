import type { KurentoError } from '@rivero/api';
import { type EncodingWishes, MediaLink, type MediaLinkListener } from '../processing/media-link.js';
import { ANY_BITRATE } from '../processing/variant.js';
import { type InputPort, type OutputPort, originOf } from '../routing/ports.js';
import type { SendTrack } from '../streams/send-track.js';
import type { ObjectContext } from './context.js';
import { MediaElement } from './media-element.js';
import { MediaPipeline } from './media-pipeline.js';
import { TranscodedSource } from './transcoded-source.js';

/** An endpoint, as its links see it. */
export interface LinkOwner {
  readonly pipeline: object;
  linkFailed(error: KurentoError): void;
}

/** Ties an input of an endpoint to what the endpoint sends: who is the source, what is wanted of it, and who hears of transcoding. */
export class SinkLink implements MediaLinkListener {
  readonly #context: ObjectContext;
  readonly #owner: LinkOwner;
  readonly #port: InputPort;
  readonly #link: MediaLink;
  readonly #source: TranscodedSource;

  constructor(context: ObjectContext, owner: LinkOwner, port: InputPort, sink: SendTrack) {
    this.#owner = owner;
    this.#port = port;
    this.#source = new TranscodedSource(port);
    const { pipeline } = owner;
    this.#link = new MediaLink({
      sink,
      graph: context.processing.graphOf(pipeline),
      listener: this,
    });
    this.#context = context;
  }

  mayTranscode(): boolean {
    const { pipeline } = this.#owner;
    return (
      this.#context.configuration.transcoding !== 'forbid' &&
      !(pipeline instanceof MediaPipeline && pipeline.property('transcoding') === false)
    );
  }

  /** The source, its codec, what it wants or what the receiver accepts may have changed. */
  update(): void {
    this.#link.update(this.#port.origin, wishesOf(this.#port.source));
    this.#source.update();
  }

  /** @throws KurentoError when a connection to this source needs transcoding, which is forbidden */
  check(source: OutputPort): void {
    this.#link.check(originOf(source), wishesOf(source));
  }

  transcodingChanged(transcoding: boolean): void {
    this.#source.set(transcoding);
  }

  linkFailed(error: KurentoError): void {
    this.#owner.linkFailed(error);
  }

  close(): void {
    this.#link.close();
    this.#source.close();
  }
}

/** How media of a source is to be encoded where it is. */
export function wishesOf(source: OutputPort | undefined): EncodingWishes {
  const element = source?.listener;
  if (element instanceof MediaElement) return element.encodingWishes(source!.kind);
  return { bitrate: ANY_BITRATE };
}
