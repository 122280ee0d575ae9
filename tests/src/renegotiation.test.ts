import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestBrowser } from './support/browser.js';
import { Firefox, hasFirefox } from './support/firefox.js';
import { type KurentoClient, openClient, recordEvents, type WebRtcEndpoint } from './support/kurento.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

declare global {
  interface Window {
    pc: RTCPeerConnection;
    source: MediaStream;
  }
}

/** A page in some browser. */
interface AnyPage {
  evaluate<T, A = undefined>(run: (argument: A) => T, argument?: A): Promise<Awaited<T>>;
}

/** A page whose camera and microphone go to the server and come back, negotiated anew with each change. */
class EchoPage {
  #gathered = false;

  private constructor(
    readonly page: AnyPage,
    readonly endpoint: WebRtcEndpoint,
  ) {}

  static async open(page: AnyPage, endpoint: WebRtcEndpoint): Promise<EchoPage> {
    await endpoint.connect(endpoint);
    await page.evaluate(async () => {
      window.pc = new RTCPeerConnection();
      window.source = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320 } });
      for (const track of window.source.getTracks()) window.pc.addTrack(track, window.source);
    });
    return new EchoPage(page, endpoint);
  }

  /** Changes something and offers that; the media wanted has to come back then. */
  async change(what: string, run: () => void, wanted: readonly ('audio' | 'video')[]): Promise<void> {
    await this.page.evaluate(run);
    const offer = await this.page.evaluate(async () => {
      const { pc } = window;
      await pc.setLocalDescription(await pc.createOffer());
      while (pc.iceGatheringState !== 'complete') {
        await new Promise((resolve) =>
          pc.addEventListener('icegatheringstatechange', resolve, { once: true }),
        );
      }
      return pc.localDescription!.sdp;
    });
    await this.endpoint.processOffer(offer);
    if (!this.#gathered) {
      const events = recordEvents(this.endpoint, ['IceGatheringDone']);
      await this.endpoint.gatherCandidates();
      await waitFor('the candidates', () => events.length > 0);
      this.#gathered = true;
    }
    const answer = await this.endpoint.getLocalSessionDescriptor();
    await this.page.evaluate((sdp) => window.pc.setRemoteDescription({ type: 'answer', sdp }), answer);
    const before = await this.#received();
    for (const kind of wanted) {
      await waitFor(`${kind} after: ${what}`, async () => (await this.#received())[kind] > before[kind] + 5);
    }
  }

  /** Packets of sound and decoded pictures that came back on the lines there are now. */
  #received(): Promise<Record<'audio' | 'video', number>> {
    return this.page.evaluate(async () => {
      const counts = { audio: 0, video: 0 };
      for (const { receiver } of window.pc.getTransceivers()) {
        for (const report of (await receiver.getStats()).values()) {
          if (report.type !== 'inbound-rtp') continue;
          if (report.kind === 'audio') counts.audio += report.packetsReceived;
          else counts.video += report.framesDecoded ?? 0;
        }
      }
      return counts;
    });
  }
}

const both = ['audio', 'video'] as const;

describe('one connection, negotiated over and over by a browser', () => {
  let server: TestServer;
  let client: KurentoClient;

  before(async () => {
    server = await TestServer.start();
    client = await openClient(server.uri);
  });
  after(async () => {
    client?.close();
    await server?.stop();
  });

  async function renegotiate(page: AnyPage): Promise<void> {
    const pipeline = await client.create('MediaPipeline');
    const echo = await EchoPage.open(page, await pipeline.create('WebRtcEndpoint'));
    const errors = recordEvents(echo.endpoint, ['Error']);
    await echo.change('the call', () => {}, both);
    const setDirections = (direction: RTCRtpTransceiverDirection) =>
      echo.page.evaluate((wanted) => {
        for (const transceiver of window.pc.getTransceivers()) transceiver.direction = wanted;
      }, direction);
    await setDirections('inactive');
    await echo.change('hold', () => {}, []);
    await setDirections('sendrecv');
    await echo.change('resume', () => {}, both);
    for (let round = 0; round < 2; round++) {
      // The line of a stopped transceiver is taken for the next one, under another MID.
      await echo.change('stop', () => {
        for (const transceiver of window.pc.getTransceivers()) {
          if (transceiver.receiver.track.kind === 'video') transceiver.stop();
        }
      }, ['audio']);
      await echo.change(
        'video anew',
        () => {
          const [track] = window.source.getVideoTracks();
          window.pc.addTransceiver(track!, { streams: [window.source] });
        },
        both,
      );
    }
    await echo.change('ICE restart', () => window.pc.restartIce(), both);
    assert.equal(await page.evaluate(() => window.pc.connectionState), 'connected');
    assert.equal(errors.length, 0);
    await pipeline.release();
  }

  test('Chromium: hold, resume, a line that is stopped and taken up again, ICE restart', async () => {
    const browser = await TestBrowser.launch();
    try {
      const origin = server.uri.replace(/^ws:\/\/[^:]+(:\d+).*/, 'http://localhost$1/');
      await renegotiate((await browser.newPage(origin)) as AnyPage);
    } finally {
      await browser.close();
    }
  });

  test('Firefox: the same', { skip: hasFirefox() ? false : 'Firefox is not installed' }, async () => {
    const firefox = await Firefox.launch();
    try {
      await renegotiate(await firefox.newPage());
    } finally {
      await firefox.close();
    }
  });
});
