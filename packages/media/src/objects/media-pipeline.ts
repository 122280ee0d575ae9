import { MediaObject } from './media-object.js';

/** Container of everything that processes one flow of media (Kurento: MediaPipeline). */
export class MediaPipeline extends MediaObject {
  /** Switches the measuring of latencies for all elements, those that come later too. */
  setLatencyStats(params: { latencyStats: boolean }): null {
    this.setProperty('latencyStats', params.latencyStats);
    this.measureLatency(params.latencyStats);
    return null;
  }
}
