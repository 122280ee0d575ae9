import { KurentoError } from '@rivero/api';
import type { ProcessorOptions } from './messages.js';

const VIDEO_FORMATS = ['I420', 'NV12', 'RGBA', 'GRAY8'] as const;
const AUDIO_FORMATS = ['S16', 'F32'] as const;

/**
 * The static members of a processor's class.
 * @param timeoutMs its time limit when it names none
 * @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE for what can't be
 */
export function optionsOf(
  kind: ProcessorOptions['kind'],
  Class: object,
  timeoutMs: number,
): ProcessorOptions {
  const members = Class as Record<string, unknown>;
  const invalid = (name: string, wanted: string): KurentoError =>
    new KurentoError(
      'MEDIA_OBJECT_NOT_AVAILABLE',
      `The implementation's static member '${name}' must be ${wanted}`,
    );
  const number = <N extends string>(name: N, least: number, most: number): { [K in N]?: number } => {
    const value = members[name];
    if (value === undefined) return {};
    if (typeof value !== 'number' || !(value >= least && value <= most))
      throw invalid(name, `a number from ${least} to ${most}`);
    return { [name]: value } as { [K in N]?: number };
  };
  const format = <F extends string>(formats: readonly F[], preset: F): F => {
    const value = members.format ?? preset;
    if (!formats.includes(value as F)) throw invalid('format', `one of ${formats.join(', ')}`);
    return value as F;
  };
  const common = {
    passive: members.passive === true,
    timeLimit: number('timeLimit', 100, 60_000).timeLimit ?? timeoutMs,
  };
  if (kind === 'packets') {
    const whenBroken = members.whenBroken ?? 'pass';
    if (whenBroken !== 'pass' && whenBroken !== 'drop') throw invalid('whenBroken', 'pass or drop');
    return { kind, ...common, opaque: members.opaque === true, whenBroken };
  }
  if (kind === 'video') {
    return {
      kind,
      format: format(VIDEO_FORMATS, 'I420'),
      ...common,
      ...number('maxFramerate', 1, 60),
      ...number('maxWidth', 16, 16_384),
    };
  }
  return {
    kind,
    format: format(AUDIO_FORMATS, 'F32'),
    ...common,
    ...number('rate', 8000, 192_000),
    ...number('channels', 1, 8),
  };
}
