/** The codecs of an RtpEndpoint that forwards. Feedback is negotiated with peers that want it, and never assumed. */

import type { CodecCapability } from './local.js';
import { VIDEO_FEEDBACK } from './presets.js';

/** Payload types are those of offers. */
export const OFFERED_RTP_AUDIO_CODECS: readonly CodecCapability[] = [
  { name: 'opus', clockRate: 48000, channels: 2, payloadType: 96 },
  { name: 'PCMU', clockRate: 8000 },
  { name: 'PCMA', clockRate: 8000 },
  { name: 'G722', clockRate: 8000 },
  { name: 'AMR-WB', clockRate: 16000, payloadType: 98 },
  { name: 'AMR', clockRate: 8000, payloadType: 97 },
  { name: 'telephone-event', clockRate: 48000, payloadType: 100, fmtp: '0-15' },
  { name: 'telephone-event', clockRate: 16000, payloadType: 99, fmtp: '0-15' },
  { name: 'telephone-event', clockRate: 8000, payloadType: 101, fmtp: '0-15' },
];

/** For answers: what old gateways offer, too. */
export const RTP_AUDIO_CODECS: readonly CodecCapability[] = [
  ...OFFERED_RTP_AUDIO_CODECS,
  { name: 'speex', clockRate: 8000, payloadType: 102 },
  { name: 'speex', clockRate: 16000, payloadType: 103 },
  { name: 'speex', clockRate: 32000, payloadType: 110 },
];

function video(name: string, payloadType: number, fmtp?: string): CodecCapability {
  return {
    name,
    clockRate: 90000,
    payloadType,
    feedback: VIDEO_FEEDBACK,
    ...(fmtp !== undefined && { fmtp }),
  };
}

/** For answers: every profile, because what is forwarded is not decoded here. */
export const RTP_VIDEO_CODECS: readonly CodecCapability[] = [
  video('VP8', 108),
  video('H264', 109),
  video('VP9', 107),
  video('AV1', 106),
  video('H265', 105),
  video('H263-1998', 104),
  video('H263', 34),
];

export const OFFERED_RTP_VIDEO_CODECS: readonly CodecCapability[] = [
  video('VP8', 108),
  video('H264', 109, 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f'),
  video('VP9', 107, 'profile-id=0'),
  video('AV1', 106, 'level-idx=5;profile=0;tier=0'),
  video('H265', 105),
];
