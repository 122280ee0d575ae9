/** Turns successive reports of RTCPeerConnection.getStats into rows with rates. */
export class CallStatistics {
  /** Bytes and time (ms) of each stream in the last report, by the id of the record. */
  #last = new Map();

  /**
   * @param {RTCStatsReport} report
   * @returns {{ stream: string, codec: string, kilobits: number, framesPerSecond?: number, frames?: number, size: string, packets: number, lost?: number }[]}
   */
  rows(report) {
    const streams = [...report.values()].filter(
      ({ type }) => type === 'outbound-rtp' || type === 'inbound-rtp',
    );
    return streams.map((stream) => {
      const sent = stream.type === 'outbound-rtp';
      const bytes = (sent ? stream.bytesSent : stream.bytesReceived) ?? 0;
      const last = this.#last.get(stream.id);
      this.#last.set(stream.id, { bytes, time: stream.timestamp });
      const elapsed = last ? stream.timestamp - last.time : 0;
      const remote = sent ? report.get(stream.remoteId) : undefined;
      return {
        stream: `${stream.kind}, ${sent ? 'sent' : 'received'}`,
        codec: report.get(stream.codecId)?.mimeType.replace(/^\w+\//, '') ?? '–',
        kilobits: elapsed > 0 ? ((bytes - last.bytes) * 8) / elapsed : 0,
        framesPerSecond: stream.framesPerSecond,
        frames: sent ? stream.framesEncoded : stream.framesDecoded,
        size: stream.frameWidth ? `${stream.frameWidth}×${stream.frameHeight}` : '–',
        packets: (sent ? stream.packetsSent : stream.packetsReceived) ?? 0,
        lost: (sent ? remote : stream)?.packetsLost,
      };
    });
  }
}
