import { GstBin, type GstElement } from '@rivero/graph-engine';
import type { BranchHost } from './branch.js';
import { findCodec, rtpCaps, stepsOf } from './codecs.js';
import { CodecUnavailableError } from './conversions.js';
import { binRemoved } from './garbage.js';
import { KeyFrameThrottle } from './key-frame-throttle.js';
import type { InputPorts, InputRequest } from './protocol.js';
import { makeStep } from './steps.js';
import { Stream } from './stream.js';
import { Tee } from './tee.js';
import { uniqueName } from './unique-name.js';

/**
 * How long a missing packet is waited for, ms: the worker asks the sender for it. What comes in order passes at once.
 */
const REPAIR_MS = 120;
/** No more than one key frame request in so many ms; the worker spaces them out, too. */
const KEY_FRAME_INTERVAL_MS = 100;
/** ns by which the time of a packet may follow a changed report: as much in a second for sound (50 packets) as for pictures (25). */
const SLEW = { audio: 2_000_000, video: 4_000_000 } as const;
/** A sender that was silent for so long may have stopped its RTP clock, ms. */
const SILENCE_MS = 2000;
/** Its first packets have been looked at by then, ms. */
const FOLLOW_MS = 100;
/** A key frame of high resolution comes at once. */
const SOCKET_BUFFER = 2 * 1024 * 1024;

export interface RtpInputListener {
  keyFrameRequest(): void;
  failed(message: string): void;
}

/**
 * RTP of one stream from the worker. The worker's sender reports tell when each packet was captured, on the monotonic clock
 * that all processes of the machine share, and buffers get that as their time: what was captured together stays together.
 */
export class RtpInput {
  readonly stream: Stream;
  readonly #host: BranchHost;
  readonly #bin: GstBin;
  readonly #tee: Tee;
  readonly #udp: readonly [rtp: GstElement, rtcp: GstElement];
  readonly #rtpbin: GstElement;
  readonly #unwatch: () => void;
  readonly #unlisten: () => void;
  #followsArrivals = false;
  #following: NodeJS.Timeout | undefined;
  readonly #keyFrames: KeyFrameThrottle;

  /** @throws CodecUnavailableError, GraphEngineError */
  constructor(
    host: BranchHost,
    request: InputRequest,
    private readonly listener: RtpInputListener,
  ) {
    this.#host = host;
    this.#keyFrames = new KeyFrameThrottle(KEY_FRAME_INTERVAL_MS, () => listener.keyFrameRequest());
    const codec = findCodec(request.codec.name);
    if (codec?.depay === undefined || codec.kind !== request.kind) {
      throw new CodecUnavailableError(`${request.codec.name} can't be taken into the graph by RTP`);
    }
    const { input } = request;
    const rtpbin = makeStep([
      'rtpbin',
      {
        latency: REPAIR_MS,
        // Reports alone relate times to the clock. What follows arrivals (`slave`) moves with each packet that is held back by more than the latency.
        'buffer-mode': 'synced',
        'do-lost': true,
        'ntp-sync': true,
        'ntp-time-source': 'clock-time',
        'max-ts-offset': 3_000_000_000,
        'max-ts-offset-adjustment': SLEW[request.kind],
      },
    ]);
    const socket = {
      address: '127.0.0.1',
      port: 0,
      'buffer-size': SOCKET_BUFFER,
      'retrieve-sender-address': false,
    };
    const caps = rtpCaps(codec, request.codec, request.payloadType);
    const rtp = makeStep(['udpsrc', { ...socket, caps, timeout: SILENCE_MS * 1_000_000 }]);
    const rtcp = makeStep(['udpsrc', { ...socket, caps: 'application/x-rtcp' }]);
    const chain = stepsOf(codec.depay, request.codec).map(makeStep);
    this.#udp = [rtp, rtcp];
    this.#rtpbin = rtpbin;
    this.#bin = GstBin.create(uniqueName(`input-${input}`));
    this.#bin.add(rtpbin, rtp, rtcp, ...chain);
    for (let i = 1; i < chain.length; i++) chain[i - 1]!.link(chain[i]!);
    this.#bin.addGhostPad('src', chain.at(-1)!.getStaticPad('src'));
    const depay = chain[0]!.getStaticPad('sink');
    depay.onEvent({ direction: 'upstream', types: ['force-key-unit'], drop: true }, () =>
      this.#requestKeyFrame(),
    );
    // Numbers are missing where no time is, when a sender begins anew under its SSRC: decoders would make up 20 ms of sound for each.
    if (request.kind === 'audio') {
      depay.onEvent(
        {
          direction: 'downstream',
          types: ['GstRTPPacketLost'],
          drop: true,
          zero: 'duration',
          intervalMs: SILENCE_MS,
        },
        () => {},
      );
    }
    rtpbin.onPadAdded((pad, hold) => {
      // Only one source is expected; the worker keeps to its SSRC.
      if (pad.name.startsWith('recv_rtp_src') && !depay.isLinked) pad.link(depay);
      hold.release();
    });
    rtp.getStaticPad('src').link(rtpbin.requestPad('recv_rtp_sink_0'));
    rtcp.getStaticPad('src').link(rtpbin.requestPad('recv_rtcp_sink_0'));
    host.pipeline.add(this.#bin);
    this.#unwatch = host.watch({ bin: this.#bin }, (message) => this.listener.failed(message));
    this.#unlisten = host.listen({ bin: this.#bin }, ({ name }) => {
      if (name === 'GstUDPSrcTimeout') this.#followArrivals();
    });
    this.#tee = new Tee(host.pipeline, `input-${input}-tee`);
    this.#bin.getStaticPad('src').link(this.#tee.sink);
    this.stream = new Stream(host, input, request.kind, {
      native: this.#tee,
      codec,
      format: request.codec,
      requestKeyFrame: () => this.#requestKeyFrame(),
    });
  }

  /** Opens the ports and begins to receive. */
  async start(): Promise<InputPorts> {
    await this.#tee.start();
    await this.#bin.syncStateWithParent();
    const [rtpPort, rtcpPort] = this.#udp.map((udp) => udp.get('port')) as [number, number];
    return { rtpPort, rtcpPort };
  }

  /**
   * Nothing comes. Should the RTP clock have stood still, the next packet's arrival tells its time: reports move times but slowly.
   * Only for a moment: packets that are held back would move them, too.
   */
  #followArrivals(): void {
    if (this.#followsArrivals) return;
    this.#followsArrivals = true;
    this.#rtpbin.set('buffer-mode', 'slave');
    this.#udp[0]
      .getStaticPad('src')
      .firstBuffer()
      .then(
        () => {
          this.#following = setTimeout(() => {
            this.#followsArrivals = false;
            this.#rtpbin.set('buffer-mode', 'synced');
          }, FOLLOW_MS);
        },
        () => {},
      );
  }

  #requestKeyFrame(): void {
    if (this.stream.kind === 'video') this.#keyFrames.request();
  }

  async close(reason: string): Promise<void> {
    this.#keyFrames.close();
    await this.stream.close(reason);
    this.#unwatch();
    this.#unlisten();
    clearTimeout(this.#following);
    this.#bin.lockState(true);
    await this.#bin.setState('null');
    this.#host.pipeline.remove(this.#bin);
    binRemoved();
    await this.#tee.stop();
  }
}
