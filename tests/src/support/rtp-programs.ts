/** GStreamer's command line as cameras and players that know plain RTP only. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { ownsUdpPort } from './process.js';
import { waitFor } from './wait.js';

export type VideoCodec = 'VP8' | 'H264';

/** A VP8 or H.264 picture of 160 x 120, as I420. */
const FRAME_BYTES = (160 * 120 * 3) / 2;
const VIDEO_TYPE = 96;
const AUDIO_TYPE = 97;

const ENCODERS: Record<VideoCodec, string> = {
  VP8: 'vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay',
  H264: 'openh264enc gop-size=15 ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency',
};
const DECODERS: Record<VideoCodec, string> = {
  VP8: 'rtpvp8depay ! vp8dec',
  H264: 'rtph264depay ! h264parse ! openh264dec',
};

/** Where each m-line is received. */
export interface RtpPorts {
  audio: number;
  video: number;
}

/** What a player decoded so far: pictures that are not black, and sound that is not silence, in bytes. */
export interface Played {
  frames: number;
  sound: number;
}

export function hasGStreamer(): boolean {
  const elements = 'vp8enc ! openh264enc ! openh264dec ! opusenc ! rtpopuspay ! udpsink';
  return elements
    .split(' ! ')
    .every((name) => spawnSync('gst-inspect-1.0', [name], { stdio: 'ignore' }).status === 0);
}

/** As gateways write it: without rtcp-mux, without feedback. Port 9: where its own packets come from will tell. */
export function describeRtp(codec: VideoCodec, ports: RtpPorts = { audio: 9, video: 9 }): string {
  return [
    'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0',
    `m=audio ${ports.audio} RTP/AVP ${AUDIO_TYPE}\na=rtpmap:${AUDIO_TYPE} OPUS/48000/2`,
    `m=video ${ports.video} RTP/AVP ${VIDEO_TYPE}\na=rtpmap:${VIDEO_TYPE} ${codec}/90000\n`,
  ].join('\n');
}

/** Ports in the answer of a media server. */
export function portsOf(answer: string): RtpPorts {
  const port = (kind: string): number => Number(new RegExp(`^m=${kind} (\\d+)`, 'm').exec(answer)![1]);
  return { audio: port('audio'), video: port('video') };
}

export async function freePorts(): Promise<RtpPorts> {
  const sockets = [createSocket('udp4'), createSocket('udp4')];
  for (const socket of sockets) {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
  }
  const [audio, video] = sockets.map((socket) => socket.address().port) as [number, number];
  for (const socket of sockets) socket.close();
  return { audio, video };
}

export class RtpPrograms {
  readonly #programs: ChildProcess[] = [];

  /** Sends bars (or another pattern of videotestsrc) and a tone. */
  send(codec: VideoCodec, to: RtpPorts, { pattern = 'smpte', frequency = 440 } = {}): void {
    this.#run(
      `videotestsrc is-live=true pattern=${pattern} ! video/x-raw,format=I420,width=160,height=120,framerate=25/1 ! ${ENCODERS[codec]} pt=${VIDEO_TYPE} ! udpsink host=127.0.0.1 port=${to.video}`,
      `audiotestsrc is-live=true freq=${frequency} volume=0.2 ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay pt=${AUDIO_TYPE} ! udpsink host=127.0.0.1 port=${to.audio}`,
    );
  }

  /** Sends a picture of a file again and again, as VP8. */
  sendPicture(path: string, to: RtpPorts): void {
    this.#run(
      `filesrc location=${path} ! pngdec ! imagefreeze is-live=true ! videoconvert ! video/x-raw,format=I420,framerate=15/1 ! vp8enc deadline=1 cpu-used=8 target-bitrate=1500000 keyframe-max-dist=15 ! rtpvp8pay pt=${VIDEO_TYPE} ! udpsink host=127.0.0.1 port=${to.video}`,
    );
  }

  /** Sends the pictures of files again and again, ten a second, as VP8. @param pattern of their paths, with %03d from 0 */
  sendFilm(pattern: string, to: RtpPorts): void {
    this.#run(
      `multifilesrc location=${pattern} loop=true caps=image/png,framerate=10/1 ! pngdec ! videoconvert ! video/x-raw,format=I420 ! vp8enc deadline=1 cpu-used=8 target-bitrate=3000000 keyframe-max-dist=10 ! rtpvp8pay pt=${VIDEO_TYPE} ! udpsink host=127.0.0.1 port=${to.video}`,
    );
  }

  /** Sends the sound of a WAV file once, as Opus. */
  sendSound(path: string, to: RtpPorts): void {
    this.#run(
      `filesrc location=${path} ! wavparse ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay pt=${AUDIO_TYPE} ! udpsink host=127.0.0.1 port=${to.audio}`,
    );
  }

  /** Decodes what comes. Resolves when nothing that comes is missed any more: a first key frame may be the only one for long. */
  async play(codec: VideoCodec, at: RtpPorts): Promise<Played> {
    const source = (kind: string, encoding: string, rate: number, type: number, port: number): string =>
      `udpsrc port=${port} address=127.0.0.1 caps=application/x-rtp,media=${kind},encoding-name=${encoding},clock-rate=${rate},payload=${type} ! rtpjitterbuffer latency=20`;
    const played: Played = { frames: 0, sound: 0 };
    let bytes = 0;
    const picture = this.#run(
      `${source('video', codec, 90000, VIDEO_TYPE, at.video)} ! ${DECODERS[codec]} ! videoscale ! videoconvert ! video/x-raw,format=I420,width=160,height=120 ! fdsink fd=1`,
    );
    picture.stdout!.on('data', (data: Buffer) => {
      // Black is 16.
      if (data.some((value) => value > 64)) bytes += data.length;
      played.frames = Math.floor(bytes / FRAME_BYTES);
    });
    const sound = this.#run(
      `${source('audio', 'OPUS', 48000, AUDIO_TYPE, at.audio)} ! rtpopusdepay ! opusdec ! audio/x-raw,rate=48000 ! fdsink fd=1`,
    );
    sound.stdout!.on('data', (data: Buffer) => {
      if (data.some((value) => value !== 0)) played.sound += data.length;
    });
    await waitFor(
      'the players to listen',
      () => ownsUdpPort(picture.pid!, at.video) && ownsUdpPort(sound.pid!, at.audio),
      30_000,
    );
    return played;
  }

  /** A telephone's microphone and earpiece with G.711: sends a tone and plays what comes. */
  phone(to: number, at: number): Played {
    this.#run(
      `audiotestsrc is-live=true freq=440 ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay min-ptime=20000000 max-ptime=20000000 ! udpsink host=127.0.0.1 port=${to}`,
    );
    const played: Played = { frames: 0, sound: 0 };
    const sound = this.#run(
      `udpsrc port=${at} address=127.0.0.1 caps=application/x-rtp,media=audio,encoding-name=PCMU,clock-rate=8000,payload=0 ! rtpjitterbuffer latency=20 ! rtppcmudepay ! mulawdec ! fdsink fd=1`,
    );
    sound.stdout!.on('data', (data: Buffer) => {
      // Loud samples only: the quietest steps of G.711 are no silence either.
      for (let i = 1; i < data.length; i += 2) if (Math.abs(data.readInt8(i)) > 4) played.sound += 2;
    });
    return played;
  }

  stop(): void {
    for (const program of this.#programs) program.kill('SIGKILL');
  }

  #run(...branches: string[]): ChildProcess {
    const program = spawn('gst-launch-1.0', ['-q', ...branches.join(' ').split(' ')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#programs.push(program);
    return program;
  }
}
