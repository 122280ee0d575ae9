import type { GstStructure } from '@rivero/graph-engine';
import type { Step } from '../steps.js';
import { FilterElement } from './filter.js';

/** A code that was out of the picture for so long is told again when it comes back, ms. */
const FORGET_MS = 2000;

/** Reads bar codes and QR codes. Event `code { codeType, value }`: once for each code as long as it stays in the picture. */
export class ZBarElement extends FilterElement {
  readonly #seen = new Map<string, number>();

  protected override steps(): readonly Step[] {
    return [['zbar', { message: true }]];
  }

  protected override heard({ name, fields }: GstStructure): void {
    if (name !== 'barcode') return;
    const [codeType, value] = [String(fields.type), String(fields.symbol)];
    const now = performance.now();
    for (const [code, at] of this.#seen) if (now - at > FORGET_MS) this.#seen.delete(code);
    const key = `${codeType} ${value}`;
    const known = this.#seen.has(key);
    this.#seen.set(key, now);
    if (!known) this.host.emit('code', { codeType, value });
  }
}
