import { NetworkLink } from '@rivero/network-emulator';
import { SendSideEstimator, type SendSideOptions } from '../congestion/send-side-estimator.js';
import { SentPackets } from '../congestion/sent-packets.js';
import { TransportFeedbackReader } from '../transport-feedback-reader.js';
import { TransportFeedbackRecorder } from '../transport-feedback-recorder.js';

const FEEDBACK_MS = 50;
const FRAME_MS = 33;
const PACKET_BYTES = 1200;
const OVERHEAD = 28;
const RING = 1024;

/** A packet on its way: what happens when it arrives. */
export type Arrival = (nowMs: number) => void;

/** What a flow did in a stretch of time. */
export interface FlowSummary {
  /** Delivered, bit/s, headers counted in. */
  bitrate: number;
  /** Part of the packets sent that the path lost. */
  loss: number;
  /** Mean of the estimate, bit/s. */
  estimate: number;
}

/** A clock, and the flows and paths of one simulation. */
export class Simulation {
  nowMs = 0;
  readonly flows: CongestionFlow[] = [];
  readonly paths = new Set<NetworkLink<Arrival>>();

  run(ms: number): void {
    const end = this.nowMs + ms;
    while (this.nowMs < end) {
      this.nowMs++;
      for (const path of this.paths) {
        for (let arrive = path.receive(this.nowMs); arrive; arrive = path.receive(this.nowMs))
          arrive(this.nowMs);
      }
      for (const flow of this.flows) flow.step();
    }
  }
}

/**
 * A sender with its estimator, a path, and a receiver that sends feedback: video of 30 frames a second at the estimate, or at
 * `encoderBps` where that is less.
 */
export class CongestionFlow {
  readonly estimator: SendSideEstimator;
  readonly #simulation: Simulation;
  readonly #path: NetworkLink<Arrival>;
  readonly #back: NetworkLink<Arrival>;
  readonly #sent: SentPackets;
  readonly #recorder = new TransportFeedbackRecorder();
  readonly #reader = new TransportFeedbackReader();
  readonly #feedback = new Uint8Array(1000);
  readonly #rttMs: () => number;
  /** What the encoder can make at most, bit/s. */
  encoderBps = Number.POSITIVE_INFINITY;
  #sequence = 65_000;
  #toSend = 0;
  /** What pacing sent too early, bytes, not above 0. */
  #credit = 0;
  #packetsSent = 0;
  #packetsLost = 0;
  #bytesReceived = 0;
  #estimateSum = 0;
  #steps = 0;

  /** @param path shared by flows that compete */
  constructor(simulation: Simulation, path: NetworkLink<Arrival>, options: SendSideOptions = {}) {
    this.#simulation = simulation;
    this.#path = path;
    this.#back = new NetworkLink({ delay: path.profile.delay ?? 0 }, 77);
    simulation.paths.add(path).add(this.#back);
    this.#sent = new SentPackets(new Uint32Array(SentPackets.words(RING)), 0, RING);
    this.estimator = new SendSideEstimator(this.#sent, options);
    this.#rttMs = () => (path.profile.delay ?? 0) + (this.#back.profile.delay ?? 0);
    simulation.flows.push(this);
  }

  /** So many bytes more wait to be sent: a large frame. */
  burst(bytes: number): void {
    this.#toSend += bytes;
  }

  step(): void {
    const { nowMs } = this.#simulation;
    const { estimator } = this;
    const bitrate = Math.min(estimator.bitrate, this.encoderBps);
    if (nowMs % FRAME_MS === 0) {
      this.#toSend = Math.min(this.#toSend + (bitrate * FRAME_MS) / 8000, bitrate / 8);
    }
    // paced at two and a half times the bitrate, as browsers do
    let budget = (bitrate * 2.5) / 8000 + this.#credit;
    while (this.#toSend > 0 && budget > 0) {
      const bytes = Math.max(60, Math.min(PACKET_BYTES, Math.ceil(this.#toSend)));
      this.#send(bytes);
      this.#toSend -= bytes + OVERHEAD;
      budget -= bytes + OVERHEAD;
    }
    this.#credit = Math.min(0, budget);
    let padding = estimator.probeDue(this.#sequence, nowMs);
    if (padding > 0) {
      let bytes = 0;
      for (; padding > 0; padding -= PACKET_BYTES) {
        this.#send(PACKET_BYTES);
        bytes += PACKET_BYTES;
      }
      estimator.probeSent(this.#sequence, bytes, nowMs);
    }
    if (nowMs % FEEDBACK_MS === 0) this.#sendFeedback();
    if (nowMs % 1000 === 0) estimator.onRtt(this.#rttMs());
    this.#estimateSum += estimator.bitrate;
    this.#steps++;
  }

  #send(bytes: number): void {
    const { nowMs } = this.#simulation;
    const sequence = this.#sequence;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#sent.put(sequence, (nowMs * 1000) >>> 0, bytes);
    this.#packetsSent++;
    const onArrival = (atMs: number): void => {
      this.#bytesReceived += bytes + OVERHEAD;
      this.#recorder.onPacket(sequence, Math.round(atMs * 1000) | 0);
    };
    if (!this.#path.send(nowMs, onArrival, bytes + OVERHEAD)) this.#packetsLost++;
  }

  #sendFeedback(): void {
    for (;;) {
      const length = this.#recorder.take(this.#feedback);
      if (length === 0) return;
      const bytes = this.#feedback.slice(0, length);
      const onArrival = (atMs: number): void => {
        if (this.#reader.parse(bytes, 0, length)) this.estimator.onFeedback(this.#reader, atMs);
      };
      this.#back.send(this.#simulation.nowMs, onArrival, length + 60);
    }
  }

  /** What happened since the last call. */
  summary(sinceMs: number): FlowSummary {
    const result = {
      bitrate: (this.#bytesReceived * 8000) / sinceMs,
      loss: this.#packetsSent === 0 ? 0 : this.#packetsLost / this.#packetsSent,
      estimate: this.#estimateSum / Math.max(1, this.#steps),
    };
    this.#packetsSent = 0;
    this.#packetsLost = 0;
    this.#bytesReceived = 0;
    this.#estimateSum = 0;
    this.#steps = 0;
    return result;
  }
}
