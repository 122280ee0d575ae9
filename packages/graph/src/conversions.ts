import type { Codec } from './codecs.js';
import type { Encoder } from './encoders.js';
import type { EncodeDemand } from './protocol.js';
import { capsFilter, DEINTERLACE, firstAvailable, type Step } from './steps.js';

/** A codec that this machine can't decode or encode, because the elements are not installed. */
export class CodecUnavailableError extends Error {
  override readonly name = 'CodecUnavailableError';
}

/** From encoded frames to raw ones. @throws CodecUnavailableError */
export function decodeSteps(codec: Codec): readonly Step[] {
  const decoder = firstAvailable(codec.decoders);
  if (decoder === undefined) {
    throw new CodecUnavailableError(
      `GStreamer has no decoder for ${codec.name}: install ${codec.decoders.map(({ factory }) => factory).join(' or ')}`,
    );
  }
  const steps: Step[] = [[decoder.factory, decoder.properties ?? {}]];
  return codec.canBeInterlaced ? [...steps, ...DEINTERLACE] : steps;
}

/** From raw frames to encoded ones. @throws CodecUnavailableError */
export function encodeChain(
  codec: Codec,
  demand: EncodeDemand,
  bitrate: number,
): { steps: readonly Step[]; encoder: Encoder } {
  const able = codec.encoders.filter((each) => each.makes?.(demand.codec) ?? true);
  const encoder = firstAvailable(able);
  if (encoder === undefined) {
    throw new CodecUnavailableError(
      `GStreamer has no encoder for ${codec.name}: install ${able.map(({ factory }) => factory).join(' or ')}`,
    );
  }
  return { steps: [...fittingSteps(demand), ...encoder.steps(bitrate, demand.codec)], encoder };
}

/** Makes video as small and as slow as a demand says. */
function fittingSteps({ maxWidth, maxHeight, maxFramerate }: EncodeDemand): Step[] {
  const steps: Step[] = [];
  if (maxFramerate !== undefined) {
    steps.push(
      // videorate aborts the process when the frame rate is unknown, as with all video that comes by RTP.
      ['capssetter', { caps: 'video/x-raw,framerate=60/1' }],
      ['videorate', { 'drop-only': true, 'max-rate': Math.max(1, Math.min(60, Math.round(maxFramerate))) }],
    );
  }
  if (maxWidth !== undefined || maxHeight !== undefined) {
    const range = (max: number | undefined): string => `(int)[16,${Math.max(16, max ?? 16384)}]`;
    steps.push(
      ['videoscale'],
      capsFilter(`video/x-raw,width=${range(maxWidth)},height=${range(maxHeight)},pixel-aspect-ratio=1/1`),
    );
  }
  return steps;
}

/** Equal for demands that can share an encoder. */
export function encodeKey(demand: EncodeDemand): string {
  const { codec, maxWidth = 0, maxHeight = 0, maxFramerate = 0, bitrateClass = '' } = demand;
  // What encoders heed: H.264 in whole NAL units, modes of AMR.
  const whole = codec.parameters['packetization-mode'] === '0' ? 'whole' : '';
  const form = [codec.name.toLowerCase(), codec.clockRate, whole, codec.parameters['mode-set'] ?? ''];
  return [...form, maxWidth, maxHeight, maxFramerate, bitrateClass].join('-');
}
