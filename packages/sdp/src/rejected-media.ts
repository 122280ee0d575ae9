import type { MediaDescription } from './model.js';

/** RFC 3264 section 6: port 0, with formats because an m-line must have one. */
export function rejectedMedia(offered: MediaDescription): MediaDescription {
  return {
    kind: offered.kind,
    type: offered.type,
    port: 0,
    protocol: offered.protocol,
    formats: offered.formats.length > 0 ? offered.formats : ['0'],
    ...(offered.mid !== undefined && { mid: offered.mid }),
    direction: 'inactive',
    rtcpMux: false,
    rtcpReducedSize: false,
    bundleOnly: false,
    payloads: [],
    extensions: [],
    ssrcs: [],
    ssrcGroups: [],
    msids: [],
    rids: [],
    iceOptions: [],
    candidates: [],
    endOfCandidates: false,
    fingerprints: [],
  };
}
