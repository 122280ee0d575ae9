/** One encoder as the source of any number of RTP endpoints, and counters as their receivers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { RtpPorts } from './rtp-programs.js';

export async function udpSocket(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** A programme of gst-launch that sends RTP to two ports, and whatever it sends handed on to everybody who wants it. */
export class RtpFan {
  readonly #targets = new Set<RtpPorts>();
  #program: ChildProcess | undefined;

  private constructor(
    private readonly video: Socket,
    private readonly audio: Socket,
  ) {
    video.on('message', (packet) => this.#send(packet, 'video'));
    audio.on('message', (packet) => this.#send(packet, 'audio'));
  }

  /** @param describe gives the branches of gst-launch for two ports */
  static async start(describe: (ports: RtpPorts) => string): Promise<RtpFan> {
    const fan = new RtpFan(await udpSocket(), await udpSocket());
    fan.launch(describe);
    return fan;
  }

  /** Another program in place of the one that sends. */
  launch(describe: (ports: RtpPorts) => string): void {
    this.#program?.kill('SIGKILL');
    const ports = { video: this.video.address().port, audio: this.audio.address().port };
    this.#program = spawn('gst-launch-1.0', ['-q', ...describe(ports).trim().split(/\s+/)], {
      stdio: 'ignore',
    });
  }

  /** Packets that are not handed on, 0 to 1. */
  loss = 0;

  add(to: RtpPorts): void {
    this.#targets.add(to);
  }

  remove(to: RtpPorts): void {
    this.#targets.delete(to);
  }

  #send(packet: Buffer, kind: keyof RtpPorts): void {
    for (const target of this.#targets) {
      if (target[kind] > 0 && Math.random() >= this.loss) this[kind].send(packet, target[kind], '127.0.0.1');
    }
  }

  stop(): void {
    this.#program?.kill('SIGKILL');
    this.video.close();
    this.audio.close();
  }
}

const ENCODERS = {
  VP8: 'vp8enc deadline=1 cpu-used=8 keyframe-max-dist=12 ! rtpvp8pay',
  H264: `x264enc tune=zerolatency speed-preset=superfast key-int-max=12 bitrate=200 sliced-threads=false ! video/x-h264,profile=constrained-baseline
    ! rtph264pay config-interval=-1 aggregate-mode=zero-latency`,
} as const;

/** 25 frames a second with a key frame in each half second, and Opus. */
export function smallMedia(
  codec: keyof typeof ENCODERS,
  width = 160,
  height = 120,
): (ports: RtpPorts) => string {
  return ({ video, audio }) => `
    videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=${width},height=${height},framerate=25/1
    ! ${ENCODERS[codec]} pt=96 mtu=1200 ssrc=1001 ! udpsink host=127.0.0.1 port=${video} sync=false
    audiotestsrc is-live=true freq=440 volume=0.2 samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=2
    ! opusenc ! rtpopuspay pt=97 ssrc=1002 ! udpsink host=127.0.0.1 port=${audio} sync=false`;
}

/** Counts the RTP packets that come to a port, and those that are missing between them. */
export class RtpCounter {
  packets = 0;
  /** Of the packets with their RTP headers. */
  bytes = 0;
  missing = 0;
  /** Last packets of pictures. */
  markers = 0;
  readonly #next = new Map<number, number>();
  #closed = false;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (packet) => {
      if (packet.length < 12 || ((packet[1]! & 0x7f) >= 72 && (packet[1]! & 0x7f) < 77)) return;
      const ssrc = packet.readUInt32BE(8);
      const sequence = packet.readUInt16BE(2);
      const expected = this.#next.get(ssrc);
      if (expected !== undefined) this.missing += (sequence - expected) & 0xffff;
      this.#next.set(ssrc, (sequence + 1) & 0xffff);
      this.packets++;
      this.bytes += packet.length;
      if ((packet[1]! & 0x80) !== 0) this.markers++;
    });
  }

  static async start(): Promise<RtpCounter> {
    return new RtpCounter(await udpSocket());
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket.close();
  }
}
