import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, type TestCall } from '../test-support/call.js';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { buildRtp } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const VP8 = 96;
const FLEXFEC = 49;
const MEDIA_SSRC = 2222;
const FEC_SSRC = 4444;
const ABS_SEND_TIME = 2;

type Packet = Parameters<typeof buildRtp>[0];

/** FEC over packets that follow each other (draft-ietf-payload-flexible-fec-scheme-03 section 4.2). */
function protect(packets: readonly Packet[]): Uint8Array {
  const bytes = packets.map((packet) => {
    // The send time is written later, when FEC has been made.
    const zeros = new Map(
      [...(packet.extensions ?? [])].map(([id, data]) => [id, new Uint8Array(data.length)]),
    );
    return Buffer.from(buildRtp({ ...packet, extensions: zeros }));
  });
  const fec = Buffer.alloc(20 + Math.max(...bytes.map(({ length }) => length)) - 12);
  let length = 0;
  for (const packet of bytes) {
    length ^= packet.length - 12;
    fec[0]! ^= packet[0]! & 0x3f;
    fec[1]! ^= packet[1]!;
    for (let i = 4; i < 8; i++) fec[i]! ^= packet[i]!;
    for (let i = 12; i < packet.length; i++) fec[8 + i]! ^= packet[i]!;
  }
  fec.writeUInt16BE(length, 2);
  fec[8] = 1;
  fec.writeUInt32BE(MEDIA_SSRC, 12);
  fec.writeUInt16BE(packets[0]!.sequence & 0xffff, 16);
  fec.writeUInt16BE(0x8000 | (0x7fff & ~(0x7fff >> packets.length)), 18);
  return fec;
}

describe('FEC of video', () => {
  const harness = sharedWorker();
  let pipeline: string;
  let source: TestCall;
  let viewer: TestCall;
  let fecSequence = 0;

  async function begin(): Promise<void> {
    pipeline = await harness.create('MediaPipeline', null);
    source = await call(harness, pipeline, { direction: 'sendonly', audio: false });
    const offer =
      offerOf(source.peer, { direction: 'sendonly', audio: false }).replace('SAVPF 96 97', 'SAVPF 96 97 49') +
      'a=rtpmap:49 flexfec-03/90000\r\na=fmtp:49 repair-window=10000000\r\n' +
      `a=ssrc-group:FEC-FR ${MEDIA_SSRC} ${FEC_SSRC}\r\na=ssrc:${FEC_SSRC} cname:test\r\n`;
    const answer = await harness.invoke<string>(source.endpoint, 'processOffer', { offer });
    assert.match(answer, /a=rtpmap:49 flexfec-03\/90000\r\n/);
    viewer = await call(harness, pipeline, { direction: 'recvonly', audio: false });
    await harness.invoke(source.endpoint, 'connect', { sink: viewer.endpoint });
  }

  const packet = (sequence: number): Packet => ({
    payloadType: VP8,
    marker: sequence % 3 === 0,
    sequence,
    timestamp: Math.floor(sequence / 3) * 3000,
    ssrc: MEDIA_SSRC,
    payload: vp8Payload(sequence === 65534, 100 + (sequence % 50), sequence & 0xff),
    extensions: new Map([[ABS_SEND_TIME, Buffer.of(sequence & 0xff, 2, 3)]]),
  });

  function sendFec(sequences: readonly number[]): void {
    source.peer.sendRtp({
      payloadType: FLEXFEC,
      marker: false,
      sequence: fecSequence++,
      timestamp: 0,
      ssrc: FEC_SSRC,
      payload: protect(sequences.map(packet)),
    });
  }

  /** What a viewer must get for the packets from the first one on. */
  function assertComplete(first: number, count: number): void {
    const { rtp } = viewer.peer;
    const start = rtp.find(({ payload }) => payload[2] === (first & 0xff))!;
    const byNumber = new Map(rtp.map((each) => [(each.sequence - start.sequence) & 0xffff, each]));
    for (let i = 0; i < count; i++) {
      const expected = packet(first + i);
      const got = byNumber.get(i)!;
      assert.deepEqual(Buffer.from(got.payload), Buffer.from(expected.payload));
      assert.equal(got.marker, expected.marker);
      assert.equal((got.timestamp - start.timestamp) | 0, expected.timestamp - packet(first).timestamp);
    }
    assert.equal(byNumber.size, count);
  }

  test('makes what is lost again, also over the wrap of the numbers, and nothing is requested', async () => {
    await begin();
    for (const n of [65534, 65535, 65536]) source.peer.sendRtp(packet(n));
    await waitFor('the first ones', () => viewer.peer.rtp.length === 3);
    // The last packet of a frame is lost: nothing comes after it that would tell.
    for (const n of [65537, 65538]) source.peer.sendRtp(packet(n));
    sendFec([65537, 65538, 65539]);
    await waitFor('the last one', () => viewer.peer.rtp.length === 6);
    for (const n of [65540, 65541, 65542]) source.peer.sendRtp(packet(n));
    sendFec([65540, 65541, 65542]);
    await waitFor('what came by itself', () => viewer.peer.rtp.length === 9);
    assertComplete(65534, 9);
    assert.equal(source.peer.rtcp.filter(({ type }) => type === 'NACK').length, 0);
  });

  test('two lost packets wait for one of them to come again', async () => {
    await begin();
    for (const n of [65534, 65535]) source.peer.sendRtp(packet(n));
    sendFec([65536, 65537, 65538]);
    source.peer.sendRtp(packet(65538));
    await waitFor('requests', () => source.peer.rtcp.filter(({ type }) => type === 'NACK').length >= 2);
    assert.equal(viewer.peer.rtp.length, 3);
    // Another FEC packet gives one of them, that gives the other.
    sendFec([65535, 65536]);
    await waitFor('both', () => viewer.peer.rtp.length === 5);
    assertComplete(65534, 5);
  });

  test('nonsense does nothing', async () => {
    await begin();
    source.peer.sendRtp(packet(65534));
    for (const payload of [
      Buffer.alloc(0),
      Buffer.alloc(19),
      Buffer.alloc(300, 0xff),
      Buffer.alloc(300, 0x01),
    ]) {
      source.peer.sendRtp({
        payloadType: FLEXFEC,
        marker: false,
        sequence: fecSequence++,
        timestamp: 0,
        ssrc: FEC_SSRC,
        payload,
      });
    }
    source.peer.sendRtp(packet(65535));
    await waitFor('the media', () => viewer.peer.rtp.length === 2);
    assertComplete(65534, 2);
  });
});
