import type { KurentoError } from '@rivero/api';
import { type EncodingWishes, MediaLink, type MediaLinkListener } from '../processing/media-link.js';
import { ANY_BITRATE } from '../processing/variant.js';
import { type InputPort, type OutputPort, originOf } from '../routing/ports.js';
import type { SendTrack } from '../streams/send-track.js';
import type { ObjectContext } from './context.js';
import { MediaElement } from './media-element.js';
import { MediaPipeline } from './media-pipeline.js';

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
  /** Who was told last that its media is transcoded. */
  #source: MediaElement | undefined;

  constructor(context: ObjectContext, owner: LinkOwner, port: InputPort, sink: SendTrack) {
    this.#owner = owner;
    this.#port = port;
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
    this.#tell();
  }

  /** @throws KurentoError when a connection to this source needs transcoding, which is forbidden */
  check(source: OutputPort): void {
    this.#link.check(originOf(source), wishesOf(source));
  }

  transcodingChanged(): void {
    this.#tell();
  }

  linkFailed(error: KurentoError): void {
    this.#owner.linkFailed(error);
  }

  /** The element from which the media comes is the one that Kurento would transcode in. */
  #tell(): void {
    const { kind, source } = this.#port;
    const listener = source?.listener;
    const element = this.#link.transcoding && listener instanceof MediaElement ? listener : undefined;
    if (element === this.#source) return;
    this.#source?.setTranscodedFor(kind, this, false);
    this.#source = element;
    element?.setTranscodedFor(kind, this, true);
  }

  close(): void {
    this.#link.close();
    this.#source?.setTranscodedFor(this.#port.kind, this, false);
    this.#source = undefined;
  }
}

/** How media of a source is to be encoded where it is. */
export function wishesOf(source: OutputPort | undefined): EncodingWishes {
  const element = source?.listener;
  if (element instanceof MediaElement) return element.encodingWishes(source!.kind);
  return { bitrate: ANY_BITRATE };
}
