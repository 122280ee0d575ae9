import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { RawPage } from './raw-page.js';

declare global {
  interface Window {
    longestPauses: { decoded: number; encoded: number; late: number; available: number };
  }
}

/** How often is looked, ms: browsers make figures anew no more often. */
const INTERVAL_MS = 50;
/** Longest time without a picture that is no freeze, ms: 500, as it is seen in steps by pages that share two processors with all else. */
const FREEZE_MS = 750;
/** A machine on which timers are so late, or an encoder pauses for so long, makes freezes of its own, ms. */
const LATE_MS = 50;
const PAUSE_MS = 200;
/** A browser that thinks its path carries less lets its pictures wait, bit/s: the server asks no sender of spatial layers for less than 200 kbit/s. */
const AVAILABLE = 190_000;

/** Looks how long a page gets no new picture at worst. */
export class FreezeWatch {
  private constructor(
    private readonly camera: RawPage,
    private readonly screen: RawPage,
  ) {}

  static async start(camera: RawPage, screen: RawPage): Promise<FreezeWatch> {
    for (const { page } of [camera, screen]) {
      await page.evaluate((intervalMs) => {
        const longest = { decoded: 0, encoded: 0, late: 0, available: Number.POSITIVE_INFINITY };
        window.longestPauses = longest;
        const pause = (): ((count: number) => number) => {
          let last = -1;
          let since = performance.now();
          return (count) => {
            const now = performance.now();
            const elapsed = now - since;
            if (count !== last) since = now;
            last = count;
            return elapsed;
          };
        };
        const decoded = pause();
        const encoded = pause();
        const look = async (): Promise<void> => {
          const frames = { decoded: 0, encoded: 0 };
          for (const report of (await window.connection.getStats()).values()) {
            if (report.type === 'candidate-pair' && report.availableOutgoingBitrate > 0) {
              longest.available = Math.min(longest.available, report.availableOutgoingBitrate);
            }
            if (report.kind !== 'video') continue;
            if (report.type === 'inbound-rtp') frames.decoded += report.framesDecoded ?? 0;
            if (report.type === 'outbound-rtp') frames.encoded += report.framesEncoded ?? 0;
          }
          longest.decoded = Math.max(longest.decoded, decoded(frames.decoded));
          longest.encoded = Math.max(longest.encoded, encoded(frames.encoded));
          const set = performance.now();
          setTimeout(() => {
            longest.late = Math.max(longest.late, performance.now() - set - intervalMs);
            void look();
          }, intervalMs);
        };
        void look();
      }, INTERVAL_MS);
    }
    return new FreezeWatch(camera, screen);
  }

  /**
   * Does not judge on a machine that was too busy: that no picture is left out at a change of layers is the matter of the tests
   * of the media worker, which know each packet.
   * @throws AssertionError when no picture came for longer
   */
  async assertNone(context: TestContext): Promise<void> {
    const shown = await this.screen.page.evaluate(() => window.longestPauses);
    const sent = await this.camera.page.evaluate(() => window.longestPauses);
    const late = Math.max(shown.late, sent.late);
    const available = (sent.available / 1000).toFixed(0);
    const text = `no picture for ${shown.decoded.toFixed(0)} ms, none sent for ${sent.encoded.toFixed(0)} ms, timers late by ${late.toFixed(0)} ms, at least ${available} kbit/s`;
    if (late >= LATE_MS || sent.encoded >= PAUSE_MS || sent.available < AVAILABLE) context.diagnostic(text);
    else assert.ok(shown.decoded <= FREEZE_MS, text);
  }
}
