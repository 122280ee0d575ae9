import { byteTargets } from './byte-targets.js';
import { nativeTargets } from './native-targets.js';
import { sessionTargets } from './session-targets.js';
import type { FuzzTarget } from './target.js';

export const targets: readonly FuzzTarget[] = [...byteTargets, ...nativeTargets, ...sessionTargets];
