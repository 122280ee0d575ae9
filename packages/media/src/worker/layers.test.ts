import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { RtcpWriter } from '@rivero/rtp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import type { RtpPacket } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

/** Temporal layers of four pictures. */
const PATTERN = [0, 2, 1, 2];
const VP9 = { name: 'VP9', fmtp: 'profile-id=0' };
/** The upper layer is far larger: bounds hold when a busy machine makes the sender slow. */
const SIZES = [40, 120, 1100];

interface Sent {
  sequence: number;
  spatial: number;
  temporal: number;
  picture: number;
}

describe('layers of one stream', () => {
  afterEach(() => {
    clearInterval(timer);
  });
  const harness = sharedWorker();
  let pipeline: string;
  let timer: NodeJS.Timeout;

  async function connected(
    direction: 'sendonly' | 'recvonly',
    codec: { name: string; fmtp?: string },
  ): Promise<TestCall> {
    const made = await call(harness, pipeline, { direction, audio: false, codec });
    return made;
  }

  async function viewerOf(source: TestCall, codec: { name: string; fmtp?: string }): Promise<TestCall> {
    const viewer = await connected('recvonly', codec);
    await harness.invoke(source.endpoint, 'connect', { sink: viewer.endpoint });
    return viewer;
  }

  const limit = (viewer: TestCall, kbps: number): Promise<unknown> =>
    harness.invoke(viewer.endpoint, 'setMaxVideoSendBandwidth', { maxVideoSendBandwidth: kbps });

  /**
   * Sends VP9 with three spatial and three temporal layers, a picture every 20 ms, each frame two packets of which the
   * second says what it is; key pictures when asked for.
   * @param keyOnly inter-layer prediction in key pictures only
   * @param lose packets that do not go out
   * @param flexible pictures say by differences what they refer to, and have no TL0PICIDX
   * @returns what is sent, also later
   */
  function sendVp9(
    { peer }: TestCall,
    keyOnly: boolean,
    lose: (sent: Sent) => boolean = () => false,
    flexible = false,
  ): { sent: Map<number, Sent>; send: (sequence: number) => void } {
    const sent = new Map<number, Sent>();
    const packets = new Map<number, () => void>();
    let picture = 0;
    let position = 0;
    let sequence = 1000;
    let plis = -1;
    timer = setInterval(() => {
      const asked = peer.rtcp.filter(({ type }) => type === 'PLI').length;
      const key = asked > plis;
      plis = asked;
      picture++;
      position = key ? 0 : (position + 1) % PATTERN.length;
      const temporal = PATTERN[position]!;
      for (const [spatial, size] of SIZES.entries()) {
        for (const last of [false, true]) {
          const payload = new Uint8Array(size).fill(spatial * 8 + temporal);
          const independent = keyOnly && !key;
          payload.set([
            0xa0 | (flexible ? 0x10 : 0) | (key ? 0 : 0x40) | (last ? 0x04 : 0x08) | (independent ? 0x01 : 0),
            0x80 | ((picture >> 8) & 0x7f),
            picture & 0xff,
            (temporal << 5) |
              (temporal === 0 ? 0x10 : 0) |
              (spatial << 1) |
              (spatial > 0 && !independent ? 1 : 0),
            flexible ? 4 << 1 : picture & 0xff,
            0xa2,
          ]);
          const number = sequence++;
          sent.set(number, { sequence: number, spatial, temporal, picture });
          const timestamp = picture * 1800;
          const send = (): void =>
            peer.sendRtp({
              payloadType: 96,
              marker: last && spatial === 2,
              sequence: number,
              timestamp,
              ssrc: 2222,
              payload,
            });
          packets.set(number, send);
          if (!lose(sent.get(number)!)) send();
        }
      }
    }, 20);
    return { sent, send: (number) => packets.get(number)!() };
  }

  const spatialOf = ({ payload }: RtpPacket): number => payload[10]! >> 3;
  const temporalOf = ({ payload }: RtpPacket): number => payload[10]! & 7;
  const pictureOf = ({ payload }: RtpPacket): number => ((payload[1]! & 0x7f) << 8) | payload[2]!;

  /** Numbers without gaps, one timestamp and one marker for a picture, and no freeze: three pictures of four may be left out. */
  function assertContinuous(packets: readonly RtpPacket[]): void {
    for (const [index, packet] of packets.entries()) {
      if (index === 0) continue;
      const before = packets[index - 1]!;
      assert.equal(packet.sequence, (before.sequence + 1) & 0xffff, `sequence at ${index}`);
      const samePicture = pictureOf(packet) === pictureOf(before);
      assert.equal(packet.timestamp === before.timestamp, samePicture, `timestamp at ${index}`);
      assert.equal(before.marker, !samePicture, `marker at ${index}`);
      assert.ok(((packet.timestamp - before.timestamp) | 0) <= 4 * 1800, `pause at ${index}`);
    }
  }

  for (const [keyOnly, flexible] of [
    [false, false],
    [true, false],
    [false, true],
  ] as const) {
    const prediction = keyOnly ? 'prediction between spatial layers in key pictures only' : 'full prediction';
    const mode = `${prediction}${flexible ? ', flexible mode' : ''}`;
    test(`VP9, ${mode}: each viewer gets its layers, with nothing that looks lost, and changes where its decoder can`, async () => {
      pipeline = await harness.create('MediaPipeline', null);
      const source = await connected('sendonly', VP9);
      sendVp9(source, keyOnly, undefined, flexible);
      const viewer = await viewerOf(source, VP9);
      const all = await viewerOf(source, VP9);
      const { rtp } = viewer.peer;
      await waitFor('the best layer', () => rtp.some((packet) => spatialOf(packet) === 2));
      await limit(viewer, 70);
      await waitFor(
        'lower layers only',
        () => rtp.length > 30 && rtp.slice(-20).every((p) => spatialOf(p) < 2),
      );
      await limit(viewer, 1);
      await waitFor('few pictures', () =>
        rtp.slice(-20).every((p) => spatialOf(p) === 0 && temporalOf(p) === 0),
      );
      await limit(viewer, 0);
      await waitFor('the best layer again', () => spatialOf(rtp.at(-1)!) === 2, 15_000);
      const count = rtp.length;
      await waitFor('it to go on', () => rtp.length > count + 40);
      assertContinuous(rtp);
      assertContinuous(all.peer.rtp);
      for (const [index, packet] of rtp.entries()) {
        if (index === 0 || spatialOf(packet) < 2 || spatialOf(rtp[index - 1]!) === 2) continue;
        const key = (packet.payload[0]! & 0x40) === 0;
        const lower = rtp.slice(0, index).findLast((p) => pictureOf(p) === pictureOf(packet));
        assert.ok(keyOnly || key || lower !== undefined, 'an upper layer comes with those below');
      }
      // With prediction in key pictures only, nobody needs the lower layers of other pictures.
      const inter = rtp.slice(count).filter((p) => (p.payload[0]! & 0x40) !== 0);
      const spatials = new Set(inter.map(spatialOf));
      assert.deepEqual([...spatials].sort(), keyOnly ? [2] : [0, 1, 2]);
    });
  }

  test('VP9: the layers that the application allows', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const source = await connected('sendonly', VP9);
    sendVp9(source, false);
    const viewer = await viewerOf(source, VP9);
    const { rtp } = viewer.peer;
    const recent = (check: (packet: RtpPacket) => boolean): boolean =>
      rtp.length > 40 && rtp.slice(-20).every(check);
    await waitFor('the best layer', () => rtp.some((packet) => spatialOf(packet) === 2));
    await harness.invoke(viewer.endpoint, 'setMaxSpatialLayer', { maxSpatialLayer: 1 });
    await waitFor('a smaller picture', () => recent((packet) => spatialOf(packet) < 2));
    await harness.invoke(viewer.endpoint, 'setMaxTemporalLayer', { maxTemporalLayer: 0 });
    await waitFor('fewer pictures', () => recent((packet) => temporalOf(packet) === 0));
    assert.equal(await harness.invoke(viewer.endpoint, 'getMaxSpatialLayer'), 1);
    await harness.invoke(viewer.endpoint, 'setMaxSpatialLayer', { maxSpatialLayer: -7 });
    await harness.invoke(viewer.endpoint, 'setMaxTemporalLayer', { maxTemporalLayer: -1 });
    assert.equal(await harness.invoke(viewer.endpoint, 'getMaxSpatialLayer'), -1);
    await waitFor(
      'everything again',
      () => spatialOf(rtp.at(-1)!) === 2 && temporalOf(rtp.at(-1)!) === 2,
      15_000,
    );
    assertContinuous(rtp);
  });

  test('packets that are lost on the way in are sent again to the viewers that need them, and leave no gap for others', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const source = await connected('sendonly', VP9);
    let losing = false;
    const lost: number[] = [];
    const stream = sendVp9(source, false, ({ sequence, picture }) => {
      if (!losing || picture % 3 !== 0 || sequence % 2 !== 0) return false;
      lost.push(sequence);
      return true;
    });
    const viewer = await viewerOf(source, VP9);
    const { rtp } = viewer.peer;
    await limit(viewer, 1);
    await waitFor('the least', () => rtp.length > 20 && rtp.slice(-20).every((p) => p.payload[10] === 0));
    losing = true;
    const from = rtp.length;
    await waitFor('losses', () => lost.length > 12);
    losing = false;
    for (const sequence of lost) stream.send(sequence);
    const count = rtp.length;
    await waitFor('the stream to go on', () => rtp.length > count + 10);
    const ordered = rtp.slice(from).sort((a, b) => ((a.sequence - b.sequence) << 16) >> 16);
    for (const [index, packet] of ordered.entries()) {
      if (index > 0)
        assert.equal(packet.sequence, (ordered[index - 1]!.sequence + 1) & 0xffff, `at ${index}`);
      assert.ok(packet.payload.length === 0 || packet.payload[10] === 0, 'nothing of other layers');
    }
    assert.ok(
      ordered.some(({ payload }) => payload.length === 0),
      'empty packets fill what was not for it',
    );
  });

  test('a packet that a viewer misses is sent again as it was: number, marker and layer', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const source = await connected('sendonly', VP9);
    sendVp9(source, false);
    const viewer = await viewerOf(source, VP9);
    const [ssrc, rtxSsrc] = announcedSsrcs(viewer.answer, 'video');
    const { rtp } = viewer.peer;
    await harness.invoke(viewer.endpoint, 'setMaxSpatialLayer', { maxSpatialLayer: 1 });
    // Until it is known that the viewer tells no estimate it may get the lowest layer alone.
    await waitFor(
      'two layers',
      () => rtp.length > 60 && rtp.slice(-20).every((p) => spatialOf(p) < 2) && spatialOf(rtp.at(-1)!) === 1,
      15_000,
    );
    const missed = rtp.findLast((p) => p.marker && p.ssrc === ssrc && spatialOf(p) === 1)!;
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) =>
      viewer.peer.sendRtcp(buffer.slice(0, length)),
    );
    writer.begin(99, Buffer.from('viewer'));
    writer.nack(ssrc! | 0, [missed.sequence], 1);
    writer.finish();
    await waitFor('the packet again', () => rtp.some((packet) => packet.ssrc === rtxSsrc));
    const again = rtp.find((packet) => packet.ssrc === rtxSsrc)!;
    assert.equal((again.payload[0]! << 8) | again.payload[1]!, missed.sequence);
    assert.equal(again.marker, true);
    assert.equal(again.timestamp, missed.timestamp);
    assert.deepEqual([...again.payload.slice(2)], [...missed.payload]);
  });

  test('VP8: temporal layers are left out and picture ids close up', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const source = await connected('sendonly', { name: 'VP8' });
    let picture = 0;
    let tl0 = 0;
    let plis = -1;
    let position = 0;
    timer = setInterval(() => {
      const asked = source.peer.rtcp.filter(({ type }) => type === 'PLI').length;
      const key = asked > plis;
      plis = asked;
      picture++;
      position = key ? 0 : (position + 1) % PATTERN.length;
      const temporal = PATTERN[position]!;
      if (temporal === 0) tl0++;
      const payload = new Uint8Array(200).fill(temporal);
      const sync = temporal > 0 && position < 3 ? 0x20 : 0;
      payload.set([0x90, 0xe0, 0x80 | (picture >> 8), picture & 0xff, tl0 & 0xff]);
      payload.set([(temporal << 6) | sync, key ? 0 : 1], 5);
      source.peer.sendRtp({
        payloadType: 96,
        marker: true,
        sequence: 2000 + picture,
        timestamp: picture * 1800,
        ssrc: 2222,
        payload,
      });
    }, 20);
    const viewer = await viewerOf(source, { name: 'VP8' });
    const { rtp } = viewer.peer;
    const lately = (temporal: number): boolean =>
      rtp.length > 30 &&
      rtp.slice(-12).every(({ payload }) => payload[20]! <= temporal) &&
      rtp.slice(-12).some(({ payload }) => payload[20] === temporal);
    await waitFor('all layers', () => lately(2));
    await limit(viewer, 1);
    await waitFor('the lowest', () => lately(0));
    await limit(viewer, 0);
    await waitFor('all layers again', () => lately(2), 15_000);
    for (const [index, packet] of rtp.entries()) {
      if (index === 0) continue;
      const before = rtp[index - 1]!;
      assert.equal(packet.sequence, (before.sequence + 1) & 0xffff);
      assert.equal((pictureOf8(packet) - pictureOf8(before)) & 0x7fff, 1, `picture id at ${index}`);
      const step = (packet.payload[4]! - before.payload[4]!) & 0xff;
      assert.equal(step, packet.payload[20] === 0 ? 1 : 0, `TL0PICIDX at ${index}`);
    }
  });
});

function pictureOf8({ payload }: RtpPacket): number {
  return ((payload[2]! & 0x7f) << 8) | payload[3]!;
}
