import type { PacketEngine } from '@rivero/packet-engine';
import { ntpFraction, ntpSeconds, RtcpWriter, type TransportFeedbackRecorder } from '@rivero/rtp';
import type { NegotiatedFeedback } from '@rivero/sdp';
import type { ReceiveStream } from './receive-stream.js';
import type { RtpSession } from './rtp-session.js';

/** Longest compound, so that with SRTCP and UDP it fits any path. */
const MTU = 1150;
const MAX_NACKS = 256;

/** One buffer for all sessions of a worker: a datagram is encrypted and sent before the next one is begun. */
const buffer = new Uint8Array(MTU);
const sequences = new Int32Array(MAX_NACKS);
/** Leaves room for the report and the CNAME that a compound begins with. */
const feedbackInformation = new Uint8Array(800);

/** Read before it is filled anew. */
const rembSsrcs: number[] = [];

interface SharedWriter {
  readonly writer: RtcpWriter;
  /** For which is being written. */
  session: number;
}

const writers = new WeakMap<PacketEngine, SharedWriter>();

/** One for all sessions of an engine: each finishes what it begins. */
function sharedWriter(engine: PacketEngine): SharedWriter {
  const known = writers.get(engine);
  if (known !== undefined) return known;
  const made: SharedWriter = {
    writer: new RtcpWriter(buffer, (bytes, length) => engine.sendRtcp(made.session, bytes, length)),
    session: 0,
  };
  writers.set(engine, made);
  return made;
}

/** The name that was encoded last: one session writes several packets in a row. */
let lastName = '';
let lastBytes = Buffer.alloc(0);

function encoded(name: string): Uint8Array {
  if (name !== lastName) {
    lastName = name;
    lastBytes = Buffer.from(name);
  }
  return lastBytes;
}

/** Writes a session's RTCP: reports, requests for packets and key frames, REMB, goodbye. */
export class RtcpOutput {
  readonly #session: RtpSession;
  readonly #shared: SharedWriter;
  readonly #cname: string;
  readonly #epochMs: number;
  #firSequence = 0;
  /** The peer takes feedback without reports (RFC 5506). */
  reducedSize = false;

  constructor(engine: PacketEngine, session: RtpSession, cname: string, epochMs = performance.timeOrigin) {
    this.#session = session;
    this.#epochMs = epochMs;
    this.#cname = cname;
    this.#shared = sharedWriter(engine);
  }

  get #writer(): RtcpWriter {
    return this.#shared.writer;
  }

  /** Sender reports for what was sent and report blocks for what was received (RFC 3550 section 6.4). */
  report(nowMs: number): void {
    const writer = this.#writer;
    const epochMs = this.#epochMs + nowMs;
    let blocksDue = true;
    for (const track of this.#session.sendTracks) {
      const timestamp = track.timestampAt(nowMs);
      if (timestamp === undefined || track.packetsSent === 0) continue;
      this.#beginAs(track.ssrc);
      writer.senderReport(
        track.ssrc,
        ntpSeconds(epochMs),
        ntpFraction(epochMs),
        timestamp,
        track.packetsSent,
        track.octetsSent,
      );
      if (blocksDue) this.#reportBlocks(nowMs);
      blocksDue = false;
      writer.finish();
    }
    if (!blocksDue) return;
    this.#beginAs(this.#session.localSsrc);
    writer.receiverReport();
    this.#reportBlocks(nowMs);
    writer.finish();
  }

  #reportBlocks(nowMs: number): void {
    for (const { statistics } of this.#session.streams.values()) {
      // Streams that are long gone would only take room.
      if (statistics.lastPacketMs < 0 || nowMs - statistics.lastPacketMs > 10_000) continue;
      statistics.update(nowMs);
      this.#writer.reportBlock(statistics.report);
    }
  }

  nack(stream: ReceiveStream, nowMs: number, rttMs: number): void {
    const count = stream.nack!.collect(nowMs, rttMs, sequences);
    if (count === 0) return;
    this.#begin();
    this.#writer.nack(stream.ssrc, sequences, count);
    this.#writer.finish();
    stream.nacksSent++;
  }

  /** PLI where negotiated, else FIR (RFC 4585 section 6.3.1, RFC 5104 section 4.3.1). */
  keyFrameRequest(stream: ReceiveStream, feedback: NegotiatedFeedback): void {
    if (!feedback.pli && !feedback.fir) return;
    this.#begin();
    if (feedback.pli) {
      this.#writer.pli(stream.ssrc);
      stream.plisSent++;
    } else {
      this.#firSequence = (this.#firSequence + 1) & 0xff;
      this.#writer.fir(stream.ssrc, this.#firSequence);
      stream.firsSent++;
    }
    this.#writer.finish();
  }

  /** Bitrate that the received video may have, bit/s. */
  remb(bitrate: number): void {
    const ssrcs = rembSsrcs;
    ssrcs.length = 0;
    for (const track of this.#session.receiveTracks) {
      if (track.kind !== 'video') continue;
      for (const { stream } of track.layers) ssrcs.push(stream.ssrc);
    }
    this.#begin();
    this.#writer.remb(bitrate, ssrcs, ssrcs.length);
    this.#writer.finish();
  }

  /** What arrived since the last feedback, and when. @param media SSRC of a stream that the peer sends */
  transportFeedback(recorder: TransportFeedbackRecorder, media: number): void {
    this.#begin();
    for (;;) {
      const length = recorder.take(feedbackInformation);
      if (length === 0) break;
      this.#writer.transportFeedback(media, feedbackInformation, length);
    }
    this.#writer.finish();
  }

  goodbye(): void {
    for (const track of this.#session.sendTracks) {
      if (track.packetsSent === 0) continue;
      this.#beginAs(track.ssrc);
      this.#writer.bye(track.ssrc);
      this.#writer.finish();
    }
  }

  #begin(): void {
    this.#beginAs(this.#session.localSsrc, this.reducedSize);
  }

  #beginAs(ssrc: number, reducedSize = false): void {
    this.#shared.session = this.#session.session;
    this.#writer.begin(ssrc, reducedSize ? undefined : encoded(this.#cname));
  }
}
