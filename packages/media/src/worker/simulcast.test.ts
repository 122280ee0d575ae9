import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { RtcpWriter } from '@rivero/rtp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import { offerOf } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { waitFor } from '../test-support/wait-for.js';

const RIDS = ['q', 'h', 'f'];
const SIZES = [60, 300, 1000];
const RID_EXTENSION = 10;
/** Where each encoding of a picture has the picture's number, 16 bits. */
const PICTURE_OFFSET = 21;

/** How a codec's packets are made, and their numbers found again: [picture id, TL0PICIDX]. */
interface TestCodec {
  name: string;
  fmtp?: string;
  /** The beginning of a frame's only packet. */
  start: (keyFrame: boolean, pictureId: number, tl0: number) => number[];
  isKeyFrame: (payload: Uint8Array) => boolean;
  numbers?: (payload: Uint8Array) => [number, number];
  pictureIdMask?: number;
}

const CODECS: TestCodec[] = [
  {
    name: 'VP8',
    start: (key, id, tl0) => [0x90, 0xc0, 0x80 | ((id >> 8) & 0x7f), id & 0xff, tl0, key ? 0x00 : 0x01],
    isKeyFrame: (payload) => payload[5] === 0,
    numbers: (payload) => [((payload[2]! & 0x7f) << 8) | payload[3]!, payload[4]!],
    pictureIdMask: 0x7fff,
  },
  {
    name: 'VP9',
    fmtp: 'profile-id=0',
    // I, P, L, B, E; one layer
    start: (key, id, tl0) => [key ? 0xac : 0xec, 0x80 | ((id >> 8) & 0x7f), id & 0xff, 0, tl0, 0xa2],
    isKeyFrame: (payload) => (payload[0]! & 0x40) === 0,
    numbers: (payload) => [((payload[1]! & 0x7f) << 8) | payload[2]!, payload[4]!],
    pictureIdMask: 0x7fff,
  },
  {
    name: 'VP9 with short picture ids',
    fmtp: 'profile-id=0',
    start: (key, id, tl0) => [key ? 0xac : 0xec, id & 0x7f, 0, tl0, 0xa2],
    isKeyFrame: (payload) => (payload[0]! & 0x40) === 0,
    numbers: (payload) => [payload[1]!, payload[3]!],
    pictureIdMask: 0x7f,
  },
  {
    name: 'H264',
    fmtp: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    start: (key) => (key ? [0x78, 0, 4, 0x67, 0x42, 0xe0, 0x1f, 0, 2, 0x65, 0x88] : [0x61, 0x88]),
    isKeyFrame: (payload) => payload[0] === 0x78,
  },
  {
    name: 'AV1',
    start: (key) => (key ? [0x18, 0x0a, 0x0b] : [0x10, 0x32, 0x00]),
    isKeyFrame: (payload) => payload[0] === 0x18,
  },
];

const VP8 = CODECS[0]!;

function frame({ start }: TestCodec, key: boolean, id: number, tl0: number, size: number, fill: number) {
  const payload = new Uint8Array(size).fill(fill);
  payload.set(start(key, id, tl0));
  return payload;
}

function pictureOf(payload: Uint8Array): number {
  return (payload[PICTURE_OFFSET]! << 8) | payload[PICTURE_OFFSET + 1]!;
}

describe('simulcast', () => {
  afterEach(() => {
    clearInterval(timer);
  });
  const harness = sharedWorker();
  let pipeline: string;
  let timer: NodeJS.Timeout;

  /** The codec as an offer names it; H.264 payloads of the tests are whole frames. */
  function offered({ name, fmtp }: TestCodec) {
    return { codec: { name: name.split(' ')[0]!, ...(fmtp !== undefined && { fmtp }) } };
  }

  /** A browser that sends three encodings of one picture, without announcing SSRCs. */
  async function presenter(codec: TestCodec): Promise<TestCall> {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline, { direction: 'sendonly', audio: false, ...offered(codec) });
    const offer = offerOf(made.peer, { direction: 'sendonly', audio: false, ...offered(codec) })
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
  function sendLayers({ peer }: TestCall, codec: TestCodec): void {
    let count = 0;
    const asked = [true, true, true];
    let seen = 0;
    timer = setInterval(() => {
      count++;
      for (; seen < peer.rtcp.length; seen++) {
        const packet = peer.rtcp[seen]!;
        if (packet.type === 'PLI') asked[(packet.ssrc as number) - 9000] = true;
      }
      for (const [index, rid] of RIDS.entries()) {
        const payload = frame(
          codec,
          asked[index]!,
          count + 5000 * index,
          (count + 50 * index) & 0xff,
          SIZES[index]!,
          index + 1,
        );
        payload.set([count >> 8, count & 0xff], PICTURE_OFFSET);
        peer.sendRtp({
          payloadType: 96,
          marker: true,
          sequence: count + 1000 * index,
          timestamp: count * 1800 + index * 777_777,
          ssrc: 9000 + index,
          payload,
          extensions: new Map([[RID_EXTENSION, Buffer.from(rid)]]),
        });
        asked[index] = false;
      }
    }, 20);
  }

  async function viewer(from: TestCall, codec: TestCodec): Promise<TestCall> {
    const made = await call(harness, pipeline, { direction: 'recvonly', audio: false, ...offered(codec) });
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

  for (const codec of CODECS) {
    test(`${codec.name}: each viewer gets the layer that its estimate allows, changed at key frames, invisible to the decoder and without a gap`, async () => {
      const source = await presenter(codec);
      sendLayers(source, codec);
      const rich = await viewer(source, codec);
      const poor = await viewer(source, codec);
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
        assert.ok(codec.isKeyFrame(first!.payload), 'begins with a key frame');
        for (const [index, packet] of peer.rtp.entries()) {
          if (index === 0) continue;
          const before = peer.rtp[index - 1]!;
          assert.equal(packet.ssrc, first!.ssrc);
          assert.equal(packet.sequence, (before.sequence + 1) & 0xffff);
          const step = (packet.timestamp - before.timestamp) | 0;
          assert.ok(step > 0 && step < 90_000, `timestamp steps by ${step}`);
          const skipped = pictureOf(packet.payload) - pictureOf(before.payload);
          if (packet.payload[20] !== before.payload[20]) {
            assert.ok(codec.isKeyFrame(packet.payload), 'the layer changes at a key frame');
            // The same picture may come in both encodings; the next one comes in any case.
            assert.ok(skipped === 0 || skipped === 1, `${skipped} pictures on at a change`);
          } else assert.equal(skipped, 1, 'every picture of an encoding comes');
          if (codec.numbers === undefined) continue;
          const [now, then] = [codec.numbers(packet.payload), codec.numbers(before.payload)];
          assert.equal((now[0] - then[0]) & codec.pictureIdMask!, 1, `picture ids go on at packet ${index}`);
          assert.equal((now[1] - then[1]) & 0xff, 1, 'TL0PICIDX goes on');
        }
      }
      // The source is asked for all layers, not for what the weakest viewer can take.
      const remb = source.peer.rtcp.filter(({ type }) => type === 'REMB').at(-1);
      assert.ok((remb?.bitrate as number) > 100_000);
    });
  }

  test('a bound that the application sets keeps a viewer at a lower layer', async () => {
    const source = await presenter(VP8);
    sendLayers(source, VP8);
    const limited = await viewer(source, VP8);
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
