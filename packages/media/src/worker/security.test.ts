import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { call, startCall, type TestCall } from '../test-support/call.js';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const MAX_SSRCS = 8;

describe('hostile peers', () => {
  const harness = sharedWorker({ maxSsrcsPerEndpoint: MAX_SSRCS, maxSdpBytes: 20_000 });
  let pipeline: string;

  async function loopback(): Promise<TestCall> {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline);
    harness.peers.push(made.peer);
    await harness.invoke(made.endpoint, 'connect', { sink: made.endpoint });
    return made;
  }

  let sequence = 0;
  function sendKeyFrame({ peer }: TestCall, ssrc = 2222): void {
    sequence++;
    peer.sendRtp({
      payloadType: 96,
      marker: true,
      sequence,
      timestamp: sequence * 3000,
      ssrc,
      payload: vp8Payload(true),
    });
  }

  /** A key frame goes round: the call is alive and nothing is held up. */
  async function stillWorks(made: TestCall): Promise<void> {
    const before = made.peer.rtp.length;
    sendKeyFrame(made);
    await waitFor('media to go on', () => made.peer.rtp.length > before);
  }

  test('a certificate that is not the one of the description: no keys, no media, FAILED', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const fingerprint = Array(32).fill('AB').join(':');
    const made = await startCall(harness, pipeline, {}, { fingerprint });
    harness.peers.push(made.peer);
    await waitFor('DTLS FAILED', () =>
      harness.eventsOf(made.endpoint, 'DtlsConnectionStateChange').some(({ state }) => state === 'FAILED'),
    );
    const states = harness.eventsOf(made.endpoint, 'DtlsConnectionStateChange').map(({ state }) => state);
    assert.ok(!states.includes('CONNECTED'));
    assert.equal(await harness.invoke(made.endpoint, 'getConnectionState'), 'DISCONNECTED');
    assert.equal(harness.eventsOf(made.endpoint, 'MediaFlowOutStateChanged').length, 0);
  });

  test('a fingerprint by a broken hash function proves nothing', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const peer = await TestPeer.open();
    harness.peers.push(peer);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    const sha1 = `a=fingerprint:sha-1 ${peer.certificate.fingerprint('sha-1')}`;
    const offer = offerOf(peer).replaceAll(/a=fingerprint:.*/g, sha1);
    const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer });
    const ports = [...answer.matchAll(/^m=\S+ (\d+)/gm)].map(([, port]) => port);
    assert.ok(ports.length > 0);
    assert.ok(
      ports.every((port) => port === '0'),
      answer,
    );
  });

  test('media, DTLS and STUN from an address that ICE did not validate change nothing', async () => {
    const made = await loopback();
    await stillWorks(made);
    const stranger = createSocket('udp4');
    stranger.bind(0, '127.0.0.1');
    await once(stranger, 'listening');
    const answers: Buffer[] = [];
    stranger.on('message', (data) => answers.push(data));
    const { address, port } = made.peer.remote!;
    // What the peer itself sends next, copied by somebody on the path to another address.
    const copies: Buffer[] = [];
    const send = made.peer.socket.send.bind(made.peer.socket);
    made.peer.sendRaw = (data: Uint8Array): void => {
      copies.push(Buffer.from(data));
    };
    sendKeyFrame(made);
    delete (made.peer as Partial<TestPeer>).sendRaw;
    const clientHello = Buffer.concat([
      Buffer.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50]),
      Buffer.alloc(50),
    ]);
    const alert = Buffer.from([21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40]);
    const binding = Buffer.from('000100002112a442000000000000000000000000', 'hex');
    for (const data of [copies[0]!, clientHello, alert, binding, Buffer.alloc(0), Buffer.from([1])]) {
      stranger.send(data, port, address);
    }
    await stillWorks(made);
    const forwarded = made.peer.rtp.length;
    assert.equal(answers.length, 0, 'a stranger gets no answer');
    // The genuine packet was not used up by its copy from elsewhere.
    send(copies[0]!, port, address);
    await waitFor('the genuine packet', () => made.peer.rtp.length === forwarded + 1);
    stranger.close();
  });

  test('garbage from the validated address itself is counted and dropped', async () => {
    const made = await loopback();
    await stillWorks(made);
    let seed = 1;
    for (let i = 0; i < 3000; i++) {
      const data = Buffer.alloc(i % 200);
      for (let j = 0; j < data.length; j++) {
        seed = (Math.imul(seed, 1103515245) + 12345) | 0;
        data[j] = seed >>> 16;
      }
      // All kinds: STUN, DTLS, RTP, RTCP and what is none of them.
      if (data.length > 1) data[0] = [0, 1, 20, 23, 64, 128, 144, 191, 200, 255][i % 10]!;
      made.peer.sendRaw(data);
    }
    await stillWorks(made);
  });

  test('a packet that was changed, or sent again, is not forwarded', async () => {
    const made = await loopback();
    await stillWorks(made);
    const datagrams: Uint8Array[] = [];
    const sendRaw = made.peer.sendRaw.bind(made.peer);
    made.peer.sendRaw = (data: Uint8Array): void => {
      datagrams.push(Uint8Array.from(data));
      sendRaw(data);
    };
    await stillWorks(made);
    delete (made.peer as Partial<TestPeer>).sendRaw;
    const count = made.peer.rtp.length;
    const genuine = datagrams.find((data) => data[0]! >= 128 && (data[1]! & 0x7f) === 96)!;
    made.peer.sendRaw(genuine);
    for (const index of [1, 3, 8, 14, genuine.length - 1]) {
      const forged = Uint8Array.from(genuine);
      forged[index]! ^= 1;
      // Another sequence number, so that it is the authentication that fails and not the replay check.
      forged[2]! ^= 1;
      made.peer.sendRaw(forged);
    }
    await stillWorks(made);
    assert.equal(made.peer.rtp.length, count + 1);
  });

  test('two thousand SSRCs: only so many get a place, and the call goes on', async () => {
    const made = await loopback();
    await stillWorks(made);
    for (let i = 0; i < 2000; i++) sendKeyFrame(made, 100_000 + i);
    await stillWorks(made);
    const stats = await harness.invoke<Record<string, unknown>>(made.endpoint, 'getStats');
    assert.ok(Object.keys(stats).length <= MAX_SSRCS + 2, `${Object.keys(stats).length} streams`);
  });

  test('a description that is too large or no description is refused and leaves the endpoint usable', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const peer = await TestPeer.open();
    harness.peers.push(peer);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    const offer = offerOf(peer);
    for (const bad of [`${offer}${'a=x\r\n'.repeat(10_000)}`, 'nonsense', 'v=0\r\nm=']) {
      await assert.rejects(harness.invoke(endpoint, 'processOffer', { offer: bad }), { code: 40201 });
    }
    assert.match(await harness.invoke<string>(endpoint, 'processOffer', { offer }), /^v=0/);
  });

  test('a weak protection profile is used when it is the only one in common', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline, {}, { srtpProfiles: ['AES128_CM_HMAC_SHA1_80'] });
    harness.peers.push(made.peer);
    await harness.invoke(made.endpoint, 'connect', { sink: made.endpoint });
    await stillWorks(made);
  });

  test('remote candidates before, without and after a description; names and nonsense are tolerated', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    const add = (candidate: string, sdpMid = 'v', sdpMLineIndex = 1) =>
      harness.invoke(endpoint, 'addIceCandidate', { candidate: { candidate, sdpMid, sdpMLineIndex } });
    await add('candidate:1 1 udp 2122260223 01234567-89ab-cdef-0123-456789abcdef.local 50000 typ host');
    for (let i = 0; i < 300; i++) await add(`candidate:${i} 1 udp ${i + 1} 192.0.2.1 ${i + 1} typ host`);
    const peer = await TestPeer.open();
    harness.peers.push(peer);
    await harness.invoke(endpoint, 'processOffer', { offer: offerOf(peer) });
    for (const odd of [
      '',
      'candidate:',
      'candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active',
      'a\r\nb=c',
    ]) {
      assert.equal(await add(odd), null);
    }
    await assert.rejects(add('candidate:1 1 udp 1 192.0.2.1 5 typ host', 'zz', 9), { code: 40401 });
    const remote = await harness.invoke<string>(endpoint, 'getRemoteSessionDescriptor');
    assert.ok(!remote.includes('\nb=c'));
  });
});
