/**
 * Why a description was refused: `EMPTY` (no text at all), `TOO_LARGE` (over one of the limits) or `INVALID`
 * (no SDP, numbers out of range, or an answer that does not fit its offer).
 */
export type SdpErrorCode = 'EMPTY' | 'INVALID' | 'TOO_LARGE';

/** The only error that reading a peer's text throws. The message names the cause and never quotes the text. */
export class SdpError extends Error {
  readonly code: SdpErrorCode;

  constructor(code: SdpErrorCode, message: string) {
    super(message);
    this.name = 'SdpError';
    this.code = code;
  }
}
