export type SctpErrorCode =
  /** An option or argument is out of range. */
  | 'INVALID_ARGUMENT'
  /** The association or the channel is closed or closing. */
  | 'INVALID_STATE'
  /** Longer than the peer or our own limit allows. */
  | 'MESSAGE_TOO_LARGE'
  /** As many bytes wait as may: try again after bufferedAmountLow. */
  | 'BUFFER_FULL'
  /** No free stream for another channel. */
  | 'NO_FREE_STREAM'
  /** There is no such channel. */
  | 'UNKNOWN_CHANNEL';

/** Mistakes of the caller. What a peer sends never throws. */
export class SctpError extends Error {
  readonly code: SctpErrorCode;

  constructor(code: SctpErrorCode, message: string) {
    super(message);
    this.name = 'SctpError';
    this.code = code;
  }
}
