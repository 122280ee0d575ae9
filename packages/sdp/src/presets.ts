/** The codecs and extensions of a WebRtcEndpoint that forwards; callers put them together as they need. */

import { HeaderExtensionUri } from './extensions.js';
import type { CodecCapability } from './local.js';
import type { HeaderExtension } from './model.js';

/** Both ways of congestion control: a sender that knows transport-cc takes goog-remb as a bound. */
export const VIDEO_FEEDBACK: readonly string[] = ['nack', 'nack pli', 'ccm fir', 'goog-remb', 'transport-cc'];

const OPUS: CodecCapability = {
  name: 'opus',
  clockRate: 48000,
  channels: 2,
  fmtp: 'minptime=10;useinbandfec=1',
  feedback: ['nack', 'transport-cc'],
};
const PCMU: CodecCapability = { name: 'PCMU', clockRate: 8000 };
const PCMA: CodecCapability = { name: 'PCMA', clockRate: 8000 };

/** For offers. */
export const AUDIO_CODECS: readonly CodecCapability[] = [OPUS, PCMU, PCMA];

/** For answers: with what accompanies audio where the peer offers it. Events have the clock of the audio (RFC 4733). */
export const ANSWERED_AUDIO_CODECS: readonly CodecCapability[] = [
  ...AUDIO_CODECS,
  { name: 'red', clockRate: 48000, channels: 2 },
  { name: 'telephone-event', clockRate: 48000 },
  { name: 'telephone-event', clockRate: 8000 },
];

function video(name: string, fmtp?: string): CodecCapability {
  return { name, clockRate: 90000, ...(fmtp !== undefined && { fmtp }), feedback: VIDEO_FEEDBACK, rtx: true };
}

/** For answers: every profile, because what is forwarded is not decoded here. */
export const VIDEO_CODECS: readonly CodecCapability[] = [
  video('VP8'),
  video('H264'),
  video('VP9'),
  video('AV1'),
];

/** For answers: with FEC in a stream of its own where the peer offers it. */
export const ANSWERED_VIDEO_CODECS: readonly CodecCapability[] = [
  ...VIDEO_CODECS,
  { name: 'flexfec-03', clockRate: 90000 },
];

/** For answers: with FEC among the video as well. */
export const PROTECTED_VIDEO_CODECS: readonly CodecCapability[] = [
  ...ANSWERED_VIDEO_CODECS,
  { name: 'red', clockRate: 90000, rtx: true },
  { name: 'ulpfec', clockRate: 90000 },
];

/** For offers: the configuration that every browser has. */
export const OFFERED_VIDEO_CODECS: readonly CodecCapability[] = [
  video('VP8'),
  video('H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f'),
  video('VP9', 'profile-id=0'),
  video('AV1', 'level-idx=5;profile=0;tier=0'),
];

/** Accepted in answers. */
export const AUDIO_EXTENSIONS: readonly string[] = [
  HeaderExtensionUri.AudioLevel,
  HeaderExtensionUri.AbsSendTime,
  HeaderExtensionUri.TransportSequence,
  HeaderExtensionUri.Mid,
];
export const VIDEO_EXTENSIONS: readonly string[] = [
  HeaderExtensionUri.AbsSendTime,
  HeaderExtensionUri.TransportSequence,
  HeaderExtensionUri.VideoOrientation,
  HeaderExtensionUri.Mid,
  HeaderExtensionUri.DependencyDescriptor,
];

/** For offers: one number a URI over the whole bundle, which is one RTP session; 3 is what Kurento uses. */
export const OFFERED_AUDIO_EXTENSIONS: readonly HeaderExtension[] = [
  { id: 3, uri: HeaderExtensionUri.AbsSendTime },
  { id: 5, uri: HeaderExtensionUri.TransportSequence },
  { id: 1, uri: HeaderExtensionUri.AudioLevel },
  { id: 4, uri: HeaderExtensionUri.Mid },
];
export const OFFERED_VIDEO_EXTENSIONS: readonly HeaderExtension[] = [
  { id: 3, uri: HeaderExtensionUri.AbsSendTime },
  { id: 5, uri: HeaderExtensionUri.TransportSequence },
  { id: 13, uri: HeaderExtensionUri.VideoOrientation },
  { id: 4, uri: HeaderExtensionUri.Mid },
  { id: 12, uri: HeaderExtensionUri.DependencyDescriptor },
];
