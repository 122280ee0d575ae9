import { capsFilter, type Step } from '../steps.js';
import type { FrameOptions } from './messages.js';

/** What brings raw media into the form that a processor wants. The last one is a capsfilter with these caps. */
export function frameSteps(options: FrameOptions): readonly Step[] {
  if (options.kind === 'audio') {
    const { format, rate, channels } = options;
    const wanted = [
      `audio/x-raw,format=${format}LE,layout=interleaved`,
      ...(rate === undefined ? [] : [`rate=${rate}`]),
      ...(channels === undefined ? [] : [`channels=${channels}`]),
    ];
    return [...(rate === undefined ? [] : [['audioresample'] as const]), capsFilter(wanted.join(','))];
  }
  const { format, passive, maxFramerate, maxWidth } = options;
  if (!passive) return [capsFilter(`video/x-raw,format=${format}`)];
  const steps: Step[] = [];
  if (maxFramerate !== undefined) {
    steps.push(
      // videorate aborts the process when the frame rate is unknown, as with all video that comes by RTP.
      ['capssetter', { caps: 'video/x-raw,framerate=60/1' }],
      ['videorate', { 'drop-only': true, 'max-rate': Math.round(maxFramerate) }],
    );
  }
  // The converter before these steps has nothing to do: what is left out is not converted first.
  if (maxWidth === undefined) return [...steps, ['videoconvert'], capsFilter(`video/x-raw,format=${format}`)];
  const size = `width=(int)[16,${Math.round(maxWidth)}],height=(int)[16,16384],pixel-aspect-ratio=1/1`;
  return [...steps, ['videoscale'], ['videoconvert'], capsFilter(`video/x-raw,format=${format},${size}`)];
}
