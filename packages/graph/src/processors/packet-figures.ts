import type { FrameStatistics } from '../protocol.js';

const Field = {
  In: 0,
  Out: 1,
  Processed: 2,
  Dropped: 3,
  TotalMicros: 4,
  MaxMicros: 5,
  BusySince: 6,
  Count: 7,
} as const;

/** Moment 0 of this thread's performance.now() on the clock that all threads have, ms. */
const ORIGIN_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** ms on a clock that all threads have. */
export const sharedNow = (): number => ORIGIN_MS + performance.now();

/** What a thread counts of packets, and others read. */
export class PacketFigures {
  readonly #fields: Float64Array<SharedArrayBuffer>;

  constructor(buffer = new SharedArrayBuffer(8 * Field.Count)) {
    this.#fields = new Float64Array(buffer);
  }

  /** For another thread's PacketFigures. */
  get buffer(): SharedArrayBuffer {
    return this.#fields.buffer;
  }

  came(packets: number): void {
    this.#fields[Field.In]! += packets;
  }

  dropped(packets: number): void {
    this.#fields[Field.Dropped]! += packets;
  }

  wentOut(): void {
    this.#fields[Field.Out]!++;
  }

  /** Work on a packet begins. @returns when, for `end` */
  begin(): number {
    const now = sharedNow();
    this.#fields[Field.BusySince] = now;
    return now;
  }

  end(begin: number): void {
    const micros = (sharedNow() - begin) * 1000;
    this.#fields[Field.BusySince] = 0;
    this.#fields[Field.Processed]!++;
    this.#fields[Field.TotalMicros]! += micros;
    if (micros > this.#fields[Field.MaxMicros]!) this.#fields[Field.MaxMicros] = micros;
  }

  /** How long the present packet has taken by now. */
  read(): { waitingMicros: number } {
    const since = this.#fields[Field.BusySince]!;
    return { waitingMicros: since === 0 ? 0 : (sharedNow() - since) * 1000 };
  }

  /** @param isPassive packets go past the element */
  statistics(isPassive: boolean): FrameStatistics {
    const fields = this.#fields;
    const [framesIn, processed] = [fields[Field.In]!, fields[Field.Processed]!];
    return {
      framesIn,
      framesOut: isPassive ? framesIn : fields[Field.Out]!,
      framesProcessed: processed,
      framesDropped: fields[Field.Dropped]!,
      meanMicros: processed === 0 ? 0 : Math.round(fields[Field.TotalMicros]! / processed),
      maxMicros: Math.round(fields[Field.MaxMicros]!),
    };
  }
}
