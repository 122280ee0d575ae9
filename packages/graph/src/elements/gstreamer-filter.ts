import type { StreamKind } from '../protocol.js';
import type { Step } from '../steps.js';
import { FilterElement } from './filter.js';

/** A GStreamer element that an application has chosen: `{ factory, properties, kind }`. */
export class GStreamerFilterElement extends FilterElement {
  protected override kind(params: Record<string, unknown>): StreamKind {
    return params.kind === 'audio' ? 'audio' : 'video';
  }

  protected override steps(params: Record<string, unknown>): readonly Step[] {
    return [[String(params.factory), (params.properties ?? {}) as NonNullable<Step[1]>]];
  }

  /** `setProperty { name, value }` while it runs. */
  override readonly methods = {
    setProperty: ({ name, value }: Record<string, unknown>): null => {
      // The third one, between fence, queue, converter and converter.
      this.segment.elements[3]!.set(String(name), value as string);
      return null;
    },
  };
}
