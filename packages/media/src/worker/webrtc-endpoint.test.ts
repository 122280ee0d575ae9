import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EngineError, PacketEngine } from '@rivero/packet-engine';
import { AUDIO_CODECS, createAnswer, parseSessionDescription, VIDEO_CODECS } from '@rivero/sdp';
import { call } from '../test-support/call.js';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

/** An offer with the video codecs named, in this order. */
function offerWithCodecs(peer: TestPeer, names: readonly string[], direction = 'sendrecv'): string {
  const lines = names.map(
    (name, i) => `a=rtpmap:${100 + i} ${name}/90000\r\na=rtcp-fb:${100 + i} nack pli\r\n`,
  );
  return [
    'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE v\r\n',
    `m=video 9 UDP/TLS/RTP/SAVPF ${names.map((_, i) => 100 + i).join(' ')}\r\nc=IN IP4 0.0.0.0\r\n`,
    `a=mid:v\r\na=${direction}\r\n${lines.join('')}`,
    peer.transportLines('actpass'),
  ].join('');
}

function videoCodecs(description: string): string[] {
  const video = parseSessionDescription(description).media.find(({ kind }) => kind === 'video')!;
  return video.payloads.map(({ name }) => name);
}

describe('WebRtcEndpoint', () => {
  const harness = sharedWorker({ interfaces: ['lo'] });
  let pipeline: string;

  async function endpoint(): Promise<string> {
    pipeline ??= '';
    pipeline = await harness.create('MediaPipeline', null);
    return harness.create('WebRtcEndpoint', pipeline);
  }

  async function open(...args: Parameters<typeof TestPeer.open>): Promise<TestPeer> {
    const peer = await TestPeer.open(...args);
    harness.peers.push(peer);
    return peer;
  }

  async function candidatesOf(id: string): Promise<string[]> {
    await harness.invoke(id, 'gatherCandidates');
    await waitFor('gathering', () => harness.eventsOf(id, 'IceGatheringDone').length > 0);
    const found = harness.eventsOf(id, 'IceCandidateFound').map(({ candidate }) => candidate) as {
      candidate: string;
    }[];
    return [...new Set(found.map(({ candidate }) => candidate))];
  }

  test('the end of the candidates is told and taken', async () => {
    const id = await endpoint();
    const offer = await harness.invoke<string>(id, 'generateOffer');
    assert.doesNotMatch(offer, /end-of-candidates/);
    const candidates = await candidatesOf(id);
    const local = await harness.invoke<string>(id, 'getLocalSessionDescriptor');
    // RFC 8840 section 8.2: at the end of each m-line, once there are no more.
    for (const { candidates: lines, endOfCandidates } of parseSessionDescription(local).media) {
      assert.deepEqual(lines, candidates);
      assert.equal(endOfCandidates, true);
    }
    for (const candidate of ['', 'a=end-of-candidates', 'end-of-candidates']) {
      const given = { candidate, sdpMid: '', sdpMLineIndex: 0 };
      assert.equal(await harness.invoke(id, 'addIceCandidate', { candidate: given }), null);
    }
  });

  test('it offers, a peer answers as DTLS client and ICE-controlled, media flows', async () => {
    const id = await endpoint();
    await harness.invoke(id, 'connect', { sink: id });
    const offer = await harness.invoke<string>(id, 'generateOffer');
    const peer = await open({}, false);
    const fingerprints = [{ algorithm: 'sha-256', value: peer.certificate.fingerprint('sha-256') }];
    const source = { ssrc: 4242, cname: 'peer' };
    const answer = createAnswer(parseSessionDescription(offer), {
      session: { sessionId: '1' },
      transport: { iceUfrag: peer.ufrag, icePwd: peer.pwd, fingerprints },
      audio: { codecs: AUDIO_CODECS, sources: [{ ...source, ssrc: 4243 }] },
      video: { codecs: VIDEO_CODECS, sources: [source] },
    });
    const local = await harness.invoke<string>(id, 'processAnswer', { answer: answer.text });
    assert.equal(local, await harness.invoke(id, 'getLocalSessionDescriptor'));
    peer.accept(offer, 'client');
    for (const candidate of await candidatesOf(id)) peer.addCandidate(candidate);
    await waitFor('the call to be secured', () => peer.secured);
    const vp8 = answer.session.media
      .find(({ kind }) => kind === 'video')!
      .codecs.find(({ name }) => name === 'VP8')!;
    peer.sendRtp({
      payloadType: vp8.payloadType,
      marker: true,
      sequence: 1,
      timestamp: 1,
      ssrc: 4242,
      payload: vp8Payload(true),
    });
    await waitFor('media', () => peer.rtp.length === 1);
    await assert.rejects(harness.invoke(id, 'processAnswer', { answer: answer.text }), { code: 40210 });
  });

  test('a call over IPv6', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline, {}, { address: '::1' });
    harness.peers.push(made.peer);
    assert.equal(made.peer.remote?.address, '::1');
    const [pair] = await harness.invoke<{ localCandidate: string }[]>(made.endpoint, 'getICECandidatePairs');
    assert.match(pair!.localCandidate, / ::1 \d+ typ host/);
  });

  test('the same port serves all endpoints, on every address', async () => {
    const first = await endpoint();
    const second = await harness.create('WebRtcEndpoint', pipeline);
    for (const id of [first, second]) {
      await harness.invoke(id, 'processOffer', { offer: offerOf(await open()) });
    }
    const ports = new Set<string>();
    for (const id of [first, second]) {
      for (const line of await candidatesOf(id)) ports.add(line.split(' ')[5]!);
    }
    assert.equal(ports.size, 1);
  });

  test('external addresses are announced in place of the own ones; networkInterfaces limits them', async () => {
    const id = await endpoint();
    await harness.invoke(id, 'setExternalIPv4', { externalIPv4: '198.51.100.9' });
    await harness.invoke(id, 'processOffer', { offer: offerOf(await open()) });
    const lines = await candidatesOf(id);
    assert.ok(lines.some((line) => line.includes(' 198.51.100.9 ')));
    assert.ok(lines.some((line) => line.includes(' ::1 ')));
    assert.ok(!lines.some((line) => line.includes(' 127.0.0.1 ')));
    const description = await harness.invoke<string>(id, 'getLocalSessionDescriptor');
    assert.match(description, /c=IN IP4 198\.51\.100\.9/);

    const limited = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(limited, 'setNetworkInterfaces', { networkInterfaces: '127.0.0.1' });
    await harness.invoke(limited, 'processOffer', { offer: offerOf(await open()) });
    const limitedLines = await candidatesOf(limited);
    assert.deepEqual([...new Set(limitedLines.map((line) => line.split(' ')[4]))], ['127.0.0.1']);
  });

  test('TCP candidates are passive, behind UDP in priority, and left out without iceTcp', async () => {
    const id = await endpoint();
    await harness.invoke(id, 'processOffer', { offer: offerOf(await open()) });
    const lines = await candidatesOf(id);
    const tcp = lines.filter((line) => / TCP /.test(line));
    assert.equal(tcp.length, lines.length / 2);
    const priority = (line: string) => Number(line.split(' ')[3]);
    for (const line of tcp) {
      assert.match(line, / typ host tcptype passive$/);
      assert.ok(lines.every((other) => / TCP /.test(other) || priority(other) > priority(line)));
    }
    const without = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(without, 'setIceTcp', { iceTcp: false });
    await harness.invoke(without, 'processOffer', { offer: offerOf(await open()) });
    assert.ok((await candidatesOf(without)).every((line) => / UDP /.test(line)));
  });

  test('a viewer is answered with the codec of its source first', async () => {
    const presenter = await endpoint();
    await harness.invoke(presenter, 'processOffer', { offer: offerWithCodecs(await open(), ['VP9', 'VP8']) });
    const viewer = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(presenter, 'connect', { sink: viewer });
    const answer = await harness.invoke<string>(viewer, 'processOffer', {
      offer: offerWithCodecs(await open(), ['VP8', 'VP9', 'AV1'], 'recvonly'),
    });
    assert.deepEqual(videoCodecs(answer), ['VP9', 'VP8', 'AV1']);
  });

  test('a presenter is answered with a codec first that all its viewers accept', async () => {
    const presenter = await endpoint();
    for (const codecs of [
      ['AV1', 'VP8'],
      ['VP9', 'VP8'],
    ]) {
      const viewer = await harness.create('WebRtcEndpoint', pipeline);
      await harness.invoke(presenter, 'connect', { sink: viewer });
      await harness.invoke(viewer, 'processOffer', {
        offer: offerWithCodecs(await open(), codecs, 'recvonly'),
      });
    }
    const answer = await harness.invoke<string>(presenter, 'processOffer', {
      offer: offerWithCodecs(await open(), ['AV1', 'VP9', 'VP8']),
    });
    assert.equal(videoCodecs(answer)[0], 'VP8');
  });

  test('where transcoding is forbidden a source in a codec that the viewer did not accept is refused, with both names', async () => {
    const presenter = await endpoint();
    await harness.invoke(pipeline, 'setTranscoding', { transcoding: false });
    const viewer = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(presenter, 'processOffer', { offer: offerWithCodecs(await open(), ['VP9']) });
    await harness.invoke(viewer, 'processOffer', {
      offer: offerWithCodecs(await open(), ['VP8'], 'recvonly'),
    });
    await assert.rejects(harness.invoke(presenter, 'connect', { sink: viewer }), {
      code: 40004,
      message: /VP9.*VP8/,
    });
    assert.deepEqual(await harness.invoke(viewer, 'getSourceConnections'), []);
  });

  test('a source whose codec can not be made into one that the viewer accepts is an Error event, not silence', async () => {
    const presenter = await endpoint();
    await harness.invoke(pipeline, 'setTranscoding', { transcoding: false });
    const viewer = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(presenter, 'connect', { sink: viewer });
    await harness.invoke(presenter, 'processOffer', { offer: offerWithCodecs(await open(), ['VP9']) });
    await harness.invoke(viewer, 'processOffer', {
      offer: offerWithCodecs(await open(), ['VP8'], 'recvonly'),
    });
    await waitFor('the event', () => harness.eventsOf(viewer, 'Error').length > 0);
    const [error] = harness.eventsOf(viewer, 'Error');
    assert.equal(error!.errorCode, 40004);
    assert.match(String(error!.description), /VP9.*VP8/);
  });

  test('one hundred endpoints come and go without leaving sessions, consumers or objects behind', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    for (let i = 0; i < 100; i++) {
      const id = await harness.create('WebRtcEndpoint', pipeline);
      await harness.invoke(id, 'connect', { sink: id });
      const peer = await open();
      await harness.invoke(id, 'processOffer', { offer: offerOf(peer) });
      await harness.invoke(id, 'gatherCandidates');
      await harness.release(id);
      await harness.peers.pop()!.close();
    }
    assert.equal((await harness.status()).objects, 1);
    const { engine } = harness.host.context!.transports;
    // As many fit in as into a fresh engine: nothing is held.
    const fill = (add: () => number, remove: (index: number) => void): number => {
      const taken: number[] = [];
      try {
        for (;;) taken.push(add());
      } catch (error) {
        assert.ok(error instanceof EngineError && error.code.endsWith('_LIMIT'));
      }
      for (const index of taken) remove(index);
      return taken.length;
    };
    const fresh = new PacketEngine({ onBatch: () => {} });
    for (const kind of ['Session', 'Consumer'] as const) {
      const count = (e: PacketEngine): number =>
        fill(
          () => e[`add${kind}`](),
          (index) => e[`remove${kind}`](index),
        );
      assert.equal(count(engine), count(fresh));
    }
    fresh.close();
  });
});
