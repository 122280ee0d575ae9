import { KurentoError } from '@rivero/api';
import { GraphEngineError, inspectElement } from '@rivero/graph-engine';
import type { StreamKind } from '../protocol.js';
import type { Step } from '../steps.js';
import { FilterElement } from './filter.js';

/**
 * A GStreamer element that an application has chosen: `{ factory, properties, kind }`, where `kind` may be left to the element.
 * Started with `{ kind }` as its answer.
 */
export class GStreamerFilterElement extends FilterElement {
  #kind: StreamKind = 'video';

  override async start(params: Record<string, unknown>): Promise<unknown> {
    const factory = String(params.factory);
    const info = inspectElement(factory);
    if (info === undefined) {
      throw new KurentoError(
        'MARSHALL_ERROR',
        `GStreamer element cannot be created: no element "${factory}"`,
      );
    }
    const sides = (direction: 'src' | 'sink') =>
      info.padTemplates.filter((pad) => pad.direction === direction && pad.presence === 'always');
    const [sink] = sides('sink');
    if (sink === undefined || sides('src').length === 0) {
      throw new KurentoError('MARSHALL_ERROR', "Given command is not valid, pad templates don't match");
    }
    this.#kind =
      (params.kind as StreamKind | undefined) ?? (sink.caps.includes('audio/') ? 'audio' : 'video');
    try {
      await super.start(params);
    } catch (error) {
      if (!(error instanceof GraphEngineError)) throw error;
      throw new KurentoError('MARSHALL_ERROR', `GStreamer element cannot be created: ${error.message}`);
    }
    return { kind: this.#kind };
  }

  protected override kind(): StreamKind {
    return this.#kind;
  }

  protected override steps(params: Record<string, unknown>): readonly Step[] {
    return [[String(params.factory), (params.properties ?? {}) as NonNullable<Step[1]>]];
  }

  override readonly methods = {
    /** `{ name, value }`, while it runs. */
    setProperty: ({ name, value }: Record<string, unknown>): null => {
      try {
        this.filter.set(String(name), String(value));
      } catch (error) {
        if (!(error instanceof GraphEngineError)) throw error;
        const message =
          error.code === 'NO_SUCH_PROPERTY'
            ? `No property named '${name}' in object '${this.filter.name}'`
            : error.message;
        throw new KurentoError('MARSHALL_ERROR', message);
      }
      return null;
    },
  };
}
