import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { beforeEach, describe, test } from 'node:test';
import { type CryptoSuite, parseSessionDescription } from '@rivero/sdp';
import { announcedSsrcs, call } from '../test-support/call.js';
import { RtpPeer } from '../test-support/rtp-peer.js';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import type { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const skipWithoutIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)
  ? false
  : 'this machine has no IPv6';

const VIDEO = ['a=rtpmap:100 VP8/90000'];
const FEEDBACK = ['nack', 'nack pli', 'ccm fir', 'goog-remb'].map((value) => `a=rtcp-fb:100 ${value}`);

interface OfferedLine {
  peer: RtpPeer;
  kind?: 'audio' | 'video';
  formats?: string;
  port?: number;
  lines?: readonly string[];
}

/** A description as phones write it: LF, no mid, no ssrc. */
function describeLines(offered: readonly OfferedLine[], profile = 'RTP/AVP', address = '127.0.0.1'): string {
  const version = address.includes(':') ? 'IP6' : 'IP4';
  return [
    `v=0\no=- 1 1 IN ${version} ${address}\ns=-\nc=IN ${version} ${address}\nt=0 0\n`,
    ...offered.map(({ peer, kind = 'audio', formats = kind === 'audio' ? '0' : '100', port, lines }) =>
      [
        `m=${kind} ${port ?? peer.port} ${profile} ${formats}`,
        `a=rtcp:${peer.rtcpPort}`,
        ...(kind === 'video' ? VIDEO : []),
        ...(lines ?? []),
        '',
      ].join('\n'),
    ),
  ].join('');
}

describe('RtpEndpoint', () => {
  const harness = sharedWorker();
  let pipeline: string;

  beforeEach(() => {
    pipeline = '';
  });

  async function open(address?: string): Promise<RtpPeer> {
    const peer = await RtpPeer.open(address);
    harness.peers.push(peer);
    return peer;
  }

  async function endpoint(params: Record<string, unknown> = {}): Promise<string> {
    pipeline ||= await harness.create('MediaPipeline', null);
    return harness.create('RtpEndpoint', pipeline, params);
  }

  /** A peer whose only m-line an endpoint has answered. */
  async function joined(
    line: Omit<OfferedLine, 'peer'> = {},
    profile = 'RTP/AVP',
    id?: string,
  ): Promise<{ peer: RtpPeer; id: string; answer: string }> {
    const peer = await open();
    const made = id ?? (await endpoint());
    const offer = describeLines([{ peer, ...line }], profile);
    const answer = await harness.invoke<string>(made, 'processOffer', { offer });
    peer.accept(answer, 0);
    return { peer, id: made, answer };
  }

  function audio(peer: RtpPeer | TestPeer, sequence: number, payloadType = 0, ssrc = 500): void {
    peer.sendRtp({
      payloadType,
      marker: false,
      sequence,
      timestamp: sequence * 160,
      ssrc,
      payload: new Uint8Array(160).fill(sequence),
    });
  }

  function video(
    peer: RtpPeer | TestPeer,
    sequence: number,
    keyFrame: boolean,
    type: number,
    ssrc = 600,
  ): void {
    peer.sendRtp({
      payloadType: type,
      marker: true,
      sequence,
      timestamp: sequence * 3000,
      ssrc,
      payload: vp8Payload(keyFrame),
    });
  }

  test('plain RTP goes in at one endpoint and out at the other, audio and video, with reports', async () => {
    const [fromAudio, fromVideo, toAudio, toVideo] = [await open(), await open(), await open(), await open()];
    const [from, to] = [await endpoint(), await endpoint()];
    const offerOf = (a: RtpPeer, v: RtpPeer): string =>
      describeLines([{ peer: a }, { peer: v, kind: 'video', formats: '100' }]);
    const fromAnswer = await harness.invoke<string>(from, 'processOffer', {
      offer: offerOf(fromAudio, fromVideo),
    });
    const toAnswer = await harness.invoke<string>(to, 'processOffer', { offer: offerOf(toAudio, toVideo) });
    assert.equal(harness.eventsOf(from, 'MediaSessionStarted').length, 1);
    assert.deepEqual(harness.eventsOf(from, 'ConnectionStateChanged'), [
      { oldState: 'DISCONNECTED', newState: 'CONNECTED' },
    ]);
    for (const [index, peer] of [fromAudio, fromVideo].entries()) peer.accept(fromAnswer, index);
    for (const [index, peer] of [toAudio, toVideo].entries()) peer.accept(toAnswer, index);
    await harness.invoke(from, 'connect', { sink: to });

    for (let i = 1; i <= 5; i++) audio(fromAudio, i);
    video(fromVideo, 70, true, 100);
    video(fromVideo, 71, false, 100);
    await waitFor('audio', () => toAudio.rtp.length === 5);
    await waitFor('video', () => toVideo.rtp.length === 2);
    assert.deepEqual(
      toAudio.rtp.map(({ payloadType, payload }) => [payloadType, payload[0]]),
      [1, 2, 3, 4, 5].map((fill) => [0, fill]),
    );
    assert.equal(toVideo.rtp[0]!.payload.length, 100);
    const [ssrc] = announcedSsrcs(toAnswer, 'audio');
    assert.equal(toAudio.rtp[0]!.ssrc, ssrc);
    await waitFor('a sender report', () => toAudio.rtcp.find(({ type }) => type === 'SR'));
    await waitFor('a report block', () => fromVideo.rtcp.find(({ type }) => type === 'RB'));
    // On a busy machine the reports may come when the media has long been over, which is told, too.
    const [first] = await waitFor('MediaStateChanged', () => {
      const events = harness.eventsOf(from, 'MediaStateChanged');
      return events.length > 0 && events;
    });
    assert.deepEqual(first, { oldState: 'DISCONNECTED', newState: 'CONNECTED' });
    await waitFor('flow', () => harness.eventsOf(to, 'MediaFlowInStateChanged').length >= 2);
    assert.ok(
      fromVideo.rtcp.every(({ type }) => type === 'SR' || type === 'RB'),
      'AVP: no feedback',
    );
    const stats = await harness.invoke<Record<string, { type: string }>>(from, 'getStats', {});
    assert.equal(Object.values(stats).filter(({ type }) => type === 'inboundrtp').length, 2);
  });

  test('WebRTC to RTP and back: VP8 with feedback, PCMU', async () => {
    const phone = await open();
    const camera = await open();
    const rtp = await endpoint();
    const offer = describeLines(
      [{ peer: phone }, { peer: camera, kind: 'video', formats: '100', lines: FEEDBACK }],
      'RTP/AVPF',
    );
    const answer = await harness.invoke<string>(rtp, 'processOffer', { offer });
    for (const [index, peer] of [phone, camera].entries()) peer.accept(answer, index);
    const browser = await call(harness, pipeline);
    harness.peers.push(browser.peer);
    await harness.invoke(rtp, 'connect', { sink: browser.endpoint });
    await harness.invoke(browser.endpoint, 'connect', { sink: rtp });

    video(camera, 1, false, 100);
    await waitFor('a PLI', () => camera.rtcp.find(({ type, ssrc }) => type === 'PLI' && ssrc === 600));
    video(camera, 2, true, 100);
    await waitFor('video at the browser', () =>
      browser.peer.rtp.find(({ payloadType }) => payloadType === 96),
    );
    video(camera, 4, false, 100);
    await waitFor('a NACK', () =>
      camera.rtcp.find(({ type, sequence }) => type === 'NACK' && sequence === 3),
    );
    audio(phone, 9);
    await waitFor('audio at the browser', () =>
      browser.peer.rtp.find(({ payloadType }) => payloadType === 0),
    );

    audio(browser.peer, 30, 0, 1111);
    await waitFor('audio at the phone', () => phone.rtp.length === 1);
    assert.deepEqual([...phone.rtp[0]!.payload.subarray(0, 2)], [30, 30]);
    video(browser.peer, 40, false, 96, 2222);
    const [ssrc] = announcedSsrcs(answer, 'video');
    camera.sendRtcp((writer) => writer.pli(ssrc! | 0));
    await waitFor('the PLI at the browser', () => browser.peer.rtcp.find(({ type }) => type === 'PLI'));
    video(browser.peer, 41, true, 96, 2222);
    await waitFor('video at the camera', () => camera.rtp.length >= 1);
    assert.equal(camera.rtp[0]!.payloadType, 100);
  });

  for (const suite of [
    'AES_CM_128_HMAC_SHA1_80',
    'AES_CM_128_HMAC_SHA1_32',
    'AES_256_CM_HMAC_SHA1_80',
    'AES_256_CM_HMAC_SHA1_32',
  ] satisfies CryptoSuite[]) {
    test(`SRTP with keys of the description: ${suite}`, async () => {
      const length = suite.includes('256') ? 46 : 30;
      const key = 'k'.repeat(length);
      const secured = async (params: Record<string, unknown>, fill: number) => {
        const id = await endpoint(params);
        const mine = new Uint8Array(length).fill(fill);
        const crypto = `a=crypto:3 ${suite} inline:${Buffer.from(mine).toString('base64')}|2^31`;
        const { peer, answer } = await joined({ lines: [crypto] }, 'RTP/SAVP', id);
        const [theirs] = parseSessionDescription(answer).media[0]!.cryptos!;
        assert.equal(theirs!.tag, 3);
        assert.equal(theirs!.suite, suite);
        peer.secure(suite, mine, theirs!.key);
        return { peer, id, theirs: theirs!.key };
      };
      const from = await secured({ crypto: { crypto: suite.replace('AES_CM_128', 'AES_128_CM'), key } }, 1);
      const to = await secured({}, 2);
      assert.equal(Buffer.from(from.theirs).toString(), key);
      await harness.invoke(from.id, 'connect', { sink: to.id });
      audio(from.peer, 1);
      audio(from.peer, 2);
      await waitFor('decrypted audio', () => to.peer.rtp.length === 2);
      assert.deepEqual([...to.peer.rtp[1]!.payload.subarray(0, 2)], [2, 2]);
      await waitFor('a decrypted report', () => to.peer.rtcp.find(({ type }) => type === 'SR'));
    });
  }

  test('keys of a wrong length are refused; an endpoint with a suite takes no plain RTP', async () => {
    for (const crypto of [
      { crypto: 'AES_128_CM_HMAC_SHA1_80', key: 'x' },
      { crypto: 'AES_256_CM_HMAC_SHA1_80', key: 'k'.repeat(30) },
      { crypto: 'AES_128_CM_HMAC_SHA1_32', keyBase64: 'not base64!' },
    ]) {
      await assert.rejects(endpoint({ crypto }), { code: 40107, message: 'Master key size is wrong' });
    }
    await endpoint({ crypto: { key: 'x' } });
    const id = await endpoint({ crypto: { crypto: 'AES_128_CM_HMAC_SHA1_80' } });
    const { answer } = await joined({}, 'RTP/AVP', id);
    assert.match(answer, /m=audio 0 RTP\/AVP 0/);
  });

  test('a source that is not the described one is latched; a third one is dropped, before and after', async () => {
    const { peer: described, id, answer } = await joined();
    const { peer: viewer, id: sink } = await joined();
    await harness.invoke(id, 'connect', { sink });
    await harness.invoke(sink, 'connect', { sink: id });
    const [behindNat, intruder] = [await open(), await open()];
    for (const peer of [behindNat, intruder]) peer.accept(answer, 0);
    const unknown = () => harness.host.context!.transports.dropped.UnknownAddress!;
    const before = unknown();
    audio(intruder, 1, 96, 666);
    await waitFor('a packet of no negotiated format to be dropped', () => unknown() === before + 1);
    audio(behindNat, 10);
    await waitFor('the first packet', () => viewer.rtp.length === 1);
    behindNat.sendRtcp((writer) => writer.receiverReport());
    await waitFor('a report where RTCP comes from', () => behindNat.rtcp.find(({ type }) => type === 'RB'));
    audio(intruder, 11);
    intruder.sendRtcp((writer) => writer.bye(500));
    await waitFor('both to be dropped', () => unknown() === before + 3);
    audio(behindNat, 12);
    await waitFor('the second packet', () => viewer.rtp.length === 2);
    assert.deepEqual(
      viewer.rtp.map(({ payload }) => payload[0]),
      [10, 12],
    );
    audio(viewer, 50);
    await waitFor('media where media comes from', () => behindNat.rtp.length === 1);
    assert.equal(described.rtp.length, 0);
    audio(described, 13);
    await waitFor('the described source to take its right', () => viewer.rtp.length === 3);
    audio(viewer, 51);
    await waitFor('media at the described address', () => described.rtp.length === 1);
    assert.equal(intruder.rtp.length, 0);
  });

  test('with media.rtpSource sdp only the described address counts', async () => {
    const strict = await WorkerHarness.start({ rtpSource: 'sdp' });
    try {
      const top = await strict.create('MediaPipeline', null);
      const [described, other] = [await open(), await open()];
      const id = await strict.create('RtpEndpoint', top);
      const answer = await strict.invoke<string>(id, 'processOffer', {
        offer: describeLines([{ peer: described }]),
      });
      for (const peer of [described, other]) peer.accept(answer, 0);
      audio(other, 1);
      await waitFor('the drop', () => strict.host.context!.transports.dropped.UnknownAddress! > 0);
      audio(described, 2);
      await waitFor('media', () => strict.eventsOf(id, 'MediaFlowOutStateChanged').length === 1);
    } finally {
      await strict.close();
    }
  });

  test('rtcp-mux: one port, reports on it', async () => {
    const { peer, answer } = await joined({ lines: ['a=rtcp-mux'] });
    const [media] = parseSessionDescription(answer).media;
    assert.equal(media!.rtcpMux, true);
    assert.equal(media!.rtcp, undefined);
    audio(peer, 1);
    peer.sendRtcp((writer) => writer.receiverReport(), true);
    await waitFor('a report', () => peer.rtcp.find(({ type, ssrc }) => type === 'RB' && ssrc === 500));
  });

  test('hold and resume, by direction and by the address 0.0.0.0', async () => {
    const { peer: caller, id: from } = await joined();
    const { peer, id } = await joined();
    await harness.invoke(from, 'connect', { sink: id });
    await harness.invoke(id, 'connect', { sink: from });
    let sequence = 0;
    const flows = async (): Promise<void> => {
      const count = peer.rtp.length;
      await waitFor('media', () => {
        audio(caller, ++sequence);
        return peer.rtp.length > count;
      });
    };
    const offer = async (lines: readonly string[], address?: string): Promise<string> => {
      const description = describeLines([{ peer, lines }], 'RTP/AVP', address);
      return harness.invoke<string>(id, 'processOffer', { offer: description });
    };
    await flows();
    const { port } = parseSessionDescription(await offer(['a=sendonly'])).media[0]!;
    const [held] = parseSessionDescription(await offer(['a=sendonly'])).media;
    assert.equal(held!.direction, 'recvonly');
    assert.equal(held!.port, port, 'ports stay');
    const during = peer.rtp.length;
    audio(peer, 1);
    await waitFor('media of the one who holds', () => caller.rtp.length === 1);
    for (let i = 0; i < 5; i++) audio(caller, ++sequence);
    audio(peer, 2);
    await waitFor('more of it', () => caller.rtp.length === 2);
    assert.equal(peer.rtp.length, during, 'nothing is sent to who holds');
    assert.equal(parseSessionDescription(await offer([])).media[0]!.direction, 'sendrecv');
    await flows();
    assert.match(await offer(['a=inactive']), /a=inactive/);
    assert.match(await offer([], '0.0.0.0'), /a=sendrecv/);
    const before = peer.rtp.length;
    for (let i = 0; i < 5; i++) audio(caller, ++sequence);
    audio(peer, 3);
    await waitFor('media of the one who holds the old way', () => caller.rtp.length === 3);
    assert.equal(peer.rtp.length, before);
    await offer([]);
    await flows();
    const sequences = peer.rtp.map((packet) => packet.sequence);
    assert.equal(new Set(sequences).size, sequences.length, 'numbers go on over holds');
  });

  test('directions, lines with port 0 and unknown formats', async () => {
    const { answer } = await joined({ lines: ['a=recvonly', 'a=ptime:20'] });
    assert.match(answer, /a=sendonly/);
    assert.match(answer, /a=ptime:20/);
    const id = await endpoint();
    const peer = await open();
    const offer = describeLines([
      { peer, port: 0 },
      { peer, kind: 'video', formats: '33' },
      { peer, lines: ['a=sendonly'] },
    ]);
    const text = await harness.invoke<string>(id, 'processOffer', { offer });
    const { media } = parseSessionDescription(text);
    assert.deepEqual(
      media.map(({ port, direction }) => [port !== 0, direction]),
      [
        [false, 'inactive'],
        [false, 'inactive'],
        [true, 'recvonly'],
      ],
    );
    assert.equal(media[2]!.port % 2, 0);
    assert.equal(media[2]!.rtcp?.port, media[2]!.port + 1);
  });

  test('two endpoints call each other, plain and with SDES, and are told when a key is used up', async () => {
    const worker = await WorkerHarness.start({ srtpKeySoftLimit: 3 });
    try {
      const top = await worker.create('MediaPipeline', null);
      for (const params of [{}, { crypto: { crypto: 'AES_256_CM_HMAC_SHA1_80' } }]) {
        const [a, b] = [
          await worker.create('RtpEndpoint', top, params),
          await worker.create('RtpEndpoint', top, params),
        ];
        const offer = await worker.invoke<string>(a, 'generateOffer');
        assert.match(offer, 'crypto' in params ? /RTP\/SAVPF/ : /RTP\/AVPF/);
        await worker.invoke(a, 'processAnswer', {
          answer: await worker.invoke(b, 'processOffer', { offer }),
        });
        const caller = await open();
        const entry = await worker.create('RtpEndpoint', top);
        const entryOffer = describeLines([{ peer: caller }]);
        caller.accept(await worker.invoke<string>(entry, 'processOffer', { offer: entryOffer }), 0);
        await worker.invoke(entry, 'connect', { sink: a });
        let sequence = 0;
        await waitFor('flow through both', () => {
          audio(caller, ++sequence);
          return worker.eventsOf(b, 'MediaFlowOutStateChanged').length > 0;
        });
        for (let i = 0; i < 5; i++) audio(caller, ++sequence);
        if (!('crypto' in params)) continue;
        for (const id of [a, b]) {
          await waitFor('OnKeySoftLimit', () => worker.eventsOf(id, 'OnKeySoftLimit').length > 0);
          assert.deepEqual(worker.eventsOf(id, 'OnKeySoftLimit'), [{ mediaType: 'AUDIO' }]);
        }
      }
    } finally {
      await worker.close();
    }
  });

  test('a new SSRC takes the place of the one before, as often as a gateway likes', async () => {
    const { peer: from, id } = await joined();
    const { peer: to, id: sink } = await joined();
    await harness.invoke(id, 'connect', { sink });
    for (let i = 1; i <= 40; i++) {
      audio(from, i, 0, 0xfff00000 + i);
      await waitFor('the packet', () => to.rtp.length === i);
    }
    const first = to.rtp[0]!;
    assert.ok(
      to.rtp.every(
        ({ ssrc, sequence }, i) => ssrc === first.ssrc && sequence === ((first.sequence + i) & 0xffff),
      ),
    );
    from.sendRtcp((writer) => writer.bye(0xfff00028 | 0));
    await waitFor('the end of the flow', () =>
      harness.eventsOf(id, 'MediaFlowOutStateChanged').find(({ state }) => state === 'NOT_FLOWING'),
    );
    assert.equal(harness.host.context!.transports.failures, 0);
  });

  test('telephone events pass between the media, in its sequence', async () => {
    const formats = { formats: '0 101', lines: ['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15'] };
    const other = { formats: '0 97', lines: ['a=rtpmap:97 telephone-event/8000'] };
    const { peer: from, id, answer } = await joined(formats);
    assert.match(answer, /a=fmtp:101 0-15/);
    const { peer: to, id: sink } = await joined(other);
    const { peer: deaf, id: deafSink } = await joined();
    await harness.invoke(id, 'connect', { sink });
    await harness.invoke(id, 'connect', { sink: deafSink });
    audio(from, 1);
    audio(from, 2, 101);
    audio(from, 3, 101);
    audio(from, 4);
    await waitFor('all four', () => to.rtp.length === 4);
    const first = to.rtp[0]!;
    assert.deepEqual(
      to.rtp.map((packet) => [
        packet.payloadType,
        (packet.sequence - first.sequence) & 0xffff,
        (packet.timestamp - first.timestamp) >>> 0,
      ]),
      [
        [0, 0, 0],
        [97, 1, 160],
        [97, 2, 320],
        [0, 3, 480],
      ],
    );
    await waitFor('the media', () => deaf.rtp.length === 2);
    assert.ok(deaf.rtp.every(({ payloadType }) => payloadType === 0));
    assert.equal((deaf.rtp[1]!.sequence - deaf.rtp[0]!.sequence) & 0xffff, 1, 'nothing looks lost');
    assert.equal(harness.eventsOf(id, 'Error').length + harness.eventsOf(sink, 'Error').length, 0);
  });

  test('telephone events go between a browser and a phone whose events have another clock', async () => {
    const opus = ['a=rtpmap:96 opus/48000/2', 'a=rtpmap:101 telephone-event/8000'];
    const { peer: phone, id } = await joined({ formats: '96 101', lines: opus });
    const { peer: browser, endpoint: web } = await call(harness, pipeline, { video: false });
    harness.peers.push(browser);
    const events = 'a=rtpmap:110 telephone-event/48000\r\na=rtpmap:126 telephone-event/8000\r\n';
    const offer = offerOf(browser, { video: false }).replace('SAVPF 111 0', 'SAVPF 111 0 110 126') + events;
    const answer = await harness.invoke<string>(web, 'processOffer', { offer });
    assert.match(answer, /a=rtpmap:110 telephone-event\/48000\r\n/);
    assert.doesNotMatch(answer, /a=rtpmap:126/, 'not in a clock that the audio has not');
    await harness.invoke(web, 'connect', { sink: id });
    await harness.invoke(id, 'connect', { sink: web });

    const send = (payloadType: number, sequence: number, timestamp: number, payload: number[]): void =>
      browser.sendRtp({
        payloadType,
        marker: false,
        sequence,
        timestamp,
        ssrc: 1111,
        payload: Buffer.from(payload),
      });
    send(111, 1, 960, [1]);
    // Digit 5, volume 10: 20 ms, then 100 ms and the end.
    send(110, 2, 1920, [5, 10, 960 >> 8, 960 & 0xff]);
    send(110, 3, 1920, [5, 0x8a, 4800 >> 8, 4800 & 0xff]);
    send(111, 4, 9600, [2]);
    await waitFor('audio and event', () => phone.rtp.length === 4);
    const first = phone.rtp[0]!;
    assert.deepEqual(
      phone.rtp.map(({ payloadType, sequence, timestamp, payload }) => [
        payloadType,
        (sequence - first.sequence) & 0xffff,
        (timestamp - first.timestamp) >>> 0,
        [...payload],
      ]),
      [
        [96, 0, 0, [1]],
        [101, 1, 960, [5, 10, 0, 160]],
        [101, 2, 960, [5, 0x8a, 800 >> 8, 800 & 0xff]],
        [96, 3, 8640, [2]],
      ],
    );

    phone.sendRtp({
      payloadType: 96,
      marker: false,
      sequence: 1,
      timestamp: 0,
      ssrc: 7,
      payload: Buffer.of(1),
    });
    const digit = Buffer.of(1, 10, 0, 160);
    phone.sendRtp({ payloadType: 101, marker: true, sequence: 2, timestamp: 960, ssrc: 7, payload: digit });
    await waitFor('the digit', () => browser.rtp.length === 2);
    assert.equal(browser.rtp[1]!.payloadType, 110);
    assert.deepEqual([...browser.rtp[1]!.payload], [1, 10, 960 >> 8, 960 & 0xff]);
  });

  test('telephone events under an SSRC of their own take their turn between the media', async () => {
    const { peer: from, id } = await joined({
      formats: '0 101',
      lines: ['a=rtpmap:101 telephone-event/8000'],
    });
    const { peer: to, id: sink } = await joined({
      formats: '0 97',
      lines: ['a=rtpmap:97 telephone-event/8000'],
    });
    await harness.invoke(id, 'connect', { sink });
    const event = (sequence: number, timestamp: number): void =>
      from.sendRtp({
        payloadType: 101,
        marker: false,
        sequence,
        timestamp,
        ssrc: 900,
        payload: Buffer.alloc(4, sequence),
      });
    audio(from, 1);
    audio(from, 2);
    await waitFor('the media', () => to.rtp.length === 2);
    event(60_000, 70_000);
    event(60_001, 70_000);
    audio(from, 3);
    event(60_002, 70_000);
    audio(from, 4);
    event(60_003, 71_000);
    await waitFor('all of it', () => to.rtp.length === 8);
    const first = to.rtp[0]!;
    const packets = to.rtp.toSorted((a, b) => ((a.sequence - b.sequence) << 16) >> 16);
    assert.deepEqual(
      packets.map(({ payloadType, payload }) => [payloadType, payload[0]]),
      [
        [0, 1],
        [0, 2],
        [97, 60_000 & 255],
        [97, 60_001 & 255],
        [0, 3],
        [97, 60_002 & 255],
        [0, 4],
        [97, 60_003 & 255],
      ],
    );
    assert.ok(
      packets.every(
        ({ ssrc, sequence }, i) => ssrc === first.ssrc && sequence === ((first.sequence + i) & 0xffff),
      ),
    );
    const times = packets.map(({ timestamp }) => (timestamp - first.timestamp) | 0);
    assert.deepEqual([times[3], times[5]], [times[2], times[2]], 'packets of one event');
    assert.ok(times[2]! >= times[1]! && times[7]! > times[2]!, `${times}`);
    assert.deepEqual(
      [0, 1, 4, 6].map((i) => times[i]),
      [0, 160, 320, 480],
      'the media',
    );
  });

  test('ports come from the range, are released with the endpoint, and their lack is an error', async () => {
    const worker = await WorkerHarness.start({ rtpPortMin: 30001, rtpPortMax: 30005 });
    try {
      const top = await worker.create('MediaPipeline', null);
      const peer = await open();
      const process = async (count: number): Promise<{ id: string; ports: number[] }> => {
        const id = await worker.create('RtpEndpoint', top);
        const offer = describeLines(new Array<OfferedLine>(count).fill({ peer }));
        const { media } = parseSessionDescription(await worker.invoke<string>(id, 'processOffer', { offer }));
        return { id, ports: media.map(({ port }) => port).sort() };
      };
      const { id, ports } = await process(2);
      assert.deepEqual(ports, [30002, 30004]);
      await assert.rejects(process(1), { code: 40211 });
      await worker.release(id);
      await assert.rejects(process(3), { code: 40211 });
      const again = await process(1);
      const more = await process(1);
      assert.deepEqual(
        [...again.ports, ...more.ports].sort(),
        [30002, 30004],
        'nothing was kept of the failure',
      );
      const offer = describeLines([{ peer, port: 0 }]);
      await worker.invoke(more.id, 'processOffer', { offer });
      assert.deepEqual((await process(1)).ports, more.ports, 'a line that ends gives its ports back');
    } finally {
      await worker.close();
    }
  });

  test('IPv6', { skip: skipWithoutIPv6 }, async () => {
    const worker = await WorkerHarness.start({ interfaces: ['127.0.0.1', '::1'] });
    try {
      const top = await worker.create('MediaPipeline', null);
      const ends: { peer: RtpPeer; id: string }[] = [];
      for (const params of [{ useIpv6: true }, {}]) {
        const peer = await open('::1');
        const id = await worker.create('RtpEndpoint', top, params);
        const offer = describeLines([{ peer }], 'RTP/AVP', '::1');
        const answer = await worker.invoke<string>(id, 'processOffer', { offer });
        assert.match(answer, /c=IN IP6 ::1/);
        peer.accept(answer, 0);
        ends.push({ peer, id });
      }
      await worker.invoke(ends[0]!.id, 'connect', { sink: ends[1]!.id });
      audio(ends[0]!.peer, 1);
      await waitFor('audio', () => ends[1]!.peer.rtp.length === 1);
      const offering = await worker.create('RtpEndpoint', top, { useIpv6: true });
      assert.match(await worker.invoke<string>(offering, 'generateOffer'), /c=IN IP6 ::1/);
    } finally {
      await worker.close();
    }
  });
});
