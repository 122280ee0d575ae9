/** Runs in the browser: what a person at this peer sees and hears, and what is sent from here, over time. */

/** Counts from the beginning of the connection, at one moment. */
export interface QualitySample {
  /** ms since the epoch. */
  at: number;
  /** Bytes of RTP with headers, retransmissions among them; of those that go out, media only and retransmissions apart. */
  videoBytes: number;
  videoPackets: number;
  videoLost: number;
  framesDecoded: number;
  keyFramesDecoded: number;
  framesDropped: number;
  freezes: number;
  frozenSeconds: number;
  nacks: number;
  plis: number;
  retransmitted: number;
  jitterBufferSeconds: number;
  jitterBufferEmitted: number;
  audioBytes: number;
  audioPackets: number;
  audioLost: number;
  /** Samples made up for lost ones (silence not counted), and all samples. */
  concealedSamples: number;
  samples: number;
  /** Height of the received picture. */
  height: number;
  /** Of the transport, s; 0 while unknown. */
  roundTripSeconds: number;
  sentVideoBytes: number;
  sentRetransmittedBytes: number;
  sentFrames: number;
  /** Frames that the camera gave. */
  sourceFrames: number;
  /** What the sender may send, bit/s, as its congestion control says; and what the encoder is told. */
  availableBitrate: number;
  targetBitrate: number;
  qualityLimitation: string;
}

export interface QualityRecord {
  samples: QualitySample[];
  /** When frames were shown, ms since the epoch. */
  frames: number[];
}

const INTERVAL_MS = 500;

export class QualityWatch {
  readonly record: QualityRecord = { samples: [], frames: [] };

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly video: HTMLVideoElement,
  ) {
    const onFrame = (): void => {
      this.record.frames.push(performance.timeOrigin + performance.now());
      this.video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    const sample = async (): Promise<void> => {
      if (connection.connectionState === 'closed') return;
      this.record.samples.push(await this.#sample());
      setTimeout(sample, INTERVAL_MS);
    };
    void sample();
  }

  async #sample(): Promise<QualitySample> {
    const report: RTCStatsReport = await this.connection.getStats();
    const records = [...report.values()] as Record<string, unknown>[];
    const sum = (type: string, kind: string, ...names: string[]): number => {
      const streams = records.filter((record) => record.type === type && record.kind === kind);
      return streams.reduce(
        (total, stream) => total + names.reduce((part, name) => part + Number(stream[name] ?? 0), 0),
        0,
      );
    };
    const video = (...names: string[]) => sum('inbound-rtp', 'video', ...names);
    const audio = (...names: string[]) => sum('inbound-rtp', 'audio', ...names);
    const sent = (...names: string[]) => sum('outbound-rtp', 'video', ...names);
    const transport = records.find((record) => record.type === 'transport');
    const pair = report.get(String(transport?.selectedCandidatePairId)) as
      | Record<string, unknown>
      | undefined;
    const limitations = records.map((record) => record.qualityLimitationReason).filter(Boolean);
    return {
      at: performance.timeOrigin + performance.now(),
      videoBytes: video('bytesReceived', 'headerBytesReceived'),
      videoPackets: video('packetsReceived'),
      videoLost: video('packetsLost'),
      framesDecoded: video('framesDecoded'),
      keyFramesDecoded: video('keyFramesDecoded'),
      framesDropped: video('framesDropped'),
      freezes: video('freezeCount'),
      frozenSeconds: video('totalFreezesDuration'),
      nacks: video('nackCount'),
      plis: video('pliCount', 'firCount'),
      retransmitted: video('retransmittedPacketsReceived'),
      jitterBufferSeconds: video('jitterBufferDelay'),
      jitterBufferEmitted: video('jitterBufferEmittedCount'),
      audioBytes: audio('bytesReceived', 'headerBytesReceived'),
      audioPackets: audio('packetsReceived'),
      audioLost: audio('packetsLost'),
      concealedSamples: audio('concealedSamples') - audio('silentConcealedSamples'),
      samples: audio('totalSamplesReceived'),
      height: video('frameHeight'),
      roundTripSeconds: Number(pair?.currentRoundTripTime ?? 0),
      sentVideoBytes: sent('bytesSent', 'headerBytesSent'),
      sentRetransmittedBytes: sent('retransmittedBytesSent'),
      sentFrames: sent('framesEncoded'),
      sourceFrames: sum('media-source', 'video', 'frames'),
      availableBitrate: Number(pair?.availableOutgoingBitrate ?? 0),
      targetBitrate: sent('targetBitrate'),
      qualityLimitation: limitations.join(' '),
    };
  }
}
