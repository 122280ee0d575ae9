import { KurentoError } from '@rivero/api';
import { GraphEngineError, inspectElement } from '@rivero/graph-engine';
import type { StreamKind } from '../protocol.js';
import type { Step } from '../steps.js';
import type { Stream } from '../stream.js';
import { AllowedElements } from './allowed-elements.js';
import { FilterElement } from './filter.js';

/** How often it is looked whether the element takes what comes, ms. */
const LOOK_MS = 1000;
/** It may take its time with the first frames. */
const ENOUGH_FRAMES = 10;

/**
 * A GStreamer element that an application has chosen: `{ factory, properties, kind, allow }`, where `kind` may be left to the element
 * and `allow` is the list of AllowedElements.
 * Started with `{ kind }` as its answer.
 */
export class GStreamerFilterElement extends FilterElement {
  #kind: StreamKind = 'video';
  #allowed = new AllowedElements([]);
  #factory = '';
  #look: NodeJS.Timeout | undefined;

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
    this.#factory = factory;
    this.#allowed = new AllowedElements(params.allow as readonly string[]);
    if (!this.#allowed.allows(factory, info.classification))
      throw notAllowed(`GStreamer element "${factory}"`);
    for (const name of Object.keys(params.properties ?? {})) this.#checkProperty(name);
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

  /** @throws KurentoError MEDIA_OBJECT_OPERATION_NOT_SUPPORTED */
  #checkProperty(name: string): void {
    if (!this.#allowed.allowsProperty(this.#factory, name)) {
      throw notAllowed(`Property "${name}" of the GStreamer element "${this.#factory}"`);
    }
  }

  override async connect(input: string, stream: Stream): Promise<void> {
    await super.connect(input, stream);
    this.#look ??= setInterval(() => this.#checkFormat(), LOOK_MS);
  }

  /** GStreamer tells nobody when an element takes no format that the media can be converted to. */
  #checkFormat(): void {
    const converted = this.segment.elements[2]!.getStaticPad('src').caps !== undefined;
    if (!converted && (this.statistics()?.framesIn ?? 0) < ENOUGH_FRAMES) return;
    clearInterval(this.#look);
    if (converted) return;
    const message = `GStreamer element "${this.#factory}" takes none of the formats that the ${this.#kind} can be converted to`;
    this.host.emit('error', { message });
  }

  override async close(): Promise<void> {
    clearInterval(this.#look);
    await super.close();
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
      this.#checkProperty(String(name));
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

function notAllowed(what: string): KurentoError {
  return new KurentoError(
    'MEDIA_OBJECT_OPERATION_NOT_SUPPORTED',
    `${what} is not allowed by the server's setting media.gstreamerFilterElements`,
  );
}
