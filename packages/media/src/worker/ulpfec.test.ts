import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RtcpWriter } from '@rivero/rtp';
import { call, type TestCall } from '../test-support/call.js';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { buildRtp } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const VP8 = 96;
const RED = 98;
const RED_RTX = 99;
const ULPFEC = 100;
const MEDIA_SSRC = 2222;
const RTX_SSRC = 3333;
const ABS_SEND_TIME = 2;

type Packet = Parameters<typeof buildRtp>[0];

/** FEC over packets that follow each other (RFC 5109, one level), made before they are wrapped and before the send time is known. */
function protect(packets: readonly Packet[]): Buffer {
  const bytes = packets.map((packet) => {
    const zeros = new Map(
      [...(packet.extensions ?? [])].map(([id, data]) => [id, new Uint8Array(data.length)]),
    );
    return Buffer.from(buildRtp({ ...packet, extensions: zeros }));
  });
  const size = Math.max(...bytes.map(({ length }) => length)) - 12;
  const fec = Buffer.alloc(14 + size);
  let length = 0;
  for (const packet of bytes) {
    length ^= packet.length - 12;
    fec[0]! ^= packet[0]! & 0x3f;
    fec[1]! ^= packet[1]!;
    for (let i = 4; i < 8; i++) fec[i]! ^= packet[i]!;
    for (let i = 12; i < packet.length; i++) fec[2 + i]! ^= packet[i]!;
  }
  fec.writeUInt16BE(packets[0]!.sequence & 0xffff, 2);
  fec.writeUInt16BE(length, 8);
  fec.writeUInt16BE(size, 10);
  fec.writeUInt16BE(0xffff & ~(0xffff >> packets.length), 12);
  return fec;
}

/** RTCP with one packet written by `write`. */
function rtcp(write: (writer: RtcpWriter) => void): Uint8Array {
  let bytes = new Uint8Array(0);
  const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) => {
    bytes = buffer.slice(0, length);
  });
  writer.begin(99, Buffer.from('test'));
  write(writer);
  writer.finish();
  return bytes;
}

describe('FEC among video', () => {
  const harness = sharedWorker({ ulpfec: true });
  let pipeline: string;
  let source: TestCall;
  let viewer: TestCall;

  const withFec = (offer: string): string =>
    `${offer.replace('SAVPF 96 97', 'SAVPF 96 97 98 99 100')}a=rtpmap:98 red/90000\r\na=rtpmap:99 rtx/90000\r\n` +
    'a=fmtp:99 apt=98\r\na=rtpmap:100 ulpfec/90000\r\n';

  async function begin(): Promise<void> {
    pipeline = await harness.create('MediaPipeline', null);
    source = await call(harness, pipeline, { direction: 'sendonly', audio: false });
    const offer = withFec(offerOf(source.peer, { direction: 'sendonly', audio: false }));
    const answer = await harness.invoke<string>(source.endpoint, 'processOffer', { offer });
    assert.match(answer, /a=rtpmap:98 red\/90000\r\n/);
    assert.match(answer, /a=fmtp:99 apt=98\r\n/);
    assert.match(answer, /a=rtpmap:100 ulpfec\/90000\r\n/);
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

  const wrapped = (plain: Packet, type = VP8): Packet => ({
    ...plain,
    payloadType: RED,
    payload: Buffer.concat([Buffer.of(type), plain.payload]),
  });

  const send = (...numbers: number[]): void => {
    for (const number of numbers) source.peer.sendRtp(wrapped(packet(number)));
  };

  function sendFec(number: number, sequences: readonly number[]): void {
    const payload = protect(sequences.map(packet));
    source.peer.sendRtp(wrapped({ ...packet(number), marker: false, payload }, ULPFEC));
  }

  /** What the viewer got, by its place behind the first packet. */
  function received(): Map<number, (typeof viewer.peer.rtp)[number]> {
    const first = viewer.peer.rtp[0]!;
    return new Map(viewer.peer.rtp.map((each) => [(each.sequence - first.sequence) & 0xffff, each]));
  }

  function assertMedia(number: number): void {
    const expected = packet(number);
    const got = received().get(number - 65534);
    assert.ok(got !== undefined, `packet ${number}`);
    assert.deepEqual(Buffer.from(got.payload), Buffer.from(expected.payload));
    assert.equal(got.payloadType, VP8);
    assert.equal(got.marker, expected.marker);
  }

  test('viewers get plain packets, what is lost is made again, and nothing is requested', async () => {
    await begin();
    send(65534, 65535, 65536);
    sendFec(65537, [65534, 65535, 65536]);
    await waitFor('the first ones', () => viewer.peer.rtp.length === 4);
    // The last packet of a frame is lost.
    send(65538, 65539);
    sendFec(65541, [65538, 65539, 65540]);
    await waitFor('the lost one', () => viewer.peer.rtp.length === 8);
    send(65542);
    await waitFor('the next one', () => viewer.peer.rtp.length === 9);
    for (const number of [65534, 65535, 65536, 65538, 65539, 65540, 65542]) assertMedia(number);
    for (const number of [65537, 65541]) assert.equal(received().get(number - 65534)!.payload.length, 0);
    assert.equal(source.peer.rtcp.filter(({ type }) => type === 'NACK').length, 0);
    // Nothing is sent again under the number of FEC, in whose place another packet lies now.
    const [fecNumber, mediaNumber] = [7, 6].map((n) => (viewer.peer.rtp[0]!.sequence + n) & 0xffff);
    const before = viewer.peer.rtp.length;
    const { ssrc } = viewer.peer.rtp[0]!;
    viewer.peer.sendRtcp(rtcp((writer) => writer.nack(ssrc | 0, [mediaNumber!, fecNumber!], 2)));
    await waitFor('the one that was made', () => viewer.peer.rtp.length > before);
    for (const { payload } of viewer.peer.rtp.slice(before)) {
      assert.equal(Buffer.from(payload).readUInt16BE(), mediaNumber);
    }
  });

  test('a retransmission is unwrapped as well', async () => {
    await begin();
    send(65534, 65536);
    await waitFor('a request', () => source.peer.rtcp.some(({ type }) => type === 'NACK'));
    const lost = wrapped(packet(65535));
    const number = Buffer.alloc(2);
    number.writeUInt16BE(65535);
    source.peer.sendRtp({
      ...lost,
      payloadType: RED_RTX,
      ssrc: RTX_SSRC,
      sequence: 1,
      payload: Buffer.concat([number, lost.payload]),
    });
    await waitFor('all', () => viewer.peer.rtp.length === 3);
    for (const each of [65534, 65535, 65536]) assertMedia(each);
  });

  test('plain packets are taken, too, and nonsense does nothing', async () => {
    await begin();
    source.peer.sendRtp(packet(65534));
    const nonsense = [
      Buffer.alloc(0),
      Buffer.of(VP8),
      Buffer.of(0x80 | VP8, 0, 0, 0, 1, 2),
      Buffer.of(ULPFEC),
      Buffer.concat([Buffer.of(ULPFEC), Buffer.alloc(300, 0x7f)]),
      Buffer.concat([Buffer.of(77), Buffer.alloc(30)]),
    ];
    nonsense.forEach((payload, i) => {
      source.peer.sendRtp({ ...packet(65535 + i), payloadType: RED, payload });
    });
    source.peer.sendRtp(packet(65541));
    await waitFor('the media', () => received().has(7));
    assertMedia(65534);
    assertMedia(65541);
    assert.ok(
      viewer.peer.rtp.every(({ payloadType, payload }) => payloadType === VP8 || payload.length === 0),
    );
  });

  test('it is answered to senders only, and only with both formats', async () => {
    await begin();
    const fresh = await harness.create('WebRtcEndpoint', pipeline);
    const receiving = withFec(offerOf(viewer.peer, { direction: 'recvonly', audio: false }));
    assert.doesNotMatch(
      await harness.invoke<string>(fresh, 'processOffer', { offer: receiving }),
      /red\/|ulpfec\//,
    );
    const other = await harness.create('WebRtcEndpoint', pipeline);
    const alone = withFec(offerOf(viewer.peer, { direction: 'sendonly', audio: false })).replace(
      'a=rtpmap:100 ulpfec/90000\r\n',
      '',
    );
    assert.doesNotMatch(await harness.invoke<string>(other, 'processOffer', { offer: alone }), /red\//);
  });
});
