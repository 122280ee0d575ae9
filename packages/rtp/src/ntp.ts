// NTP timestamps as RTCP carries them (RFC 3550 section 4): seconds since 1900 and a 32-bit fraction. Halves are
// int32 so that they stay small integers; `>>> 0` gives the unsigned value.

/** Seconds from the NTP epoch (1900) to the Unix epoch (1970). */
const NTP_TO_UNIX_SECONDS = 2208988800;
const TWO_32 = 4294967296;

/** High half: seconds since 1900, wrapped to 32 bits. @param epochMs milliseconds since 1970, fractional */
export function ntpSeconds(epochMs: number): number {
  return (Math.floor(epochMs / 1000) + NTP_TO_UNIX_SECONDS) | 0;
}

/** Low half: fraction of a second in 1/2^32. */
export function ntpFraction(epochMs: number): number {
  const ms = epochMs - Math.floor(epochMs / 1000) * 1000;
  return Math.floor((ms * TWO_32) / 1000) | 0;
}

/** The middle 32 bits (16.16 seconds), the form of LSR, DLSR and RRTR. */
export function ntpMiddle(epochMs: number): number {
  return middleOf(ntpSeconds(epochMs), ntpFraction(epochMs));
}

/** The middle 32 bits of a timestamp given as two halves. */
export function middleOf(seconds: number, fraction: number): number {
  return (seconds << 16) | (fraction >>> 16);
}

/** Milliseconds since 1970 of an NTP timestamp; the 2036 roll-over is resolved to 1968 … 2104 (RFC 2030 section 3). */
export function ntpToEpochMs(seconds: number, fraction: number): number {
  let whole = (seconds >>> 0) - NTP_TO_UNIX_SECONDS;
  if ((seconds & 0x80000000) === 0) whole += TWO_32;
  return whole * 1000 + ((fraction >>> 0) * 1000) / TWO_32;
}

/** Milliseconds as a 16.16 fixed-point number of seconds (units of DLSR), saturating at 65535.99 s. */
export function msToMiddle(ms: number): number {
  if (ms <= 0) return 0;
  return ms >= 65536000 ? -1 : Math.round(ms * 65.536) | 0;
}

/**
 * Round-trip time from a report block (RFC 3550 section 6.4.1): A - LSR - DLSR.
 * @param arrival middle 32 bits of our NTP clock when the report came
 * @returns milliseconds, 0 when clocks or rounding make it negative, -1 when the reporter has seen no SR yet
 */
export function roundTripMs(arrival: number, lastSenderReport: number, delaySinceLast: number): number {
  if (lastSenderReport === 0) return -1;
  const rtt = (arrival - lastSenderReport - delaySinceLast) | 0;
  return rtt <= 0 ? 0 : rtt / 65.536;
}
