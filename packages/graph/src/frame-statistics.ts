import type { FrameFigures } from '@rivero/graph-engine';
import type { FrameStatistics } from './protocol.js';

/**
 * What was counted, as statistics.
 * @param waiting frames in the queue: neither dropped nor begun yet
 * @param isPassive media goes past the element
 */
export function frameStatistics(figures: FrameFigures, waiting: number, isPassive: boolean): FrameStatistics {
  const { in: framesIn, begun, out, timed, totalMicros, maxMicros } = figures;
  return {
    framesIn,
    framesOut: isPassive ? framesIn : out,
    framesProcessed: out,
    framesDropped: Math.max(0, framesIn - begun - waiting),
    meanMicros: timed === 0 ? 0 : Math.round(totalMicros / timed),
    maxMicros,
  };
}
