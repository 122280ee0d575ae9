import type { CodecFormat } from '@rivero/sdp';
import type { MediaKind, MediaOrigin } from '../routing/media.js';
import type { PipelineGraph } from './pipeline-graph.js';

/**
 * Media that comes out of an element of the graph. Sinks don't take it as it is: a link gives them a variant of it, encoded
 * as they need it, and elements of the graph take it inside the graph.
 */
export class GraphOrigin implements MediaOrigin {
  /** What it is encoded in already, when it is. */
  codec: CodecFormat | undefined;
  flowing = false;

  constructor(
    readonly graph: PipelineGraph,
    /** Id of the stream in the graph. */
    readonly stream: string,
    readonly kind: MediaKind,
  ) {}

  addSink(): void {
    throw new Error('sinks take variants of what comes out of the graph');
  }

  removeSink(): void {}

  requestKeyFrame(): void {
    this.graph.requestKeyFrames(this);
  }
}
