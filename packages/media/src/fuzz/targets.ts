import { byteTargets } from './byte-targets.js';
import { nativeTargets } from './native-targets.js';
import { rtcpInput } from './rtcp-target.js';
import { rtpSdp } from './rtp-sdp-target.js';
import { sessionTargets } from './session-targets.js';
import type { FuzzTarget } from './target.js';
import { turnClient } from './turn-target.js';

export const targets: readonly FuzzTarget[] = [
  ...byteTargets,
  ...nativeTargets,
  ...sessionTargets,
  turnClient,
  rtcpInput,
  rtpSdp,
];
