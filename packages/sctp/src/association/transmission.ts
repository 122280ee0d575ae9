import { Receiver } from '../receive/receiver.js';
import type { SendQueue } from '../send/send-queue.js';
import { Sender } from '../send/sender.js';
import type { SctpLimits, SctpTiming } from '../settings.js';
import type { Agreement } from './agreement.js';
import { Heartbeat } from './heartbeat.js';
import type { Output } from './output.js';
import { StreamReset } from './stream-reset.js';

export interface TransmissionOptions {
  agreement: Agreement;
  queue: SendQueue;
  output: Output;
  mtu: number;
  maxMessageSize: number;
  limits: SctpLimits;
  timing: SctpTiming;
  randomBytes: (count: number) => Uint8Array;
}

/** What an association consists of once it is set up. */
export class Transmission {
  readonly agreement: Agreement;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly reset: StreamReset;
  readonly heartbeat: Heartbeat;
  /** Timeouts in a row that the peer did not answer (RFC 9260 section 8.1). */
  errors = 0;

  constructor(now: number, options: TransmissionOptions) {
    const { agreement, queue, output, limits, timing } = options;
    this.agreement = agreement;
    this.sender = new Sender(
      {
        initialTsn: agreement.localTsn,
        peerWindow: agreement.peerWindow,
        partialReliability: agreement.features.partialReliability,
        mtu: options.mtu,
        timing,
        limits,
      },
      queue,
    );
    this.receiver = new Receiver({
      initialTsn: agreement.peerTsn,
      inboundStreams: agreement.inboundStreams,
      maxMessageSize: options.maxMessageSize,
      limits,
      sackDelay: timing.sackDelay,
    });
    this.reset = new StreamReset({
      sender: this.sender,
      receiver: this.receiver,
      queue,
      output,
      limits,
      localTsn: agreement.localTsn,
      peerTsn: agreement.peerTsn,
    });
    this.heartbeat = new Heartbeat(now, timing, options.randomBytes, output);
  }

  nextTimeout(): number {
    return Math.min(
      this.sender.nextTimeout(),
      this.receiver.nextTimeout(),
      this.reset.nextTimeout(),
      this.heartbeat.nextTimeout(),
    );
  }

  handleTimeout(now: number): void {
    const { sender } = this;
    this.receiver.handleTimeout(now);
    if (sender.handleTimeout(now)) {
      this.errors++;
      sender.allowBurst();
    }
    if (this.reset.handleTimeout(now)) this.#unanswered();
    if (this.heartbeat.handleTimeout(now, sender.roundTrip.rto, sender.flight > 0)) this.#unanswered();
  }

  #unanswered(): void {
    this.errors++;
    this.sender.roundTrip.backOff();
  }
}
