import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import type { TestOffer } from '../test-support/session-descriptions.js';
import { vp8Continuation, vp8Payload } from '../test-support/session-descriptions.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const MODULE = new URL('../test-support/packet-module/index.js', import.meta.url).href;
const SSRC = 2222;

describe('a module that works on RTP packets between two peers', {
  skip: isGraphEngineBuilt() ? false : 'needs GStreamer',
}, () => {
  let harness: WorkerHarness;
  let pipeline: string;
  const calls: TestCall[] = [];

  before(async () => {
    harness = await WorkerHarness.start({}, [MODULE]);
  });
  after(() => harness.close());
  beforeEach(async () => {
    pipeline = await harness.create('MediaPipeline', null);
  });
  afterEach(async () => {
    await harness.release(pipeline);
    for (const { peer } of calls.splice(0)) await peer.close();
    harness.events.length = 0;
  });

  async function join(offer: TestOffer = {}): Promise<TestCall> {
    const made = await call(harness, pipeline, offer);
    calls.push(made);
    return made;
  }

  async function through(...elements: string[]): Promise<{ presenter: TestCall; viewer: TestCall }> {
    const [presenter, viewer] = [await join(), await join({ direction: 'recvonly' })];
    const chain = [presenter.endpoint, ...elements, viewer.endpoint];
    for (const [i, sink] of chain.slice(1).entries()) await harness.invoke(chain[i]!, 'connect', { sink });
    return { presenter, viewer };
  }

  const create = (type: string, does = ''): Promise<string> => harness.create(type, pipeline, { does });

  function sendVideo({ peer }: TestCall, sequence: number, payload: Uint8Array, ssrc = SSRC): void {
    peer.sendRtp({ payloadType: 96, marker: true, sequence, timestamp: sequence * 3000, ssrc, payload });
  }

  /** A key frame that has come through, sent until then; the packets after it count from 2. */
  async function begun({ presenter, viewer }: { presenter: TestCall; viewer: TestCall }): Promise<void> {
    await waitFor('a key frame request', () => presenter.peer.rtcp.some(({ type }) => type === 'PLI'));
    sendVideo(presenter, 1, vp8Payload(true));
    await waitFor('the key frame', () => viewer.peer.rtp.length >= 1);
  }

  test('packets pass in both directions of thought: seen as they are, forwarded as they came', async () => {
    const sorter = await create('Sorter');
    const both = await through(sorter);
    sendVideo(both.presenter, 0, vp8Payload(false));
    await begun(both);
    for (let i = 2; i <= 20; i++) sendVideo(both.presenter, i, vp8Continuation());
    const { rtp } = both.viewer.peer;
    await waitFor('twenty packets', () => rtp.length === 20);
    const [ssrc] = announcedSsrcs(both.viewer.answer, 'video');
    assert.equal(rtp[0]!.ssrc, ssrc);
    assert.deepEqual(
      rtp.map(({ sequence }) => (sequence - rtp[0]!.sequence) & 0xffff),
      [...rtp.keys()],
    );
    assert.deepEqual(Buffer.from(rtp[0]!.payload), Buffer.from(vp8Payload(true)));
    const last = JSON.parse(await harness.invoke<string>(sorter, 'show'));
    assert.deepEqual(
      [last.kind, last.codec, last.clockRate, last.marker, last.keyFrame, last.length],
      ['video', 'VP8', 90_000, true, false, vp8Continuation().length],
    );
    assert.equal(await harness.invoke(sorter, 'count'), 20);
  });
});
