import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { call, type TestCall } from '../test-support/call.js';
import { vp8Continuation, vp8Payload } from '../test-support/session-descriptions.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const VIDEO_SSRC = 2222;
/** Id of the transport-wide sequence number. */
const SEQUENCE_ID = 5;

describe('congestion control between WebRTC peers', () => {
  let harness: WorkerHarness;
  let pipeline: string;
  const calls: TestCall[] = [];

  before(async () => {
    harness = await WorkerHarness.start();
  });
  after(() => harness.close());

  afterEach(async () => {
    await harness.release(pipeline);
    for (const { peer } of calls.splice(0)) await peer.close();
    harness.events.length = 0;
  });

  async function presenter(transportCc: boolean): Promise<TestCall> {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline, { transportCc });
    calls.push(made);
    // What comes before the server has its keys too is dropped.
    await waitFor('the server to be secured', () =>
      harness.eventsOf(made.endpoint, 'DtlsConnectionStateChange').some(({ state }) => state === 'CONNECTED'),
    );
    return made;
  }

  function sendVideo({ peer }: TestCall, sequence: number, wide: number | undefined): void {
    const extensions = new Map<number, Uint8Array>();
    if (wide !== undefined) extensions.set(SEQUENCE_ID, Buffer.from([wide >> 8, wide & 0xff]));
    peer.sendRtp({
      payloadType: 96,
      marker: true,
      sequence,
      timestamp: sequence * 3000,
      ssrc: VIDEO_SSRC,
      payload: sequence === 1 ? vp8Payload(true) : vp8Continuation(),
      extensions,
    });
  }

  test('a sender hears which of its packets arrived', async () => {
    const sender = await presenter(true);
    assert.match(sender.answer, /a=rtcp-fb:96 transport-cc\r\n/);
    assert.match(sender.answer, /a=extmap:5 \S+transport-wide-cc-extensions-01\r\n/);
    const lost = 0xffff;
    for (let i = 0; i < 20; i++) {
      const wide = (0xfff8 + i) & 0xffff;
      if (wide !== lost) sendVideo(sender, i + 1, wide);
    }
    const told = (sequence: number) =>
      sender.peer.rtcp.filter((packet) => packet.type === 'TWCC' && packet.sequence === sequence);
    await waitFor('feedback about the last packet', () => told(0xb).length > 0);
    for (let i = 0; i < 20; i++) {
      const sequence = (0xfff8 + i) & 0xffff;
      const [report] = told(sequence);
      assert.equal(report?.received, sequence !== lost, `packet ${sequence}`);
      assert.equal(report?.ssrc, VIDEO_SSRC);
    }
  });

  test('a sender that controls itself is told bounds only, another one is led by REMB', async () => {
    const sender = await presenter(true);
    let sequence = 0;
    const flow = setInterval(() => {
      sequence++;
      sendVideo(sender, sequence, sequence);
    }, 10);
    try {
      await waitFor('two seconds of feedback', () => sequence >= 150);
      const rembs = () => sender.peer.rtcp.filter(({ type }) => type === 'REMB');
      assert.equal(rembs().length, 0);
      await harness.invoke(sender.endpoint, 'setMaxVideoRecvBandwidth', { maxVideoRecvBandwidth: 400 });
      const bound = await waitFor('a bound', () => rembs()[0]);
      assert.ok(Math.abs((bound.bitrate as number) / 400_000 - 1) < 0.01, `${bound.bitrate}`);
      await harness.invoke(sender.endpoint, 'setMaxVideoRecvBandwidth', { maxVideoRecvBandwidth: 0 });
      await waitFor('the bound to go', () =>
        rembs().some(({ bitrate }) => (bitrate as number) > 100_000_000),
      );
      await harness.invoke(sender.endpoint, 'setRembParams', { rembParams: { upLosses: 20 } });
      await waitFor('Kurento’s own control', () => {
        const bitrate = rembs().at(-1)!.bitrate as number;
        return bitrate > 30_000 && bitrate < 2_000_000;
      });
    } finally {
      clearInterval(flow);
    }
  });
});
