import { KurentoError } from '@rivero/api';
import type { MediaKind } from '../routing/media.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { Filter } from './filter.js';

const KINDS: Readonly<Record<string, MediaKind | undefined>> = { AUDIO: 'audio', VIDEO: 'video' };

interface Command {
  factory: string;
  properties: Record<string, string>;
}

/** One GStreamer element with one input and one output, that the application chooses (Kurento: GStreamerFilter). */
export class GStreamerFilter extends Filter {
  readonly #properties: Record<string, string>;

  constructor(context: ObjectContext, init: ObjectInit) {
    const { factory, properties } = parseCommand(String(init.params.command ?? ''));
    super(context, init);
    this.#properties = properties;
    const kind = KINDS[String(init.params.filterType)];
    const { gstreamerFilterElements: allow } = context.configuration;
    const params = { factory, properties, allow, ...(kind && { kind }) };
    this.creation = this.startInGraph('GStreamerFilter', params).then(() => {});
  }

  async setElementProperty(params: { propertyName: string; propertyValue: string }): Promise<null> {
    const { propertyName, propertyValue } = params;
    await this.call('setProperty', { name: propertyName, value: propertyValue });
    // For a fresh graph process.
    this.#properties[propertyName] = propertyValue;
    return null;
  }
}

/**
 * Takes the name and the properties of one element from gst-launch's syntax.
 * @throws KurentoError MARSHALL_ERROR
 */
export function parseCommand(command: string): Command {
  const words = command.match(/(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\S)+/g) ?? [];
  const [factory, ...rest] = words;
  if (factory === undefined) {
    throw new KurentoError(
      'MARSHALL_ERROR',
      'GStreamer element cannot be created: empty pipeline not allowed',
    );
  }
  // An exclamation mark within quotes belongs to a property's value.
  if (words.some((word) => word.replaceAll(/"[^"]*"|'[^']*'/g, '').includes('!'))) {
    throw new KurentoError('MARSHALL_ERROR', 'Given command is not valid, only one element can be created');
  }
  const properties: Record<string, string> = {};
  for (const word of rest) {
    const equals = word.indexOf('=');
    if (equals <= 0) {
      throw new KurentoError(
        'MARSHALL_ERROR',
        `GStreamer element cannot be created: syntax error at '${word}'`,
      );
    }
    const value = word.slice(equals + 1);
    const quoted = /^(["'])([\s\S]*)\1$/.exec(value);
    properties[word.slice(0, equals)] = quoted ? quoted[2]!.replaceAll(/\\(.)/g, '$1') : value;
  }
  return { factory, properties };
}
