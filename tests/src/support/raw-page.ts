import type { Page } from 'playwright-core';
import type { Harness } from './harness.js';
import { recordEvents, type WebRtcEndpoint } from './kurento.js';
import { waitFor } from './wait.js';

declare global {
  interface Window {
    connection: RTCPeerConnection;
    picture: HTMLVideoElement;
    sentTrack: MediaStreamTrack;
  }
}

/** What a page decodes and sends of video, from its getStats. */
export interface VideoFigures {
  framesDecoded: number;
  keyFramesDecoded: number;
  framesDropped: number;
  freezeCount: number;
  pliCount: number;
  nackCount: number;
  packetsLost: number;
  packetsReceived: number;
  frameWidth: number;
  frameHeight: number;
  codec: string;
  bytesSent: number;
  /** Encodings that the sender has switched on, by RID. */
  active: Record<string, { bytesSent: number; frameWidth: number; framesPerSecond: number }>;
  scalabilityMode: string;
}

/** A page with a peer connection of its own, for what the usual peers of these tests do not do. */
export class RawPage {
  private constructor(readonly page: Page) {}

  static async open(harness: Harness): Promise<RawPage> {
    // The server's own page is of a secure origin, which cameras want.
    const page = await harness.browser.newPage(
      harness.server.uri.replace(/^ws:\/\/[^:]+(:\d+).*/, 'http://localhost$1/'),
    );
    await page.evaluate(() => {
      window.connection = new RTCPeerConnection();
      window.picture = document.createElement('video');
      window.picture.muted = true;
      window.picture.autoplay = true;
      window.connection.addEventListener('track', ({ track }) => {
        if (track.kind === 'video') window.picture.srcObject = new MediaStream([track]);
      });
    });
    return new RawPage(page);
  }

  /**
   * Sends a drawn picture of one colour with something that moves, in one codec.
   * @param colour CSS colour
   */
  async sendPicture(options: {
    width: number;
    height: number;
    colour: string;
    codec: string;
    encodings: RTCRtpEncodingParameters[];
  }): Promise<void> {
    await this.page.evaluate(async ({ width, height, colour, codec, encodings }) => {
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext('2d')!;
      let count = 0;
      setInterval(() => {
        count++;
        context.fillStyle = colour;
        context.fillRect(0, 0, width, height);
        // Something to encode: a band of noise that moves.
        for (let x = 0; x < width; x += 8) {
          context.fillStyle = `rgb(${Math.random() * 255},${Math.random() * 255},${Math.random() * 255})`;
          context.fillRect(x, (count * 4 + x) % (height / 3), 8, 8);
        }
      }, 40);
      const [track] = canvas.captureStream(25).getVideoTracks();
      window.sentTrack = track!;
      const transceiver = window.connection.addTransceiver(track!, {
        direction: 'sendonly',
        sendEncodings: encodings,
      });
      const codecs = RTCRtpReceiver.getCapabilities('video')!.codecs;
      const wanted = codecs.filter(
        ({ mimeType }) => mimeType.toLowerCase() === `video/${codec.toLowerCase()}`,
      );
      const rtx = codecs.filter(({ mimeType }) => mimeType === 'video/rtx');
      transceiver.setCodecPreferences([...wanted, ...rtx]);
    }, options);
  }

  async receiveVideo(): Promise<void> {
    await this.page.evaluate(() => {
      window.connection.addTransceiver('video', { direction: 'recvonly' });
    });
  }

  /**
   * Offers, with all candidates, and takes the endpoint's answer with all of its.
   * @param without lines that are left out of the offer
   */
  async call(endpoint: WebRtcEndpoint, without?: RegExp): Promise<void> {
    const offer = await this.page.evaluate(async () => {
      const { connection } = window;
      await connection.setLocalDescription(await connection.createOffer());
      while (connection.iceGatheringState !== 'complete') {
        await new Promise((resolve) =>
          connection.addEventListener('icegatheringstatechange', resolve, { once: true }),
        );
      }
      return connection.localDescription!.sdp;
    });
    const offered = offer.split('\r\n').filter((line) => without?.test(line) !== true);
    await endpoint.processOffer(offered.join('\r\n'));
    const events = recordEvents(endpoint, ['IceGatheringDone']);
    await endpoint.gatherCandidates();
    await waitFor('the candidates', () => events.length > 0);
    const answer = await endpoint.getLocalSessionDescriptor();
    await this.page.evaluate(async (sdp) => {
      const { connection } = window;
      await connection.setRemoteDescription({ type: 'answer', sdp });
      while (connection.connectionState !== 'connected') {
        await new Promise((resolve) =>
          connection.addEventListener('connectionstatechange', resolve, { once: true }),
        );
      }
    }, answer);
  }

  /** Answers the endpoint's offer, which may have more extensions than the page's own would. @returns the answer */
  async answer(endpoint: WebRtcEndpoint): Promise<string> {
    const events = recordEvents(endpoint, ['IceGatheringDone']);
    await endpoint.generateOffer();
    await endpoint.gatherCandidates();
    await waitFor('the candidates', () => events.length > 0);
    const offer = await endpoint.getLocalSessionDescriptor();
    const answer = await this.page.evaluate(async (sdp) => {
      const { connection } = window;
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await connection.setLocalDescription(await connection.createAnswer());
      while (connection.iceGatheringState !== 'complete') {
        await new Promise((resolve) =>
          connection.addEventListener('icegatheringstatechange', resolve, { once: true }),
        );
      }
      return connection.localDescription!.sdp;
    }, offer);
    await endpoint.processAnswer(answer);
    await this.page.evaluate(async () => {
      const { connection } = window;
      while (connection.connectionState !== 'connected') {
        await new Promise((resolve) =>
          connection.addEventListener('connectionstatechange', resolve, { once: true }),
        );
      }
    });
    return answer;
  }

  encodes(codec: string): Promise<boolean> {
    return this.page.evaluate(
      (wanted) =>
        RTCRtpSender.getCapabilities('video')!.codecs.some(
          ({ mimeType }) => mimeType.toLowerCase() === `video/${wanted.toLowerCase()}`,
        ),
      codec,
    );
  }

  /** Pictures of the source that is sent by now; what is encoded counts spatial layers. */
  sourceFrames(): Promise<number> {
    return this.page.evaluate(async () => {
      let frames = 0;
      for (const [, report] of await window.connection.getStats()) {
        if (report.type === 'media-source' && report.kind === 'video') frames += Number(report.frames);
      }
      return frames;
    });
  }

  async figures(): Promise<VideoFigures> {
    return this.page.evaluate(async () => {
      const reports = new Map<string, Record<string, never>>();
      for (const [id, report] of await window.connection.getStats()) reports.set(id, report);
      const figures = {
        framesDecoded: 0,
        keyFramesDecoded: 0,
        framesDropped: 0,
        freezeCount: 0,
        pliCount: 0,
        nackCount: 0,
        packetsLost: 0,
        packetsReceived: 0,
        frameWidth: 0,
        frameHeight: 0,
        codec: '',
        bytesSent: 0,
        active: {} as Record<string, { bytesSent: number; frameWidth: number; framesPerSecond: number }>,
        scalabilityMode: '',
      };
      for (const report of reports.values()) {
        if (report.kind !== 'video') continue;
        if (report.type === 'inbound-rtp' || report.type === 'outbound-rtp') {
          const codec = reports.get(report.codecId ?? '');
          figures.codec = String(codec?.mimeType ?? figures.codec).replace('video/', '');
        }
        if (report.type === 'inbound-rtp') {
          for (const name of [
            'framesDecoded',
            'keyFramesDecoded',
            'framesDropped',
            'freezeCount',
            'pliCount',
            'nackCount',
            'packetsLost',
            'packetsReceived',
            'frameWidth',
            'frameHeight',
          ] as const) {
            figures[name] = Number(report[name] ?? 0);
          }
        } else if (report.type === 'outbound-rtp') {
          figures.bytesSent += Number(report.bytesSent);
          figures.scalabilityMode = String(report.scalabilityMode ?? '');
          figures.active[String(report.rid ?? '')] = {
            bytesSent: Number(report.bytesSent),
            frameWidth: Number(report.frameWidth ?? 0),
            framesPerSecond: Number(report.framesPerSecond ?? 0),
          };
        }
      }
      return figures;
    });
  }

  /** Red, green and blue of the middle of the lower half of what is shown. */
  colour(): Promise<[number, number, number]> {
    return this.page.evaluate(() => {
      const canvas = document.createElement('canvas');
      canvas.width = 16;
      canvas.height = 16;
      const context = canvas.getContext('2d')!;
      context.drawImage(window.picture, 0, 0, 16, 16);
      const [r, g, b] = context.getImageData(8, 12, 1, 1).data;
      return [r!, g!, b!] as [number, number, number];
    });
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
