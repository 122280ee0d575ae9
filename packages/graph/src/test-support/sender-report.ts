/** Now on the clock that worker and graph share, ms. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** A sender report (RFC 3550 section 6.4.1) on the monotonic clock, as the worker writes it. */
export function senderReport(ssrc: number, atMs: number, rtpTimestamp: number): Buffer {
  const report = Buffer.alloc(28);
  report.writeUInt32BE(0x80c80006, 0);
  report.writeUInt32BE(ssrc, 4);
  report.writeUInt32BE(Math.floor(atMs / 1000), 8);
  report.writeUInt32BE(Math.floor(((atMs % 1000) / 1000) * 2 ** 32), 12);
  report.writeUInt32BE(rtpTimestamp, 16);
  const description = Buffer.alloc(16);
  description.writeUInt32BE(0x81ca0003, 0);
  description.writeUInt32BE(ssrc, 4);
  description.set([1, 4, ...Buffer.from('test'), 0, 0], 8);
  return Buffer.concat([report, description]);
}
