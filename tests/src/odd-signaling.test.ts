import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { offerOf, vp8Payload } from '../../packages/media/dist/test-support/session-descriptions.js';
import { TestPeer } from '../../packages/media/dist/test-support/test-peer.js';
import { type Candidate, iceCandidate, type KurentoClient, kurento7, openClient } from './support/kurento.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const REST = '1 udp 2130706431 192.0.2.1 5 typ host';

/** What clients, and programs that write their candidates themselves, really send. */
const ODD = [
  'candidate:1 1 udp 2130706431 fe80::1%eth0 5000 typ host',
  'candidate:1 1 udp 2130706431 [2001:db8::1] 5000 typ host',
  'candidate:1 1 udp 2130706431 8a5f1d0a-98b5-4e3a-8f5a-0d3c7c6b2b1e.local 5000 typ host',
  'candidate:1 1 ssltcp 2130706431 192.0.2.1 443 typ host',
  'candidate:1 1 TCP 1518280447 192.0.2.1 9 typ host tcptype active',
  'candidate:1 1 TCP 1518280447 192.0.2.1 0 typ host',
  'candidate:1 2 UDP 2130706430 192.0.2.1 5001 TYP HOST',
  'candidate:1 1 udp 2130706431 192.0.2.1 0 typ host',
  'candidate:1 1 udp 2130706431 0.0.0.0 5 typ host',
  'candidate:1 1 udp 2130706431 255.255.255.255 5 typ host',
  'candidate:1 1 udp 2130706431 192.0.2.1 70000 typ host',
  'candidate:1 1 udp 99999999999 192.0.2.1 5 typ host',
  'candidate:1 1 udp 2130706431 192.0.2.1 5 typ guest',
  'candidate:1 7 udp 2130706431 192.0.2.1 5 typ host',
  `candidate:1 ${REST} generation 0 ufrag none network-id 1 network-cost 10 x-own`,
  `a=candidate:1 ${REST}\r\n`,
  `1 ${REST}`,
  `candidate:1 ${REST} ${'x '.repeat(2000)}`,
  'candidate:',
  'candidate',
  'hello',
  '\0',
  'null',
  'a\r\na=ice-pwd:evil',
  'a=end-of-candidates',
  '',
];

type WithCallback = {
  addIceCandidate(candidate: unknown, callback: (error: { code: number } | null) => void): unknown;
};

describe("what clients signal that is odd, by Kurento's client", () => {
  let server: TestServer;
  let client: KurentoClient;

  before(async () => {
    server = await TestServer.start({ args: ['--media.loopback', 'always', '--log.level', 'debug'] });
    client = await openClient(server.uri);
  });
  after(async () => {
    client.close();
    await server.stop();
  });

  test('no candidate is an error, but for an m-line that is not there, and none disturbs the call', async () => {
    const pipeline = await client.create('MediaPipeline');
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    // Without a callback the client prints errors only.
    const add = (candidate: string, sdpMid: string, sdpMLineIndex: number) =>
      new Promise<number | undefined>((resolve) => {
        const value = iceCandidate(kurento7, { candidate, sdpMid, sdpMLineIndex });
        void (endpoint as WithCallback).addIceCandidate(value, (error) => resolve(error?.code));
      });
    const taken = async (...args: Parameters<typeof add>) =>
      assert.equal(await add(...args), undefined, JSON.stringify(args).slice(0, 200));
    const peer = await TestPeer.open();
    try {
      for (const candidate of ODD) await taken(candidate, 'nowhere', 77);
      const found: string[] = [];
      endpoint.on('IceCandidateFound', ({ candidate }) => found.push((candidate as Candidate).candidate));
      // The way to the peer comes by a candidate alone.
      const offer = offerOf(peer);
      const own = /^a=(candidate:.*)\r\n/m.exec(offer)![1]!;
      const answer = await endpoint.processOffer(offer.replaceAll(/^a=candidate:.*\r\n/gm, ''));
      peer.accept(answer, answer.includes('a=setup:active') ? 'server' : 'client');
      for (const candidate of ODD) {
        await taken(candidate, 'v', 1);
        await taken(candidate, '', 0);
        await taken(candidate, 'v', 77);
        await taken(candidate, 'nowhere', 0);
        assert.equal(await add(candidate, 'nowhere', 77), 40401);
        assert.equal(await add(candidate, '', -1), 40401);
      }
      await taken(own.replace('candidate:', ''), 'nowhere', 1);
      await endpoint.gatherCandidates();
      await waitFor('candidates', () => found.length > 0);
      for (const candidate of found) peer.addCandidate(candidate);
      await waitFor('the call', () => peer.secured);
      for (const candidate of ODD) await taken(candidate, 'v', 1);
      await mediaGoesRound(peer);
    } finally {
      await pipeline.release();
      await peer.close();
    }
  });

  test('an offer with everything that is wrong now and then: what is wrong costs its line or its m-line, and the log says so', async () => {
    const pipeline = await client.create('MediaPipeline');
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    const peer = await TestPeer.open();
    try {
      const password = 'colons:and:"quotes"-and_{braces}';
      peer.restartIce('a:b:c', password);
      const found: string[] = [];
      endpoint.on('IceCandidateFound', ({ candidate }) => found.push((candidate as Candidate).candidate));
      const [head, audio, video] = offerOf(peer).split(/^(?=m=)/m);
      const offer = [
        head!.replaceAll(/^[ost]=.*\r\n/gm, '').replace('BUNDLE a v', 'BUNDLE broken a v'),
        `m=audio 99999 UDP/TLS/RTP/SAVPF 111\r\na=mid:broken\r\n${peer.transportLines('actpass')}`,
        `${audio}a=rtpmap:300 x/1\r\na=candidate:1 1 ssltcp 1 192.0.2.1 443 typ host\r\n`,
        `${video}a=x:\u0001\r\nno line at all\r\n`,
        'm=\r\n\0\0',
      ];
      const answer = await endpoint.processOffer(offer.join('').replaceAll('\r\n', '\n'));
      assert.deepEqual(
        [...answer.matchAll(/^m=(\S+) (\d+)/gm)].map(([, type, port]) => [type, port !== '0']),
        [
          ['audio', false],
          ['audio', true],
          ['video', true],
          ['unknown', false],
        ],
      );
      peer.accept(answer, answer.includes('a=setup:active') ? 'server' : 'client');
      await endpoint.gatherCandidates();
      await waitFor('candidates', () => found.length > 0);
      for (const candidate of found) peer.addCandidate(candidate);
      await waitFor('the call', () => peer.secured);
      await mediaGoesRound(peer);
      await waitFor('the log', () => server.output.includes('passed over'));
      for (const said of [
        '0: its port is out of range',
        '3: its m-line is malformed',
        'm-lines refused',
        'no o= line',
        'm-line 1: a=rtpmap, malformed, out of range or repeated',
        'm-line 2: a line with control characters',
        'session: a line without a type',
        'of a transport that is neither UDP nor TCP',
        'candidates of a description passed over',
      ]) {
        assert.ok(server.output.includes(said), said);
      }
      assert.ok(!server.output.includes('and_{braces}'), 'no credentials');
    } finally {
      await pipeline.release();
      await peer.close();
    }
  });
});

async function mediaGoesRound(peer: TestPeer): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const payload = vp8Payload(i === 0, 100, i);
    peer.sendRtp({ payloadType: 96, marker: true, sequence: i, timestamp: i * 3000, ssrc: 77, payload });
  }
  await waitFor('the packets to come back', () => peer.rtp.length >= 5);
}
