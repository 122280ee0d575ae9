/** Who sends to whom. */
export interface Shape {
  name: string;
  peers: number;
  /** The first so many peers send one video each. */
  sources: number;
  /** Receivers of each packet. */
  fanOut: number;
}

/** One presenter and its viewers. */
function broadcast(viewers: number): Shape {
  return { name: `1→${viewers}`, peers: 1 + viewers, sources: 1, fanOut: viewers };
}

/** Everybody sees everybody else. */
function meeting(size: number): Shape {
  return { name: `${size}×${size}`, peers: size, sources: size, fanOut: size - 1 };
}

export const SHAPES: readonly Shape[] = [broadcast(10), broadcast(100), broadcast(1000), meeting(10)];

/** Sources that a peer receives. */
export function sourcesOf(shape: Shape, peer: number): number[] {
  const others = Array.from({ length: shape.sources }, (_, source) => source);
  return others.filter((source) => source !== peer);
}

/** RTP payload, which makes a packet of 1200 bytes with header and extensions, before encryption. */
export const PAYLOAD_LENGTH = 1176;
export const PAYLOAD_TYPE = 96;
export const RTX_PAYLOAD_TYPE = 97;
/** Packets of a video frame that is sent at once. */
export const FRAME_PACKETS = 20;

export function sourceSsrc(source: number): number {
  return 1_000_000 + source;
}

/** SSRC under which a peer receives a source. */
export function viewerSsrc(peer: number, source: number): number {
  return 2_000_000 + peer * 1000 + source * 2;
}
