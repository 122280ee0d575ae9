import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { LinkProfile } from '@rivero/network-emulator';
import { call, type TestCall } from '../test-support/call.js';
import { EmulatedViewer } from '../test-support/emulated-viewer.js';
import { vp8Continuation, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import type { RtpPacket } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const VIDEO_SSRC = 2222;
/** Id of the transport-wide sequence number. */
const SEQUENCE_ID = 5;
/** The last byte of a packet of a key frame, and of others. */
const KEY = 1;
const DELTA = 0;

/** A video of frames every 20 ms, of so many packets of 900 bytes; a key frame where it is told. */
class Source {
  packets = 1;
  keyPackets = 44;
  keyFrames = 0;
  plis = 0;
  readonly #timer: NodeJS.Timeout;
  #key = true;
  #frame = 0;
  #sequence = 0;
  #seen = 0;

  constructor(private readonly peer: TestCall['peer']) {
    this.#timer = setInterval(() => this.#send(), 20);
  }

  keyFrame(): void {
    this.#key = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #send(): void {
    const { rtcp } = this.peer;
    for (; this.#seen < rtcp.length; this.#seen++) {
      if (rtcp[this.#seen]!.type !== 'PLI') continue;
      this.plis++;
      this.#key = true;
    }
    const count = this.#key ? this.keyPackets : this.packets;
    const mark = this.#key ? KEY : DELTA;
    this.#frame++;
    for (let i = 0; i < count; i++) {
      this.peer.sendRtp({
        payloadType: 96,
        marker: i === count - 1,
        sequence: ++this.#sequence,
        timestamp: this.#frame * 1800,
        ssrc: VIDEO_SSRC,
        payload: i === 0 ? vp8Payload(this.#key, 900, mark) : vp8Continuation(900, mark),
      });
    }
    if (this.#key) this.keyFrames++;
    this.#key = false;
  }
}

describe('pacing towards viewers', () => {
  afterEach(() => {
    source.stop();
    for (const viewer of viewers.splice(0)) viewer.stop();
  });
  const harness = sharedWorker();
  let pipeline: string;
  let source: Source;
  const viewers: EmulatedViewer[] = [];
  const endpoints = new Map<EmulatedViewer, string>();

  async function present(): Promise<TestCall> {
    pipeline = await harness.create('MediaPipeline', null);
    const sender = await call(harness, pipeline, { direction: 'sendonly', audio: false });
    source = new Source(sender.peer);
    return sender;
  }

  async function view(sender: TestCall, profile: LinkProfile): Promise<EmulatedViewer> {
    const viewer = await call(harness, pipeline, { direction: 'recvonly', audio: false, transportCc: true });
    const emulated = new EmulatedViewer(viewer.peer, SEQUENCE_ID, profile);
    viewers.push(emulated);
    endpoints.set(emulated, viewer.endpoint);
    await harness.invoke(sender.endpoint, 'connect', { sink: viewer.endpoint });
    return emulated;
  }

  /** What came as media, in the order of its numbers. */
  const media = ({ received }: EmulatedViewer): RtpPacket[] =>
    received.filter(({ payloadType }) => payloadType === 96);
  const keys = (viewer: EmulatedViewer): number =>
    media(viewer).filter(({ payload }) => payload.at(-1) === KEY).length;

  /** Of the video on its way to a viewer, ns. */
  async function endToEnd(viewer: EmulatedViewer): Promise<number> {
    type Record = { type: string; E2ELatency: { avg: number }[] };
    const stats = await harness.invoke<{ [id: string]: Record }>(endpoints.get(viewer)!, 'getStats', {
      mediaType: 'VIDEO',
    });
    return Object.values(stats).find(({ type }) => type === 'endpoint')!.E2ELatency[0]!.avg;
  }

  test('a key frame does not overflow a slow path, and comes at once on a good one', async () => {
    const sender = await present();
    const slow = await view(sender, { delay: 20, rate: 500_000, queue: 560 });
    const good = await view(sender, { delay: 20 });
    // More than the slow path takes, until its limit is known; then less.
    source.packets = 2;
    await waitFor('the slow path to be full', () => slow.waitMs > 300);
    source.packets = 1;
    await waitFor('its queue to run empty', () => slow.waitMs < 5 && media(slow).length > 100);
    await harness.invoke(pipeline, 'setLatencyStats', { latencyStats: true });
    const dropped = slow.dropped;
    const before = keys(good);
    const beforeSlow = keys(slow);
    // All at once it loses seven packets and more.
    source.packets = 0;
    source.keyFrame();
    await waitFor('the key frame on the good path', () => keys(good) === before + 44);
    await waitFor('the key frame on the slow path', () => keys(slow) >= beforeSlow + 42);
    assert.ok(slow.dropped - dropped <= 2, `${slow.dropped - dropped} packets were lost`);
    const waited = (await endToEnd(slow)) - (await endToEnd(good));
    assert.ok(waited > 1_000_000, `${waited} ns longer on the slow path`);
  });

  test('what cannot be sent in time is given up: the viewer goes on at a key frame, and misses nothing', async () => {
    const sender = await present();
    // So long a queue loses nothing by itself.
    const viewer = await view(sender, { delay: 20, rate: 150_000, queue: 60_000 });
    source.keyPackets = 4;
    source.packets = 4;
    await waitFor('the path to show its limit', () => viewer.waitMs > 500);
    const { plis } = source;
    await waitFor('a key frame to be asked for', () => source.plis > plis, 20_000);
    viewer.setProfile({ delay: 20 });
    /** Places where time was left out. */
    const gaps = (): number[] => {
      const packets = media(viewer);
      return packets.flatMap(({ timestamp }, i) =>
        i > 0 && ((timestamp - packets[i - 1]!.timestamp) | 0) > 5 * 1800 ? [i] : [],
      );
    };
    await waitFor('the stream to go on', () => gaps().length > 0 && media(viewer).length > gaps()[0]! + 20);
    const packets = media(viewer);
    for (const gap of gaps()) assert.equal(packets[gap]!.payload.at(-1), KEY, 'it goes on at a key frame');
    for (let i = 1; i < packets.length; i++) {
      assert.equal(packets[i]!.sequence, (packets[i - 1]!.sequence + 1) & 0xffff, `number of packet ${i}`);
    }
  });
});
