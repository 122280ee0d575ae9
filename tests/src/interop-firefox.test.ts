import { after, before } from 'node:test';
import { Firefox, type FirefoxPage, hasFirefox } from './support/firefox.js';
import { type EchoChannel, type InteropPeer, type Received, testInterop } from './support/interop.js';
import type { Candidate } from './support/kurento.js';
import type { ChannelMessage, PagePeer, PeerStatistics, Picture } from './support/page-peer.js';

const STATUS_INTERVAL_MS = 100;

/** What the pages of this file keep between two evaluations. */
declare global {
  interface Window {
    peer: PagePeer;
  }
}

interface Status {
  state: RTCPeerConnectionState;
  channel: RTCDataChannelState | undefined;
  /** Those that were not asked for before. */
  messages: ChannelMessage[];
  received: PeerStatistics['received'];
  picture: Picture | undefined;
}

/** A page in Firefox. Audio counts as received with what was heard, video with what was seen. */
class FirefoxPeer implements InteropPeer {
  readonly received: Received = { audio: 0, video: 0, strange: 0 };
  readonly #page: FirefoxPage;
  readonly #timer = setInterval(() => {
    this.#asking ??= this.#askStatus();
  }, STATUS_INTERVAL_MS);
  readonly #messages: (string | Buffer)[] = [];
  #status: Status | undefined;
  #asking: Promise<void> | undefined;

  constructor(page: FirefoxPage) {
    this.#page = page;
  }

  static async open(firefox: Firefox, media: boolean): Promise<FirefoxPeer> {
    const page = await firefox.newPage();
    await page.evaluate((both) => {
      window.peer = new window.PagePeer(
        { send: { audio: both, video: both }, receive: { audio: both, video: both } },
        () => {},
      );
    }, media);
    return new FirefoxPeer(page);
  }

  createOffer(): Promise<string> {
    return this.#page.evaluate(async () => {
      await window.peer.createOffer();
      return window.peer.completeDescription();
    });
  }

  createRestartOffer(): Promise<string> {
    return this.#page.evaluate(async () => {
      await window.peer.createRestartOffer();
      return window.peer.completeDescription();
    });
  }

  createAnswer(offer: string): Promise<string> {
    return this.#page.evaluate(async (sdp) => {
      await window.peer.createAnswer(sdp);
      return window.peer.completeDescription();
    }, offer);
  }

  acceptAnswer(answer: string): Promise<void> {
    return this.#page.evaluate((sdp) => window.peer.acceptAnswer(sdp), answer);
  }

  addCandidate(candidate: Candidate): Promise<void> {
    return this.#page.evaluate((given) => window.peer.addCandidate(given), candidate);
  }

  isConnected(): boolean {
    return this.#status?.state === 'connected';
  }

  /** It sends from the moment it is connected. */
  startMedia(): void {}

  createChannel(label: string): EchoChannel {
    void this.#page.evaluate((given) => window.peer.openChannel(given), label);
    const send = (message: ChannelMessage) =>
      void this.#page.evaluate((given) => window.peer.sendMessage(given), message);
    return {
      messages: this.#messages,
      send: (message) => send(typeof message === 'string' ? { text: message } : { bytes: [...message] }),
    };
  }

  channelIsOpen(): boolean {
    return this.#status?.channel === 'open';
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#asking;
    await this.#page.close();
  }

  async #askStatus(): Promise<void> {
    const before = this.#status;
    const status = await this.#page.evaluate<Promise<Status>, number>(async (known) => {
      const { peer } = window;
      const { received } = await peer.statistics();
      const messages = peer.channelMessages.slice(known);
      return { state: peer.state, channel: peer.channelState, messages, received, picture: peer.picture() };
    }, this.#messages.length);
    this.#status = status;
    this.#asking = undefined;
    for (const { text, bytes } of status.messages) this.#messages.push(text ?? Buffer.from(bytes ?? []));
    if (before) this.#count(before, status);
  }

  /** Packets in which something was heard, and frames that differ from those before and have the camera's colours. */
  #count(before: Status, { received: { audio, video }, picture }: Status): void {
    const { audio: heard, video: seen } = before.received;
    if (audio.audioEnergy > heard.audioEnergy) this.received.audio += audio.packets - heard.packets;
    const frames = video.frames - seen.frames;
    if (frames === 0 || picture === undefined || picture.checksum === before.picture?.checksum) return;
    const colourful = Math.max(picture.red, picture.green, picture.blue) > 100 && picture.contrast > 50;
    this.received[colourful ? 'video' : 'strange'] += frames;
  }
}

let firefox: Firefox | undefined;
const skip = hasFirefox() ? undefined : 'needs the Debian package firefox-esr';
before(async () => {
  if (skip === undefined) firefox = await Firefox.launch();
});
after(() => firefox?.close());

testInterop('Firefox', (media) => FirefoxPeer.open(firefox!, media), {
  skip,
  restarts: true,
});
