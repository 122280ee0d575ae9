import { existsSync } from 'node:fs';
import type { Json } from '@rivero/api';
import { ImageReceiver } from '@rivero/module-videosampler/test-support';
import { RawClient } from '../conformance/raw-client.js';
import { type KurentoClient, openClient, type RtpEndpoint } from '../support/kurento.js';
import { RtpCounter, RtpFan, smallMedia } from '../support/rtp-fan.js';
import { describeRtp, portsOf } from '../support/rtp-programs.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait.js';

const region = { topRightCornerX: 5, topRightCornerY: 5, width: 20, height: 20 };
/** Memory for packets, bytes: as much as the first seconds fill. By default it is 64 MB, and its filling for minutes looks like a leak. */
const HISTORY_BYTES = 2 * 2 ** 20;
/** That the worker and the graph process may grow by, MB: of the networks and decoders of the latter the allocator keeps some. */
export const GROWTH = [20, 60] as const;
const hasOpenCv = existsSync('/usr/share/opencv4/haarcascades');

/** Every class of the modules that come with Rivero, with what it is made with. */
const classes = (receiver: string): Readonly<Record<string, Record<string, Json>>> => ({
  ChromaFilter: { window: region },
  PointerDetectorFilter: { calibrationRegion: region },
  CrowdDetectorFilter: { rois: [] },
  PlateDetectorFilter: {},
  ArMarkerdetector: {},
  VideoSampler: { imageDeliveryMethod: 'GRPC', framePeriod: 100, endpointUrl: receiver },
  OpenCVExample: {},
  KmsShowData: {},
  KmsSendData: {},
  KmsShowFaces: {},
  VoiceActivityDetector: {},
  SpeakingIndicator: {},
  ...(hasOpenCv && { GStreamerExample: {}, KmsDetectFaces: {} }),
});

/** A camera and a viewer, between whom elements of modules are inserted and removed while media flows. */
export class ModuleCycles {
  readonly #close: (() => unknown)[] = [];
  readonly #clients: RawClient[] = [];
  readonly #classes: Readonly<Record<string, Record<string, Json>>>;
  #names = 0;

  private constructor(
    readonly server: TestServer,
    readonly client: KurentoClient,
    private readonly pipeline: string,
    private readonly camera: RtpEndpoint,
    private readonly viewer: RtpEndpoint,
    /** What the viewer gets. */
    readonly counter: RtpCounter,
    receiver: string,
  ) {
    this.#classes = classes(receiver);
  }

  static async start(): Promise<ModuleCycles> {
    const server = await TestServer.start({
      args: [
        ...['--media.loopback', 'always', '--media.warmSpare', 'never'],
        ...['--media.historyBytes', `${HISTORY_BYTES}`],
      ],
    });
    const client = await openClient(server.uri);
    const fan = await RtpFan.start(smallMedia('VP8', 320, 240));
    const counter = await RtpCounter.start();
    const { receiver, address } = await ImageReceiver.start();
    const pipeline = await client.create('MediaPipeline');
    const camera = await pipeline.create('RtpEndpoint');
    fan.add(portsOf(await camera.processOffer(describeRtp('VP8'))));
    const viewer = await pipeline.create('RtpEndpoint');
    await viewer.processOffer(describeRtp('VP8', { audio: 9, video: counter.port }));
    await camera.connect(viewer);
    await waitFor('pictures', () => counter.markers > 5, 30_000);
    const cycles = new ModuleCycles(server, client, pipeline.id, camera, viewer, counter, address);
    cycles.#close.push(
      () => fan.stop(),
      () => counter.close(),
      () => receiver.stop(),
    );
    return cycles;
  }

  get classNames(): string[] {
    return Object.keys(this.#classes);
  }

  /** Makes an element of each class at once, lets it work, and releases it. */
  async round(): Promise<void> {
    await Promise.all(this.classNames.map((type, i) => this.#cycle(type, i, false)));
  }

  /** Inserts an element between camera and viewer, lets it work, and takes it out again. */
  insert(type: string): Promise<void> {
    return this.#cycle(type, 0, true);
  }

  async #cycle(type: string, number: number, between: boolean): Promise<void> {
    const raw = await this.#raw(number);
    const call = async (method: string, params: Record<string, Json>): Promise<Json | undefined> => {
      const { result, error } = await raw.call(method, params);
      if (error !== undefined) throw new Error(`${type}, ${method}: ${error.code} ${error.message}`);
      return result?.value as Json | undefined;
    };
    const name = `${type} ${++this.#names}`;
    const object = await raw.create(type, { mediaPipeline: this.pipeline, ...this.#classes[type] });
    const connect = (source: string, sink: string): Promise<unknown> =>
      call('invoke', { object: source, operation: 'connect', operationParams: { sink } });
    await connect(this.camera.id, object);
    if (between) await connect(object, this.viewer.id);
    await waitFor(
      `${name} to work`,
      async () => {
        const stats = await call('invoke', { object, operation: 'getStats', operationParams: {} });
        return Object.values((stats ?? {}) as Record<string, { framesProcessed?: number }>).some(
          ({ framesProcessed = 0 }) => framesProcessed > 0,
        );
      },
      60_000,
    );
    if (between) await connect(this.camera.id, this.viewer.id);
    await call('release', { object });
  }

  /** Answers come in order, so what goes on at the same time has a connection each. */
  async #raw(number: number): Promise<RawClient> {
    this.#clients[number] ??= await RawClient.open(this.server.uri);
    return this.#clients[number];
  }

  async stop(): Promise<void> {
    for (const close of this.#close) close();
    for (const client of this.#clients) await client.close();
    this.client.close();
    await this.server.stop();
  }
}
