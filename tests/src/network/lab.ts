import type { NetworkProfile } from '@rivero/network-emulator';
import { type BrowserPeer, TestBrowser } from '../support/browser.js';
import { callServer } from '../support/call.js';
import {
  type KurentoClient,
  kurento7,
  type MediaPipeline,
  openClient,
  type WebRtcEndpoint,
} from '../support/kurento.js';
import type { PeerOptions } from '../support/page-peer.js';
import { TestServer } from '../support/server.js';
import { Door } from './door.js';
import { TwoNamespaces } from './two-namespaces.js';

/** Which way the media crosses the network: to the viewer, or from the presenter. */
export type Way = 'downlink' | 'uplink';

/** A call with one viewer, as far as its quality is measured. */
export interface LabCall {
  presenter: BrowserPeer;
  viewer: BrowserPeer;
  pipeline: MediaPipeline;
  /** The presenter's element. */
  source: WebRtcEndpoint;
  /** The viewer's. */
  sink: WebRtcEndpoint;
  end(): Promise<void>;
}

/** What the presenter's camera gives, and what it sends of it. */
export type LabSource = Required<Pick<PeerOptions, 'camera' | 'encodings'>>;

/**
 * The real server with one Chromium beside it and another one behind an emulated network. Needs root, and a kernel with
 * namespaces and vxlan.
 */
export class NetworkLab {
  private constructor(
    readonly network: TwoNamespaces,
    private readonly server: TestServer,
    private readonly door: Door,
    private readonly client: KurentoClient,
    private readonly near: TestBrowser,
    private readonly far: TestBrowser,
  ) {}

  /** @param args further ones of the server */
  static async open(seed = 1, args: readonly string[] = []): Promise<NetworkLab> {
    const network = await TwoNamespaces.create(seed);
    const { near, far } = network;
    const [server, nearBrowser, farBrowser] = await Promise.all([
      TestServer.start({
        launcher: near.favouringLauncher,
        ownGroup: true,
        args: ['--media.interfaces', network.nearAddress, ...args],
      }),
      TestBrowser.launch({ launcher: near.favouringLauncher }),
      TestBrowser.launch({ launcher: far.favouringLauncher }),
    ]);
    const door = await Door.open(near, server.port);
    const client = await openClient(`ws://127.0.0.1:${door.port}/kurento`);
    return new NetworkLab(network, server, door, client, nearBrowser, farBrowser);
  }

  /** One more viewer, beside the server. */
  async viewNearby(call: LabCall): Promise<BrowserPeer> {
    const sink = await call.pipeline.create('WebRtcEndpoint');
    const viewer = await this.near.newPeer({ receive: { video: true } });
    await call.source.connect(sink);
    await callServer(viewer, sink);
    return viewer;
  }

  /**
   * Connects presenter and viewer through the server, over a clean network, then makes the network what the profile says.
   * @param change of the presenter's offer on its way
   */
  async call(
    way: Way,
    source: LabSource,
    profile: NetworkProfile,
    change?: (offer: string) => string,
  ): Promise<LabCall> {
    await this.network.setProfile({ down: {}, up: {} });
    const pipeline: MediaPipeline = await this.client.create('MediaPipeline');
    const [origin, sink] = await Promise.all([
      pipeline.create('WebRtcEndpoint'),
      pipeline.create('WebRtcEndpoint'),
    ]);
    const [presenting, viewing] = way === 'downlink' ? [this.near, this.far] : [this.far, this.near];
    const both = { audio: true, video: true };
    const presenter = await presenting.newPeer({ send: both, grain: true, ...source });
    const viewer = await viewing.newPeer({ receive: both });
    await origin.connect(sink);
    await this.network.setProfile(profile);
    await Promise.all([callServer(presenter, origin, kurento7, change), callServer(viewer, sink)]);
    await Promise.all([presenter, viewer].map((peer) => peer.watchQuality()));
    return {
      presenter,
      viewer,
      pipeline,
      source: origin,
      sink,
      end: async () => {
        await pipeline.release();
        await Promise.all([presenter.close(), viewer.close()]);
      },
    };
  }

  async close(): Promise<void> {
    this.client.close();
    await Promise.all([this.near.close(), this.far.close(), this.server.stop(), this.door.close()]);
    await this.network.close();
  }
}
