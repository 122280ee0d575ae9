import { type ElementContext, GStreamerBin, type Implements, ModuleError } from '@rivero/module';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'no-such-element': 'no-such-element',
  'no-input': 'videotestsrc',
  'error-on-the-bus': 'identity error-after=10',
};

export default class BrokenFilter
  extends GStreamerBin<Declaration, 'BrokenFilter'>
  implements Implements<Declaration, 'BrokenFilter'>
{
  level = 0;
  readonly title: string;
  remembered: string;

  constructor(context: ElementContext<{ mediaPipeline: string; how: string; title: string }>) {
    super(context);
    if (context.params.how === 'throws') throw new TypeError('not today');
    if (context.params.how === 'refuses') throw new ModuleError('I will not', 49_001);
    this.title = context.params.title;
    this.remembered = String(context.kept.remembered ?? '');
  }

  describe(): string {
    return DESCRIPTIONS[this.params.how] ?? 'identity name=sleeper ! videobalance saturation=0';
  }

  /** As a mistake in native code does it. */
  crash(): void {
    process.abort();
  }

  /** The thread of the media never comes back. */
  hang(): void {
    this.element('sleeper').set('sleep-time', 3600_000_000);
  }

  /** JavaScript never comes back. */
  spin(): void {
    for (;;);
  }

  fail(): void {
    (undefined as unknown as { nothing(): void }).nothing();
  }

  async refuse(): Promise<void> {
    throw new ModuleError('I will not');
  }

  remember({ text }: { text: string }): number {
    this.remembered = text;
    this.keep({ remembered: text });
    this.emit('Remembered', { text });
    return process.pid;
  }
}
