import type { ObjectContext, ObjectInit } from './context.js';
import { Filter } from './filter.js';

/** Reads bar codes and QR codes (Kurento: ZBarFilter). */
export class ZBarFilter extends Filter {
  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.creation = this.startInGraph('ZBar').then(() => {});
  }

  override graphEvent(type: string, data: Record<string, unknown>): void {
    if (type === 'code') this.emit('CodeFound', data);
    else super.graphEvent(type, data);
  }
}
