/** The ways to implement an element. */
export type KindName = 'gstreamerBin' | 'videoProcessor' | 'audioProcessor' | 'packetProcessor';

/**
 * How a class is implemented, and where: plain data, since a module's main file is loaded by processes that never run an
 * element. The file default-exports a class that extends the base class of the kind.
 */
export interface ElementKind {
  readonly kind: KindName;
  /** file: URL of the implementation. */
  readonly url: string;
  /** Of processors: how large the heap of their thread may become, MB (256 by default); arrays may take twice as much besides. */
  readonly memoryMegabytes?: number;
}

const kind =
  (name: KindName) =>
  (url: URL): ElementKind => ({ kind: name, url: url.href });
const threadKind =
  (name: KindName) =>
  (url: URL, options: Pick<ElementKind, 'memoryMegabytes'> = {}): ElementKind => ({
    kind: name,
    url: url.href,
    ...options,
  });

/** A bin of GStreamer elements; the class extends GStreamerBin. */
export const gstreamerBin = kind('gstreamerBin');
/** Pictures as typed arrays; the class extends VideoProcessor. */
export const videoProcessor = threadKind('videoProcessor');
/** Samples as typed arrays; the class extends AudioProcessor. */
export const audioProcessor = threadKind('audioProcessor');
/** RTP packets without decoding, and messages of data channels; the class extends PacketProcessor. */
export const packetProcessor = threadKind('packetProcessor');
