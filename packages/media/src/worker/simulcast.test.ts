import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { RtcpWriter } from '@rivero/rtp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import { offerOf } from '../test-support/session-descriptions.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const RIDS = ['q', 'h', 'f'];
const SIZES = [60, 300, 1000];
const RID_EXTENSION = 10;

/** A VP8 payload with a 15-bit picture id and TL0PICIDX. */
function vp8(keyFrame: boolean, pictureId: number, tl0: number, size: number, fill: number): Uint8Array {
  const payload = new Uint8Array(size).fill(fill);
  payload.set([0x90, 0xc0, 0x80 | (pictureId >> 8), pictureId & 0xff, tl0, keyFrame ? 0x00 : 0x01]);
  return payload;
}

function pictureId(payload: Uint8Array): number {
  return ((payload[2]! & 0x7f) << 8) | payload[3]!;
}

describe('simulcast', () => {
  let harness: WorkerHarness;
  let pipeline: string;
  let timer: NodeJS.Timeout;
  const calls: TestCall[] = [];

  before(async () => {
    harness = await WorkerHarness.start();
  });
  after(() => harness.close());

  afterEach(async () => {
    clearInterval(timer);
    await harness.release(pipeline);
    for (const { peer } of calls.splice(0)) await peer.close();
    harness.events.length = 0;
  });

  /** A browser that sends three encodings of one picture, without announcing SSRCs. */
  async function presenter(): Promise<TestCall> {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline, { direction: 'sendonly', audio: false });
    calls.push(made);
    const offer = offerOf(made.peer, { direction: 'sendonly', audio: false })
      .replaceAll(/a=ssrc.*\r\n/g, '')
      .concat(
        'a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n',
        'a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n',
        ...RIDS.map((rid) => `a=rid:${rid} send\r\n`),
        'a=simulcast:send q;h;f\r\n',
      );
    const answer = await harness.invoke<string>(made.endpoint, 'processOffer', { offer });
    assert.match(answer, /a=simulcast:recv q;h;f/);
    return made;
  }

  /** Sends all layers, a frame every 20 ms; key frames when asked for. */
  function sendLayers({ peer }: TestCall): void {
    let frame = 0;
    const asked = [true, true, true];
    let seen = 0;
    timer = setInterval(() => {
      frame++;
      for (; seen < peer.rtcp.length; seen++) {
        const packet = peer.rtcp[seen]!;
        if (packet.type === 'PLI') asked[(packet.ssrc as number) - 9000] = true;
      }
      for (const [index, rid] of RIDS.entries()) {
        peer.sendRtp({
          payloadType: 96,
          marker: true,
          sequence: frame + 1000 * index,
          timestamp: frame * 1800 + index * 777_777,
          ssrc: 9000 + index,
          payload: vp8(
            asked[index]!,
            (frame + 5000 * index) & 0x7fff,
            (frame + 50 * index) & 0xff,
            SIZES[index]!,
            index + 1,
          ),
          extensions: new Map([[RID_EXTENSION, Buffer.from(rid)]]),
        });
        asked[index] = false;
      }
    }, 20);
  }

  async function viewer(from: TestCall): Promise<TestCall> {
    const made = await call(harness, pipeline, { direction: 'recvonly', audio: false });
    calls.push(made);
    await harness.invoke(from.endpoint, 'connect', { sink: made.endpoint });
    return made;
  }

  function sendRemb(to: TestCall, bitrate: number): void {
    const [ssrc] = announcedSsrcs(to.answer, 'video');
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) =>
      to.peer.sendRtcp(buffer.slice(0, length)),
    );
    writer.begin(99, Buffer.from('viewer'));
    writer.remb(bitrate, [ssrc! | 0], 1);
    writer.finish();
  }

  /** Which layer a viewer gets lately. */
  function layer({ peer }: TestCall): number | undefined {
    const last = peer.rtp.at(-1);
    return last === undefined ? undefined : last.payload[20];
  }

  test('each viewer gets the layer that its estimate allows, changed at key frames and invisible to the decoder', async () => {
    const source = await presenter();
    sendLayers(source);
    const rich = await viewer(source);
    const poor = await viewer(source);
    const reports = setInterval(() => {
      sendRemb(rich, 5_000_000);
      sendRemb(poor, 30_000);
    }, 100);
    try {
      await waitFor(
        'the best layer for one, the least for the other',
        () => layer(rich) === 3 && layer(poor) === 1,
      );
      const count = rich.peer.rtp.length;
      await waitFor('both to go on', () => rich.peer.rtp.length > count + 20 && poor.peer.rtp.length > 40);
    } finally {
      clearInterval(reports);
    }
    for (const { peer } of [rich, poor]) {
      const [first] = peer.rtp;
      assert.equal(first!.payload[5], 0, 'begins with a key frame');
      for (const [index, packet] of peer.rtp.entries()) {
        if (index === 0) continue;
        const before = peer.rtp[index - 1]!;
        assert.equal(packet.ssrc, first!.ssrc);
        assert.equal(packet.sequence, (before.sequence + 1) & 0xffff);
        const step = (packet.timestamp - before.timestamp) | 0;
        assert.ok(step > 0 && step < 90_000, `timestamp steps by ${step}`);
        if (packet.payload[20] !== before.payload[20]) {
          assert.equal(packet.payload[5], 0, 'the layer changes at a key frame');
        }
        const pictures = (pictureId(packet.payload) - pictureId(before.payload)) & 0x7fff;
        assert.equal(pictures, 1, `picture ids go on at packet ${index}`);
        assert.equal((packet.payload[4]! - before.payload[4]!) & 0xff, 1, 'TL0PICIDX goes on');
      }
    }
    // The source is asked for all layers, not for what the weakest viewer can take.
    const remb = source.peer.rtcp.filter(({ type }) => type === 'REMB').at(-1);
    assert.ok((remb?.bitrate as number) > 100_000);
  });

  test('a bound that the application sets keeps a viewer at a lower layer', async () => {
    const source = await presenter();
    sendLayers(source);
    const limited = await viewer(source);
    await harness.invoke(limited.endpoint, 'setMaxVideoSendBandwidth', { maxVideoSendBandwidth: 150 });
    const reports = setInterval(() => sendRemb(limited, 5_000_000), 100);
    try {
      await waitFor('the middle layer', () => layer(limited) === 2);
      const count = limited.peer.rtp.length;
      await waitFor('it to stay', () => limited.peer.rtp.length > count + 100);
      assert.ok(limited.peer.rtp.slice(count).every(({ payload }) => payload[20] === 2));
    } finally {
      clearInterval(reports);
    }
  });
});
