import type { FrameStatistics } from '@rivero/graph/protocol';
import { UriForbiddenError } from '@rivero/module/host';
import type { GraphOrigin } from '../processing/graph-origin.js';
import type { MediaKind } from '../routing/media.js';
import { type InputPort, type OutputPort, relay } from '../routing/ports.js';
import { kurentoRecords } from '../stats/kurento-records.js';
import { GraphElement } from './graph-element.js';

/** An element that changes media of one kind in the graph, and gives media of the other kind out as it comes (Kurento: Filter). */
export abstract class Filter extends GraphElement {
  /** What it works on: its stream tells. */
  protected kind: MediaKind = 'video';

  /** Whether it works on media of a kind; other media goes by. */
  protected changes(kind: MediaKind): boolean {
    return kind === this.kind;
  }

  /** Of which media its statistics of frames are. */
  protected get measuredKinds(): readonly MediaKind[] {
    return [this.kind];
  }

  protected override wireInput(port: InputPort): void {
    if (this.changes(port.kind)) super.wireInput(port);
    else relay(this.output(port.kind, port.description), port);
  }

  protected override wireOutput(port: OutputPort): void {
    if (!this.changes(port.kind)) this.input(port.kind, port.description);
  }

  /** A stream comes before the answer to the filter's start, and so before any port. */
  override graphStream(name: string, origin: GraphOrigin | undefined): void {
    if (origin !== undefined) this.kind = name.split('/', 1)[0] as MediaKind;
    super.graphStream(name, origin);
  }

  /** A filter has no past: a fresh graph process goes on where the former one was. */
  protected override get isRestartable(): boolean {
    return true;
  }

  /** What is to be opened for an image; undefined when it may not be, of which an Error event tells (a missing one is no error). */
  protected async checkedImage(uri: unknown): Promise<string | undefined> {
    try {
      return await this.context.uriAccess.checkPathOrUri(String(uri));
    } catch (error) {
      if (!(error instanceof UriForbiddenError)) throw error;
      this.emitError(error.type, error.code, error.message);
      return undefined;
    }
  }

  override graphEvent(type: string, data: Record<string, unknown>): void {
    if (type === 'overloaded') this.#overloaded(data);
    // A missing image is no error (Kurento); who runs the server is told.
    else if (type === 'imageFailed')
      this.context.log.warn({ object: this.id, ...data }, 'An image can not be shown');
    else super.graphEvent(type, data);
  }

  #overloaded(data: Record<string, unknown>): void {
    const { framesIn, framesDropped, meanMicros } = data as unknown as FrameStatistics;
    const figures = { framesIn, framesDropped, meanFrameMicros: meanMicros };
    this.context.log.warn({ object: this.id, ...figures }, 'a filter is too slow and drops frames');
    this.emit('FilterOverloaded', figures);
  }

  override async getStats(params: {
    mediaType?: 'AUDIO' | 'VIDEO' | 'DATA';
  }): Promise<Record<string, unknown>> {
    const frames = this.isInGraph ? await this.graph.frameStatistics(this.graphId) : undefined;
    const statistics = this.statistics();
    if (frames !== undefined) statistics.frames = { ...frames, kinds: this.measuredKinds };
    return kurentoRecords(statistics, params.mediaType);
  }
}
