import { type BinMessage, GStreamerBin, type Implements } from '@rivero/module';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

/** Reads codes and sends what they say. */
export default class KmsSendData
  extends GStreamerBin<Declaration, 'KmsSendData'>
  implements Implements<Declaration, 'KmsSendData'>
{
  describe(): string {
    return 'zbar qos=false';
  }

  /** The text is Kurento's: the time is that of the picture in the pipeline, ns. */
  override onMessage({ name, fields }: BinMessage): void {
    if (name !== 'barcode') return;
    const { timestamp, type, symbol } = fields;
    this.sendData(`Code detected in time ${timestamp}, type ${type}, symbol ${symbol}`);
  }
}
