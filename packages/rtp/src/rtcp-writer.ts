import { writeInt32, writeUint16, writeUint24 } from './bytes.js';
import { PayloadFeedbackFormat, type ReportBlock, RtcpType, TransportFeedbackFormat } from './rtcp-types.js';

const MAX_REPORT_BLOCKS = 31;
const REPORT_BLOCK_SIZE = 24;
const NO_REPORT = -1;

/** Receives a finished datagram: the first `length` bytes of `buffer`, valid during the call only. */
export type DatagramSink = (buffer: Uint8Array, length: number) => void;

/**
 * Writes RTCP into one buffer and hands out a datagram whenever the next packet would not fit (so the buffer's length
 * is the MTU) or at finish(). Unless reduced size (RFC 5506) was chosen, each datagram is a valid compound: it begins
 * with an SR or RR and holds the CNAME (RFC 3550 section 6.1); both are added where the caller did not write them.
 *
 * Use: begin(), any of the writing methods in any number, finish(). Nothing is allocated.
 */
export class RtcpWriter {
  readonly #buffer: Uint8Array;
  readonly #sink: DatagramSink;
  #ssrc = 0;
  #cname: Uint8Array | undefined;
  #length = 0;
  #reportAt = NO_REPORT;
  #described = false;

  /** @param buffer at least 512 bytes, all of it may be filled (leave room for SRTCP elsewhere) */
  constructor(buffer: Uint8Array, sink: DatagramSink) {
    if (buffer.length < 512) throw new RangeError('an RTCP buffer needs at least 512 bytes');
    this.#buffer = buffer;
    this.#sink = sink;
  }

  /**
   * @param ssrc our SSRC, sender of reports and feedback
   * @param cname at most 255 bytes of UTF-8; undefined chooses reduced-size RTCP
   */
  begin(ssrc: number, cname: Uint8Array | undefined): void {
    if (cname !== undefined && cname.length > 255) throw new RangeError('a CNAME has at most 255 bytes');
    this.#ssrc = ssrc;
    this.#cname = cname;
    this.#startDatagram();
  }

  /** Hands out what was not handed out yet. */
  finish(): void {
    this.#flush();
  }

  /** Starts an SR; report blocks may follow. Counts wrap at 32 bits. */
  senderReport(
    ssrc: number,
    ntpSeconds: number,
    ntpFraction: number,
    rtpTimestamp: number,
    packetCount: number,
    octetCount: number,
  ): void {
    // reports stand before everything else in a compound
    if (this.#described) this.#flush();
    const at = this.#reserve(28, true);
    this.#header(at, 0, RtcpType.SenderReport, 28);
    writeInt32(this.#buffer, at + 4, ssrc);
    writeInt32(this.#buffer, at + 8, ntpSeconds);
    writeInt32(this.#buffer, at + 12, ntpFraction);
    writeInt32(this.#buffer, at + 16, rtpTimestamp);
    writeInt32(this.#buffer, at + 20, packetCount);
    writeInt32(this.#buffer, at + 24, octetCount);
    this.#reportAt = at;
  }

  /** Starts an RR of our SSRC; report blocks may follow. */
  receiverReport(): void {
    if (this.#described) this.#flush();
    this.#emptyReceiverReport(true);
  }

  /** Adds to the SR or RR just written; opens another RR when there is none, it is full, or the datagram is. */
  reportBlock(block: ReportBlock): void {
    if (this.#reportAt === NO_REPORT || (this.#buffer[this.#reportAt]! & 0x1f) === MAX_REPORT_BLOCKS) {
      this.receiverReport();
    }
    if (this.#length + REPORT_BLOCK_SIZE + this.#descriptionReserve() > this.#buffer.length) {
      this.#flush();
      this.#emptyReceiverReport(true);
    }
    const buffer = this.#buffer;
    const report = this.#reportAt;
    const at = this.#length;
    writeInt32(buffer, at, block.ssrc);
    buffer[at + 4] = block.fractionLost;
    writeUint24(buffer, at + 5, Math.max(-0x800000, Math.min(0x7fffff, block.cumulativeLost)));
    writeInt32(buffer, at + 8, block.extendedHighest);
    writeInt32(buffer, at + 12, block.jitter);
    writeInt32(buffer, at + 16, block.lastSenderReport);
    writeInt32(buffer, at + 20, block.delaySinceLastSenderReport);
    this.#length += REPORT_BLOCK_SIZE;
    this.#header(report, (buffer[report]! & 0x1f) + 1, buffer[report + 1]!, this.#length - report);
  }

  /** Goodbye of one SSRC (RFC 3550 section 6.6). */
  bye(ssrc: number): void {
    const at = this.#reserve(8, false);
    this.#header(at, 1, RtcpType.Bye, 8);
    writeInt32(this.#buffer, at + 4, ssrc);
  }

  pli(media: number): void {
    const at = this.#reserve(12, false);
    this.#feedbackHeader(at, PayloadFeedbackFormat.PictureLoss, RtcpType.PayloadFeedback, 12, media);
  }

  /** @param commandSequence 0 … 255, one more for each new request, unchanged for a repetition (RFC 5104 section 4.3.1) */
  fir(media: number, commandSequence: number): void {
    const at = this.#reserve(20, false);
    // the media source of the common header is not used by FIR and is 0
    this.#feedbackHeader(at, PayloadFeedbackFormat.FullIntraRequest, RtcpType.PayloadFeedback, 20, 0);
    writeInt32(this.#buffer, at + 12, media);
    writeInt32(this.#buffer, at + 16, commandSequence << 24);
  }

  /**
   * Requests packets anew (RFC 4585 section 6.2.1).
   * @param sequences in ascending (wrapping) order for best packing; only the low 16 bits of each are used
   */
  nack(media: number, sequences: ArrayLike<number>, count: number): void {
    let i = 0;
    while (i < count) {
      const at = this.#reserve(16, false);
      const buffer = this.#buffer;
      let item = at + 12;
      for (;;) {
        const first = sequences[i++]! & 0xffff;
        let mask = 0;
        while (i < count) {
          const distance = (sequences[i]! - first) & 0xffff;
          if (distance > 16) break;
          if (distance > 0) mask |= 1 << (distance - 1);
          i++;
        }
        writeUint16(buffer, item, first);
        writeUint16(buffer, item + 2, mask);
        item += 4;
        if (i >= count || item + 4 > buffer.length) break;
      }
      this.#length = item;
      this.#feedbackHeader(at, TransportFeedbackFormat.Nack, RtcpType.TransportFeedback, item - at, media);
    }
  }

  /**
   * Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03).
   * @param bitrate bit/s; the 18-bit mantissa rounds down
   * @param ssrcs the streams it is shared by, at most 64 are written
   */
  remb(bitrate: number, ssrcs: ArrayLike<number>, count: number): void {
    const used = Math.min(count, 64);
    const size = 20 + used * 4;
    const at = this.#reserve(size, false);
    const buffer = this.#buffer;
    this.#feedbackHeader(at, PayloadFeedbackFormat.ApplicationLayer, RtcpType.PayloadFeedback, size, 0);
    writeInt32(buffer, at + 12, 0x52454d42);
    buffer[at + 16] = used;
    let mantissa = Math.max(0, Math.floor(bitrate));
    let exponent = 0;
    while (mantissa > 0x3ffff && exponent < 63) {
      mantissa = Math.floor(mantissa / 2);
      exponent++;
    }
    writeUint24(buffer, at + 17, (exponent << 18) | Math.min(mantissa, 0x3ffff));
    for (let i = 0; i < used; i++) writeInt32(buffer, at + 20 + i * 4, ssrcs[i]!);
  }

  /** A transport-wide feedback packet whose control information (a multiple of four bytes) is ready. */
  transportFeedback(media: number, information: Uint8Array, length: number): void {
    const at = this.#reserve(12 + length, false);
    this.#feedbackHeader(
      at,
      TransportFeedbackFormat.TransportWide,
      RtcpType.TransportFeedback,
      12 + length,
      media,
    );
    for (let i = 0; i < length; i++) this.#buffer[at + 12 + i] = information[i]!;
  }

  #startDatagram(): void {
    this.#length = 0;
    this.#reportAt = NO_REPORT;
    this.#described = false;
  }

  #flush(): void {
    if (this.#length > 0) {
      if (this.#cname !== undefined && !this.#described) this.#description();
      this.#sink(this.#buffer, this.#length);
    }
    this.#startDatagram();
  }

  /** Makes room for a packet and returns its place; a feedback packet is preceded by what a compound needs. */
  #reserve(size: number, isReport: boolean): number {
    for (let attempt = 0; ; attempt++) {
      if (this.#cname !== undefined && !isReport) {
        if (this.#length === 0) this.#emptyReceiverReport(false);
        if (!this.#described && this.#length + this.#descriptionSize() <= this.#buffer.length) {
          this.#description();
        }
      }
      if (this.#length + size + this.#descriptionReserve() <= this.#buffer.length) break;
      if (attempt > 0) throw new RangeError('an RTCP packet is larger than the buffer');
      this.#flush();
    }
    const at = this.#length;
    this.#length += size;
    this.#reportAt = NO_REPORT;
    return at;
  }

  #emptyReceiverReport(ensure: boolean): void {
    const at = ensure ? this.#reserve(8, true) : this.#length;
    if (!ensure) this.#length += 8;
    this.#header(at, 0, RtcpType.ReceiverReport, 8);
    writeInt32(this.#buffer, at + 4, this.#ssrc);
    this.#reportAt = at;
  }

  /** SSRC, one CNAME item, at least one null octet, up to a word boundary. */
  #descriptionSize(): number {
    return 8 + ((2 + this.#cname!.length + 4) & ~3);
  }

  #descriptionReserve(): number {
    return this.#cname === undefined || this.#described ? 0 : this.#descriptionSize();
  }

  #description(): void {
    const cname = this.#cname!;
    const buffer = this.#buffer;
    const at = this.#length;
    const size = this.#descriptionSize();
    this.#header(at, 1, RtcpType.SourceDescription, size);
    writeInt32(buffer, at + 4, this.#ssrc);
    buffer[at + 8] = 1;
    buffer[at + 9] = cname.length;
    buffer.set(cname, at + 10);
    buffer.fill(0, at + 10 + cname.length, at + size);
    this.#length += size;
    this.#described = true;
    this.#reportAt = NO_REPORT;
  }

  #header(at: number, count: number, type: number, size: number): void {
    this.#buffer[at] = 0x80 | count;
    this.#buffer[at + 1] = type;
    writeUint16(this.#buffer, at + 2, size / 4 - 1);
  }

  #feedbackHeader(at: number, format: number, type: number, size: number, media: number): void {
    this.#header(at, format, type, size);
    writeInt32(this.#buffer, at + 4, this.#ssrc);
    writeInt32(this.#buffer, at + 8, media);
  }
}
