/** RTCP packet types (RFC 3550, 4585, 3611). */
export const RtcpType = {
  SenderReport: 200,
  ReceiverReport: 201,
  SourceDescription: 202,
  Bye: 203,
  App: 204,
  TransportFeedback: 205,
  PayloadFeedback: 206,
  ExtendedReport: 207,
} as const;

/** Feedback formats of transport-layer feedback, RTPFB (RFC 4585, draft-holmer-rmcat-transport-wide-cc). */
export const TransportFeedbackFormat = { Nack: 1, TransportWide: 15 } as const;

/** Feedback formats of payload-specific feedback, PSFB (RFC 4585, 5104, draft-alvestrand-rmcat-remb). */
export const PayloadFeedbackFormat = { PictureLoss: 1, FullIntraRequest: 4, ApplicationLayer: 15 } as const;

/** One report block (RFC 3550 section 6.4.1). All numbers int32 as on the wire; SSRCs are bit patterns. */
export interface ReportBlock {
  /** the source reported on */
  ssrc: number;
  /** lost since the last report, in 1/256 */
  fractionLost: number;
  /** lost since the beginning, signed 24 bit (duplicates can make it negative) */
  cumulativeLost: number;
  /** cycles << 16 | highest sequence number received */
  extendedHighest: number;
  /** interarrival jitter in timestamp units */
  jitter: number;
  /** middle 32 bits of the last SR's NTP time, 0 = none */
  lastSenderReport: number;
  /** since that SR came, in 1/65536 s */
  delaySinceLastSenderReport: number;
}

export function createReportBlock(ssrc = 0): ReportBlock {
  return {
    ssrc,
    fractionLost: 0,
    cumulativeLost: 0,
    extendedHighest: 0,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  };
}
