import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type JSHandle, type Page } from 'playwright-core';
import type { Candidate } from './kurento.js';
import type { PagePeer, PeerOptions, PeerStatistics, Picture } from './page-peer.js';
import type { QualityRecord } from './page-quality.js';
import { pageFile } from './pages.js';
import { waitFor } from './wait.js';

export type { PeerOptions, PeerStatistics, Picture, StreamStatistics } from './page-peer.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

const GRANT_CAMERA = '--use-fake-ui-for-media-stream';

export interface BrowserOptions {
  /**
   * Pages may use camera and microphone without asking (default). Chromium shows the addresses of the machine to such
   * pages and hides them behind mDNS names from others.
   */
  camera?: boolean;
  /** What comes before the command, such as what brings it into a network namespace that has an interface of its own. */
  launcher?: readonly string[];
}

/** Where pages with a peer connection are: a secure context, so cameras work. Nothing goes over the network for them. */
const ORIGIN = 'http://localhost';
const LAUNCH = fileURLToPath(new URL('../../support/launch.sh', import.meta.url));

/** A real headless Chromium whose camera shows a moving test picture and whose microphone beeps. */
export class TestBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(options: BrowserOptions = {}): Promise<TestBrowser> {
    const { camera = true, launcher } = options;
    const chromiumPath = process.env.RIVERO_CHROMIUM ?? '/usr/bin/chromium';
    const grant = camera ? [GRANT_CAMERA] : [];
    const browser = await chromium.launch({
      headless: true,
      ...(launcher === undefined
        ? { executablePath: chromiumPath, args: [...FLAGS, ...grant, ...loopbackFlags()] }
        : {
            executablePath: LAUNCH,
            env: { ...process.env, LAUNCH: [...launcher, chromiumPath].join(' ') },
            args: [...FLAGS, ...grant],
          }),
    });
    return new TestBrowser(browser);
  }

  /** A new page, as of a browser of its own: nothing is shared with other pages. */
  async newPage(url: string): Promise<Page> {
    const page = await this.#emptyPage();
    await page.goto(url);
    return page;
  }

  /** A page with one peer connection in it. */
  async newPeer(options: PeerOptions): Promise<BrowserPeer> {
    const page = await this.#emptyPage();
    await page.route(`${ORIGIN}/**`, (route) =>
      route.fulfill(pageFile(new URL(route.request().url()).pathname)),
    );
    await page.goto(`${ORIGIN}/`);
    return BrowserPeer.open(page, options);
  }

  async #emptyPage(): Promise<Page> {
    const context = await this.#browser.newContext();
    return context.newPage();
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

interface CandidateInbox {
  found: Candidate[];
  listener: (candidate: Candidate) => void;
}

/** A participant: a browser page that only does WebRTC; the signaling is the test's. */
export class BrowserPeer {
  readonly #page: Page;
  readonly #peer: JSHandle<PagePeer>;
  readonly #candidates: CandidateInbox;
  #closed = false;

  private constructor(page: Page, peer: JSHandle<PagePeer>, candidates: CandidateInbox) {
    this.#page = page;
    this.#peer = peer;
    this.#candidates = candidates;
  }

  static async open(page: Page, options: PeerOptions): Promise<BrowserPeer> {
    const candidates: CandidateInbox = { found: [], listener: () => {} };
    await page.exposeFunction('peerCandidate', (candidate: Candidate) => {
      candidates.found.push(candidate);
      candidates.listener(candidate);
    });
    const peer = await page.evaluateHandle(
      (given) => new window.PagePeer(given, (candidate) => window.peerCandidate(candidate)),
      options,
    );
    return new BrowserPeer(page, peer, candidates);
  }

  /** Calls the listener with each candidate of the browser, those that were found already too. */
  trickle(listener: (candidate: Candidate) => void): void {
    for (const candidate of this.#candidates.found) listener(candidate);
    this.#candidates.listener = listener;
  }

  /** Candidates that the browser found so far. */
  get candidates(): readonly Candidate[] {
    return this.#candidates.found;
  }

  createOffer(): Promise<string> {
    return this.#peer.evaluate((peer) => peer.createOffer());
  }

  /** Offers anew with another ICE generation. */
  createRestartOffer(): Promise<string> {
    return this.#peer.evaluate((peer) => peer.createRestartOffer());
  }

  acceptAnswer(sdp: string): Promise<void> {
    return this.#peer.evaluate((peer, answer) => peer.acceptAnswer(answer), sdp);
  }

  createAnswer(offer: string): Promise<string> {
    return this.#peer.evaluate((peer, given) => peer.createAnswer(given), offer);
  }

  completeDescription(): Promise<string> {
    return this.#peer.evaluate((peer) => peer.completeDescription());
  }

  /** Does nothing once the page is closed: candidates of the server may still be on their way then. */
  async addCandidate(candidate: Candidate): Promise<void> {
    try {
      await this.#peer.evaluate((peer, given) => peer.addCandidate(given), candidate);
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  /** Makes a data channel; to be asked for before the offer. */
  openChannel(label: string): Promise<void> {
    return this.#peer.evaluate((peer, given) => peer.openChannel(given), label);
  }

  channelState(): Promise<RTCDataChannelState | undefined> {
    return this.#peer.evaluate((peer) => peer.channelState);
  }

  /** Sends text by the data channel. */
  sendText(text: string): Promise<void> {
    return this.#peer.evaluate((peer, given) => peer.sendMessage({ text: given }), text);
  }

  /** The texts that came by the data channel. */
  receivedTexts(): Promise<string[]> {
    return this.#peer.evaluate((peer) => peer.channelMessages.flatMap(({ text }) => text ?? []));
  }

  state(): Promise<RTCPeerConnectionState> {
    return this.#peer.evaluate((peer) => peer.state);
  }

  statistics(): Promise<PeerStatistics> {
    return this.#peer.evaluate((peer) => peer.statistics());
  }

  /** Begins to watch what a viewer gets and a sender sends; `quality` then tells what was seen. */
  watchQuality(): Promise<void> {
    return this.#peer.evaluate((peer) => peer.watchQuality());
  }

  quality(): Promise<QualityRecord> {
    return this.#peer.evaluate((peer) => peer.quality());
  }

  /** Ends what is sent; the connection stays. */
  stopSending(): Promise<void> {
    return this.#peer.evaluate((peer) => peer.stopSending());
  }

  videoWidth(): Promise<number> {
    return this.#peer.evaluate((peer) => peer.videoWidth());
  }

  picture(): Promise<Picture | undefined> {
    return this.#peer.evaluate((peer) => peer.picture());
  }

  async connected(timeout?: number): Promise<void> {
    await waitFor('the peer connection', async () => (await this.state()) === 'connected', timeout);
  }

  /** Closes the peer connection as a page does (DTLS close_notify is sent). */
  hangUp(): Promise<void> {
    return this.#peer.evaluate((peer) => peer.close());
  }

  /** Closes the page and everything in it. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#page.context().close();
  }
}

/** Chromium ignores the loopback interface unless told otherwise; some machines have nothing else. */
function loopbackFlags(): string[] {
  const external = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return external.some((entry) => !entry.internal) ? [] : ['--allow-loopback-in-peer-connection'];
}
