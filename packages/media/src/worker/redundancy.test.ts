import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RtcpWriter } from '@rivero/rtp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import { offerOf } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import type { RtpPacket } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const OPUS = 111;
const RED = 63;
const STEP = 960;

/** Audio of a packet, by its number; sizes differ. */
function sound(number: number): Buffer {
  return Buffer.alloc(20 + (number % 7), number);
}

/** A packet with the two before it (RFC 2198). */
function redundant(number: number, types = OPUS): Buffer {
  const blocks = [number - 2, number - 1].map((each) => sound(each));
  const headers = blocks.flatMap((data, index) => {
    const offset = (2 - index) * STEP;
    return [0x80 | types, offset >> 6, ((offset & 0x3f) << 2) | (data.length >> 8), data.length & 0xff];
  });
  return Buffer.concat([Buffer.from([...headers, types]), ...blocks, sound(number)]);
}

describe('audio with redundancy', () => {
  const harness = sharedWorker();
  let pipeline: string;
  let source: TestCall;

  /** A call whose peer offers RED, first or after Opus. */
  async function join(
    direction: 'sendonly' | 'recvonly',
    formats = '63 111',
    opus = OPUS,
  ): Promise<TestCall> {
    pipeline = harness.peers.length === 0 ? await harness.create('MediaPipeline', null) : pipeline;
    const made = await call(harness, pipeline, { direction, video: false });
    const offer =
      offerOf(made.peer, { direction, video: false })
        .replace('SAVPF 111 0', `SAVPF ${formats} 0`)
        .replace('a=rtpmap:111', `a=rtpmap:${opus}`) +
      (formats.includes('63') ? `a=rtpmap:63 red/48000/2\r\na=fmtp:63 ${opus}/${opus}\r\n` : '');
    made.answer = await harness.invoke<string>(made.endpoint, 'processOffer', { offer });
    return made;
  }

  async function viewer(formats?: string, opus?: number): Promise<TestCall> {
    const made = await join('recvonly', formats, opus);
    await harness.invoke(source.endpoint, 'connect', { sink: made.endpoint });
    return made;
  }

  function send(number: number, payloadType: number, payload: Uint8Array): void {
    const timestamp = number * STEP;
    source.peer.sendRtp({ payloadType, marker: false, sequence: number, timestamp, ssrc: 1111, payload });
  }

  const numbers = ({ peer }: TestCall): number[] => {
    const first = peer.rtp[0]!;
    return peer.rtp.map(({ sequence }) => (sequence - first.sequence) & 0xffff);
  };

  /** RTP as it comes over the network. */
  function datagramsOf({ peer }: TestCall): Buffer[] {
    const datagrams: Buffer[] = [];
    peer.socket.on('message', (data) => {
      if (data[0]! >> 6 === 2 && [OPUS, RED].includes(data[1]! & 0x7f)) datagrams.push(Buffer.from(data));
    });
    return datagrams;
  }

  function resend(from: TestCall, { sequence }: RtpPacket): void {
    const [ssrc] = announcedSsrcs(from.answer, 'audio');
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) =>
      from.peer.sendRtcp(buffer.slice(0, length)),
    );
    writer.begin(99, Buffer.from('viewer'));
    writer.nack(ssrc! | 0, Int32Array.of(sequence), 1);
    writer.finish();
  }

  test('is answered where it is offered, in its place', async () => {
    source = await join('sendonly');
    assert.match(source.answer, /m=audio \d+ UDP\/TLS\/RTP\/SAVPF 63 111 0\r\n/);
    assert.match(source.answer, /a=fmtp:63 111\/111\r\n/);
    assert.match((await join('recvonly', '111 63')).answer, /SAVPF 111 63 0\r\n/);
    assert.doesNotMatch((await join('recvonly', '111')).answer, /red/);
  });

  test('goes whole to those who take it, and the primary block to the others', async () => {
    source = await join('sendonly');
    const whole = await viewer();
    const plain = await viewer('111');
    const renumbered = await viewer('63 96', 96);
    const wholeDatagrams = datagramsOf(whole);
    const plainDatagrams = datagramsOf(plain);
    for (let n = 10; n < 20; n++) send(n, RED, redundant(n));
    // The sender may leave it out at any time.
    send(20, OPUS, sound(20));
    send(21, RED, redundant(21));
    for (const each of [whole, plain, renumbered]) {
      await waitFor('all packets', () => each.peer.rtp.length === 12);
      assert.deepEqual(numbers(each), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }
    for (const [index, packet] of whole.peer.rtp.entries()) {
      const n = index + 10;
      assert.equal(packet.payloadType, n === 20 ? OPUS : RED);
      assert.deepEqual(Buffer.from(packet.payload), n === 20 ? sound(n) : redundant(n));
    }
    // The numbers of formats stand within the payload: who has others gets it without redundancy.
    for (const [{ peer }, payloadType] of [
      [plain, OPUS],
      [renumbered, 96],
    ] as const) {
      for (const [index, packet] of peer.rtp.entries()) {
        assert.equal(packet.payloadType, payloadType);
        assert.deepEqual(Buffer.from(packet.payload), sound(index + 10));
      }
    }
    for (const each of [whole, plain]) {
      const third = each.peer.rtp[2]!;
      const datagrams = each === whole ? wholeDatagrams : plainDatagrams;
      const sent = datagrams.filter((data) => data.readUInt16BE(2) === third.sequence);
      resend(each, third);
      await waitFor('it again', () => datagrams.length === 13);
      // The same bytes: other ones under one number would give the key away.
      assert.deepEqual(datagrams[12], sent[0]);
    }
  });

  test('mends losses for those who do not take it', async () => {
    source = await join('sendonly');
    const whole = await viewer();
    const plain = await viewer('111');
    send(10, RED, redundant(10));
    send(11, RED, redundant(11));
    // 12 and 13 are lost, 15 is late, 17 to 19 are more than the redundancy holds.
    for (const n of [14, 16, 15, 20, 21]) send(n, RED, redundant(n));
    await waitFor('the last one', () => whole.peer.rtp.length === 6 && plain.peer.rtp.length === 11);
    assert.deepEqual(numbers(plain), [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11]);
    const first = plain.peer.rtp[0]!;
    for (const { sequence, timestamp, payload, payloadType } of plain.peer.rtp) {
      const n = ((sequence - first.sequence) & 0xffff) + 10;
      assert.equal(payloadType, OPUS);
      assert.equal((timestamp - first.timestamp) >>> 0, (n - 10) * STEP);
      assert.deepEqual(Buffer.from(payload), sound(n));
    }
    assert.deepEqual(numbers(whole), [0, 1, 4, 6, 10, 11]);
  });

  test('what is malformed or of unknown formats is dropped, and nothing else', async () => {
    source = await join('sendonly');
    const whole = await viewer();
    const plain = await viewer('111');
    send(10, RED, redundant(10));
    send(11, RED, Buffer.of(0x80 | OPUS, 0, 3, 0xff, OPUS, 1));
    send(12, RED, redundant(12, 77));
    send(13, RED, Buffer.of(RED, 1, 2, 3));
    send(14, OPUS, sound(14));
    for (const { peer } of [whole, plain]) {
      await waitFor('the good ones', () => peer.rtp.length === 2);
      assert.deepEqual(Buffer.from(peer.rtp[1]!.payload), sound(14));
    }
  });
});
