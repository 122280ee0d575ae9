/** Packets over which the moving mean forgets: about five seconds of audio. */
const MEMORY_PACKETS = 256;

/** How long packets of one origin take through this worker, from the kernel's arrival time on. Units: microseconds. */
export class LatencyMeter {
  /** Packets measured since measuring began. */
  packets = 0;
  /** Sums over these packets: up to the elements that the origin feeds, and up to the hand-over for sending. */
  inputMicrosTotal = 0;
  sentMicrosTotal = 0;
  /** Mean of all packets while there are few, then a moving one over about MEMORY_PACKETS. */
  inputMicros = 0;
  sentMicros = 0;
  #pending = 0;
  #firstArrival = 0;
  /** Sum of the arrivals of the batch, counted from the first of them. */
  #arrivals = 0;
  #inputSum = 0;

  /** Notes a packet of the present batch. @param arrivalUs wrapping @returns whether it is the first one */
  arrive(arrivalUs: number): boolean {
    if (this.#pending++ === 0) {
      this.#firstArrival = arrivalUs;
      this.#arrivals = 0;
      return true;
    }
    this.#arrivals += (arrivalUs - this.#firstArrival) | 0;
    return false;
  }

  /** The batch has been given to everything that it goes to. @param nowUs of the clock that arrivals have, wrapping */
  distributed(nowUs: number): void {
    this.#inputSum = this.#sinceArrival(nowUs);
  }

  /** The batch has been handed over for sending. */
  sent(nowUs: number): void {
    const count = this.#pending;
    if (count === 0) return;
    const sentSum = this.#sinceArrival(nowUs);
    this.packets += count;
    this.inputMicrosTotal += this.#inputSum;
    this.sentMicrosTotal += sentSum;
    const weight = Math.min(1, count / Math.min(this.packets, MEMORY_PACKETS));
    this.inputMicros += (this.#inputSum / count - this.inputMicros) * weight;
    this.sentMicros += (sentSum / count - this.sentMicros) * weight;
    this.#pending = 0;
  }

  /** Sum over the batch of the time since arrival; never negative, whatever happens to the system's clock. */
  #sinceArrival(nowUs: number): number {
    return Math.max(0, this.#pending * ((nowUs - this.#firstArrival) | 0) - this.#arrivals);
  }
}
