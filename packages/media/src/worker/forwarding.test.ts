import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RtcpWriter } from '@rivero/rtp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import type { TestOffer } from '../test-support/session-descriptions.js';
import { vp8Continuation, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { waitFor } from '../test-support/wait-for.js';

const VIDEO_SSRC = 2222;

describe('forwarding between WebRTC peers', () => {
  const harness = sharedWorker();
  let pipeline: string;

  async function join(offer: TestOffer = {}): Promise<TestCall> {
    const made = await call(harness, pipeline, offer);
    return made;
  }

  async function presenterAndViewer(
    viewerOffer: TestOffer = {},
  ): Promise<{ presenter: TestCall; viewer: TestCall }> {
    pipeline = await harness.create('MediaPipeline', null);
    const presenter = await join();
    const viewer = await join({ direction: 'recvonly', ...viewerOffer });
    await harness.invoke(presenter.endpoint, 'connect', { sink: viewer.endpoint });
    return { presenter, viewer };
  }

  function sendVideo({ peer }: TestCall, sequence: number, payload: Uint8Array, ssrc = VIDEO_SSRC): void {
    peer.sendRtp({
      payloadType: 96,
      marker: true,
      sequence,
      timestamp: sequence * 3000,
      ssrc,
      payload,
    });
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

  test('a viewer begins with a key frame, on its own stream, payload type and extension ids', async () => {
    const { presenter, viewer } = await presenterAndViewer({ vp8: 100 });
    const [ssrc] = announcedSsrcs(viewer.answer, 'video');
    sendVideo(presenter, 10, vp8Payload(false));
    await waitFor('a key frame request', () => presenter.peer.rtcp.find((p) => p.type === 'PLI'));
    presenter.peer.sendRtp({
      payloadType: 96,
      marker: false,
      sequence: 11,
      timestamp: 33000,
      ssrc: VIDEO_SSRC,
      payload: vp8Payload(true, 500),
      extensions: new Map([[13, Buffer.from([1])]]),
    });
    sendVideo(presenter, 12, vp8Continuation());
    await waitFor('two packets', () => viewer.peer.rtp.length === 2);
    const [first, second] = viewer.peer.rtp;
    assert.equal(first!.payload.length, 500);
    assert.equal(first!.payload[1], 0, 'the first packet is of the key frame');
    assert.equal(first!.ssrc, ssrc);
    assert.equal(first!.payloadType, 100);
    assert.equal(second!.sequence, (first!.sequence + 1) & 0xffff);
    assert.equal((second!.timestamp - first!.timestamp) >>> 0, 3000);
    assert.deepEqual([...first!.extensions.get(13)!], [1], 'video orientation is handed on');
    assert.equal(first!.extensions.get(2)?.length, 3, 'absolute send time is written');
    assert.equal(Buffer.from(first!.extensions.get(4)!).toString(), 'v', 'the MID is written');
    assert.equal(second!.extensions.has(13), false, 'an extension that did not come is not made up');
  });

  test('losses on the way in are requested, and an RTX packet takes the place of the lost one', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    sendVideo(presenter, 1, vp8Payload(true));
    await waitFor('the key frame', () => viewer.peer.rtp.length === 1);
    sendVideo(presenter, 2, vp8Continuation());
    sendVideo(presenter, 4, vp8Payload(false, 100, 4));
    await waitFor('a NACK', () => presenter.peer.rtcp.find((p) => p.type === 'NACK' && p.sequence === 3));
    const lost = vp8Payload(false, 80, 3);
    presenter.peer.sendRtp({
      payloadType: 97,
      marker: false,
      sequence: 500,
      timestamp: 9000,
      ssrc: 3333,
      payload: Buffer.concat([Buffer.from([0, 3]), lost]),
    });
    await waitFor('all four', () => viewer.peer.rtp.length === 4);
    const base = viewer.peer.rtp[0]!.sequence;
    const byOrder = viewer.peer.rtp.map((p) => ((p.sequence - base) & 0xffff) + 1).sort();
    assert.deepEqual(byOrder, [1, 2, 3, 4]);
    const repaired = viewer.peer.rtp.find((p) => ((p.sequence - base) & 0xffff) === 2)!;
    assert.deepEqual(Buffer.from(repaired.payload), Buffer.from(lost));
    assert.equal(repaired.payloadType, 96);
  });

  test('a packet that came twice is forwarded once', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    sendVideo(presenter, 1, vp8Payload(true));
    const again = Buffer.concat([Buffer.from([0, 1]), vp8Payload(true)]);
    await waitFor('the key frame', () => viewer.peer.rtp.length === 1);
    presenter.peer.sendRtp({
      payloadType: 97,
      marker: false,
      sequence: 1,
      timestamp: 3000,
      ssrc: 3333,
      payload: again,
    });
    sendVideo(presenter, 2, vp8Continuation());
    await waitFor('the next packet', () => viewer.peer.rtp.length >= 2);
    assert.equal(viewer.peer.rtp.length, 2);
    assert.notEqual(viewer.peer.rtp[0]!.sequence, viewer.peer.rtp[1]!.sequence);
  });

  test('a viewer that misses a packet gets it by RTX', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    for (let i = 1; i <= 5; i++) sendVideo(presenter, i, vp8Payload(i === 1, 100, i));
    await waitFor('five packets', () => viewer.peer.rtp.length === 5);
    const [ssrc, rtxSsrc] = announcedSsrcs(viewer.answer, 'video');
    const missed = viewer.peer.rtp[2]!;
    viewer.peer.sendRtcp(rtcp((writer) => writer.nack(ssrc! | 0, [missed.sequence], 1)));
    const resent = await waitFor('the resend', () => viewer.peer.rtp.find((p) => p.ssrc === rtxSsrc));
    assert.equal(resent.payloadType, 97);
    assert.equal(Buffer.from(resent.payload).readUInt16BE(), missed.sequence);
    assert.deepEqual(Buffer.from(resent.payload.subarray(2)), Buffer.from(missed.payload));
    assert.equal(resent.timestamp, missed.timestamp);
  });

  test('without RTX the packet is sent again as it was, to the byte', async () => {
    const { presenter, viewer } = await presenterAndViewer({ rtx: false });
    const datagrams: Buffer[] = [];
    viewer.peer.socket.on('message', (data) => {
      if (data[0] === 0x90 && (data[1]! & 0x7f) === 96) datagrams.push(Buffer.from(data));
    });
    sendVideo(presenter, 1, vp8Payload(true));
    await waitFor('the packet', () => viewer.peer.rtp.length === 1);
    const [ssrc] = announcedSsrcs(viewer.answer, 'video');
    viewer.peer.sendRtcp(rtcp((writer) => writer.nack(ssrc! | 0, [viewer.peer.rtp[0]!.sequence], 1)));
    await waitFor('the resend', () => datagrams.length === 2);
    assert.deepEqual(datagrams[1], datagrams[0]);
  });

  test('a switch of the source goes on with the next sequence number at a key frame of the new one', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    const other = await join({ audio: { ssrc: 5555 }, video: { ssrc: 6666, rtxSsrc: 7777 } });
    sendVideo(presenter, 100, vp8Payload(true, 100, 1));
    await waitFor('the first source', () => viewer.peer.rtp.length === 1);
    sendVideo(other, 9000, vp8Payload(false, 100, 2), 6666);
    await harness.invoke(other.endpoint, 'connect', { sink: viewer.endpoint });
    sendVideo(presenter, 101, vp8Payload(false, 100, 1));
    sendVideo(other, 9001, vp8Payload(false, 100, 2), 6666);
    await waitFor('a request to the new source', () => other.peer.rtcp.find((p) => p.type === 'PLI'));
    sendVideo(other, 9002, vp8Payload(true, 100, 2), 6666);
    sendVideo(other, 9003, vp8Payload(false, 100, 2), 6666);
    await waitFor('the second source', () => viewer.peer.rtp.length === 3);
    const [a, b, c] = viewer.peer.rtp;
    assert.deepEqual([b!.sequence, c!.sequence], [(a!.sequence + 1) & 0xffff, (a!.sequence + 2) & 0xffff]);
    assert.equal(b!.payload[5], 2);
    const step = (b!.timestamp - a!.timestamp) | 0;
    assert.ok(step > 0 && step < 90000 * 10, `timestamps go on: ${step}`);
    assert.equal(b!.ssrc, a!.ssrc);
  });

  test('PLI and FIR of a viewer reach the source, throttled', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    sendVideo(presenter, 1, vp8Payload(true));
    await waitFor('the key frame', () => viewer.peer.rtp.length === 1);
    const [ssrc] = announcedSsrcs(viewer.answer, 'video');
    const plis = (): number => presenter.peer.rtcp.filter((p) => p.type === 'PLI').length;
    const before = plis();
    for (let i = 0; i < 20; i++) viewer.peer.sendRtcp(rtcp((writer) => writer.pli(ssrc! | 0)));
    viewer.peer.sendRtcp(rtcp((writer) => writer.fir(ssrc! | 0, 1)));
    await waitFor('a PLI at the source', () => plis() > before);
    assert.ok(plis() - before <= 2, `${plis() - before} requests for 21 of the viewer`);
  });

  test('sender and receiver reports tell what was sent and received', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    for (let i = 1; i <= 3; i++) sendVideo(presenter, i, vp8Payload(i === 1));
    const [ssrc] = announcedSsrcs(viewer.answer, 'video');
    const sr = await waitFor('a sender report', () =>
      viewer.peer.rtcp.find((p) => p.type === 'SR' && p.ssrc === (ssrc! | 0) && p.packets === 3),
    );
    assert.equal(sr.octets, 300);
    const rb = await waitFor('a report block', () =>
      presenter.peer.rtcp.find((p) => p.type === 'RB' && p.ssrc === VIDEO_SSRC),
    );
    assert.equal(rb.lost, 0);
    assert.ok(viewer.peer.rtcp.some((p) => p.type === 'CNAME'));
    const remb = await waitFor('a REMB', () => presenter.peer.rtcp.find((p) => p.type === 'REMB'));
    assert.ok((remb.bitrate as number) >= 30000);
  });

  test('hanging up tells the others: BYE at release, flows end, the session is gone', async () => {
    const { presenter, viewer } = await presenterAndViewer();
    sendVideo(presenter, 1, vp8Payload(true));
    await waitFor('media', () => viewer.peer.rtp.length === 1);
    await harness.release(viewer.endpoint);
    await waitFor('BYE', () => viewer.peer.rtcp.find((p) => p.type === 'BYE'));
    await waitFor('close_notify', () => viewer.peer.dtlsState === 'closed');
    presenter.peer.hangUp();
    await waitFor('DTLS CLOSED', () =>
      harness
        .eventsOf(presenter.endpoint, 'DtlsConnectionStateChange')
        .some(({ state }) => state === 'CLOSED'),
    );
    await waitFor('NOT_FLOWING', () =>
      harness
        .eventsOf(presenter.endpoint, 'MediaFlowOutStateChanged')
        .some(({ state, mediaType }) => state === 'NOT_FLOWING' && mediaType === 'VIDEO'),
    );
    assert.equal(await harness.invoke(presenter.endpoint, 'getConnectionState'), 'DISCONNECTED');
  });
});
