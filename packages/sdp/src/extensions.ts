/** RTP header extensions by name (IANA "RTP Compact Header Extensions", and those of the WebRTC project). */
export const HeaderExtensionUri = {
  AbsSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  AudioLevel: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  VideoOrientation: 'urn:3gpp:video-orientation',
  TransportSequence: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  Mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  Rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  RepairedRid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  DependencyDescriptor:
    'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
  PlayoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  AbsCaptureTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
} as const;
export type HeaderExtensionUri = (typeof HeaderExtensionUri)[keyof typeof HeaderExtensionUri];
