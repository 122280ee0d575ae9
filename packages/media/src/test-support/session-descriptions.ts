import type { TestPeer } from './test-peer.js';

export interface OfferedSource {
  ssrc: number;
  rtxSsrc?: number;
}

export interface TestOffer {
  direction?: 'sendrecv' | 'sendonly' | 'recvonly';
  audio?: OfferedSource | false;
  video?: OfferedSource | false;
  /** VP8 with RTX by default; `rtx: false` leaves retransmissions to plain resends. */
  rtx?: boolean;
  setup?: 'actpass' | 'active' | 'passive';
  /** Payload type of the video codec. */
  vp8?: number;
  /** Another video codec than VP8, with the format parameters it needs. */
  codec?: { name: string; fmtp?: string };
  /** Transport-wide congestion control, with extension id 5. */
  transportCc?: boolean;
  /** Id of the dependency descriptor in video, where that is offered. */
  descriptor?: number;
}

/** What a browser would offer, with one video codec and Opus only. */
export function offerOf(peer: TestPeer, options: TestOffer = {}): string {
  const {
    direction = 'sendrecv',
    setup = 'actpass',
    rtx = true,
    vp8 = 96,
    codec = { name: 'VP8' },
  } = options;
  const audio = options.audio ?? { ssrc: 1111 };
  const video = options.video ?? { ssrc: 2222, rtxSsrc: 3333 };
  const transportCc = (payloadType: number): string =>
    options.transportCc === true
      ? `a=rtcp-fb:${payloadType} transport-cc\r\n` +
        'a=extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n'
      : '';
  const sections: string[] = [];
  const mids: string[] = [];
  if (audio !== false) {
    mids.push('a');
    sections.push(
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\n',
      `a=${direction}\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\n`,
      'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n',
      transportCc(111),
      'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n',
      peer.transportLines(setup),
      direction === 'recvonly' ? '' : `a=ssrc:${audio.ssrc} cname:test\r\n`,
    );
  }
  if (video !== false) {
    mids.push('v');
    sections.push(
      `m=video 9 UDP/TLS/RTP/SAVPF ${vp8}${rtx ? ' 97' : ''}\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\n`,
      `a=${direction}\r\na=rtpmap:${vp8} ${codec.name}/90000\r\n`,
      codec.fmtp === undefined ? '' : `a=fmtp:${vp8} ${codec.fmtp}\r\n`,
      ...['nack', 'nack pli', 'ccm fir', 'goog-remb'].map((value) => `a=rtcp-fb:${vp8} ${value}\r\n`),
      rtx ? `a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=${vp8}\r\n` : '',
      transportCc(vp8),
      'a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n',
      'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n',
      'a=extmap:13 urn:3gpp:video-orientation\r\n',
      options.descriptor === undefined
        ? ''
        : `a=extmap:${options.descriptor} https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension\r\n`,
      peer.transportLines(setup),
    );
    if (direction !== 'recvonly') {
      if (rtx && video.rtxSsrc !== undefined) {
        sections.push(
          `a=ssrc-group:FID ${video.ssrc} ${video.rtxSsrc}\r\na=ssrc:${video.rtxSsrc} cname:test\r\n`,
        );
      }
      sections.push(`a=ssrc:${video.ssrc} cname:test\r\n`);
    }
  }
  return [
    'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n',
    `a=group:BUNDLE ${mids.join(' ')}\r\n`,
    ...sections,
  ].join('');
}

/** A VP8 payload: descriptor without extension, start of partition 0; key frame or not. */
export function vp8Payload(keyFrame: boolean, size = 100, fill = 7): Uint8Array {
  const payload = new Uint8Array(size).fill(fill);
  payload[0] = 0x10;
  payload[1] = keyFrame ? 0x00 : 0x01;
  return payload;
}

/** A later packet of a VP8 frame. */
export function vp8Continuation(size = 100, fill = 8): Uint8Array {
  const payload = new Uint8Array(size).fill(fill);
  payload[0] = 0x00;
  return payload;
}
