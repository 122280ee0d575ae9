import type { NegotiatedCodec, NegotiatedMedia } from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';

/** What a session description would have said of a stream between worker and graph. */
export function graphMedia(
  kind: MediaKind,
  codec: NegotiatedCodec,
  ssrc: { readonly local?: number; readonly remote?: number },
): NegotiatedMedia {
  return {
    index: 0,
    kind,
    accepted: true,
    transport: 0,
    direction: { send: ssrc.local !== undefined, receive: ssrc.remote !== undefined },
    codecs: [codec],
    extensions: [],
    reducedSizeRtcp: true,
    dtlsRole: 'client',
    receivedRids: [],
    remote: {
      ssrcs: ssrc.remote === undefined ? [] : [{ ssrc: ssrc.remote }],
      msids: [],
      rids: [],
      iceOptions: [],
      fingerprints: [],
      candidates: [],
      endOfCandidates: true,
    },
    local: ssrc.local === undefined ? {} : { ssrc: ssrc.local },
  };
}
