import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, afterEach, before, describe, test } from 'node:test';
import { Coturn, TURN_CERTIFICATE } from '../test-support/coturn.js';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const skipWithoutIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)
  ? false
  : 'this machine has no IPv6';

/** Nobody answers there (RFC 5737). */
const NOWHERE = '198.51.100.9';

describe('STUN and TURN with coturn', () => {
  let coturn: Coturn;
  let harness: WorkerHarness;
  let pipeline: string;
  const peers: TestPeer[] = [];

  before(async () => {
    coturn = await Coturn.start();
  });
  after(() => coturn?.stop());
  afterEach(async () => {
    await harness?.close();
    for (const peer of peers.splice(0)) await peer.close();
  });

  async function start(media: Parameters<typeof WorkerHarness.start>[0] = {}): Promise<void> {
    harness = await WorkerHarness.start({ turnCaFile: TURN_CERTIFICATE, ...media });
    pipeline = await harness.create('MediaPipeline', null);
  }

  /** Calls a fresh endpoint that sends everything back; the peer is only told of candidates of one type. */
  async function callOver(
    type: 'srflx' | 'relay',
    set: Record<string, unknown>,
    hears: (port: number) => boolean = () => true,
    address = '127.0.0.1',
  ): Promise<{ peer: TestPeer; endpoint: string; lines: string[] }> {
    const peer = await TestPeer.open({ hears, address });
    peers.push(peer);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    for (const [name, value] of Object.entries(set)) {
      await harness.invoke(endpoint, `set${name[0]!.toUpperCase()}${name.slice(1)}`, { [name]: value });
    }
    await harness.invoke(endpoint, 'connect', { sink: endpoint });
    const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer: offerOf(peer) });
    peer.accept(answer, answer.includes('a=setup:active') ? 'server' : 'client');
    await harness.invoke(endpoint, 'gatherCandidates');
    const lines = await gathered(endpoint);
    for (const line of lines) if (line.includes(` typ ${type} `)) peer.addCandidate(line);
    return { peer, endpoint, lines };
  }

  async function gathered(endpoint: string): Promise<string[]> {
    await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0, 20_000);
    const found = harness.eventsOf(endpoint, 'IceCandidateFound');
    return [...new Set(found.map(({ candidate }) => (candidate as { candidate: string }).candidate))];
  }

  async function selectedPair(endpoint: string) {
    type Pair = { localCandidate: string; remoteCandidate: string };
    return (await harness.invoke<Pair[]>(endpoint, 'getICECandidatePairs'))[0];
  }

  /** Sends video and sees it come back. */
  async function expectEcho(peer: TestPeer): Promise<void> {
    await waitFor('the call to be secured', () => peer.secured);
    let sequence = 100;
    await waitFor('video to come back', () => {
      const payload = vp8Payload(true, 900, sequence & 255);
      peer.sendRtp({
        payloadType: 96,
        marker: true,
        sequence: sequence++,
        timestamp: sequence * 3000,
        ssrc: 2222,
        payload,
      });
      return peer.rtp.filter(({ payload: { length } }) => length === 900).length >= 20;
    });
  }

  test('server-reflexive: the address that a STUN server sees is announced and connects', async () => {
    await start();
    const { peer, endpoint, lines } = await callOver('srflx', {
      externalIPv4: NOWHERE,
      stunServerAddress: 'localhost',
      stunServerPort: coturn.port,
    });
    assert.ok(lines.some((line) => line.includes(` ${NOWHERE} `) && line.includes(' typ host')));
    const reflexive = lines.filter((line) => line.includes(' typ srflx '));
    assert.equal(reflexive.length, 1, lines.join('\n'));
    assert.match(
      reflexive[0]!,
      new RegExp(` UDP \\d+ 127\\.0\\.0\\.1 \\d+ typ srflx raddr ${NOWHERE} rport \\d+$`),
    );
    await expectEcho(peer);
    // The check may be over before the answer of the STUN server tells what that address is.
    assert.match((await selectedPair(endpoint))!.localCandidate, / typ (srflx|prflx) raddr 198/);
  });

  for (const transport of ['udp', 'tcp', 'tls'] as const) {
    test(`relayed over ${transport}: a call that can only go through the relay`, async () => {
      await start();
      const { peer, endpoint, lines } = await callOver('relay', { turnUrl: coturn.url(transport) }, (port) =>
        coturn.isRelayPort(port),
      );
      const relayed = lines.filter((line) => line.includes(' typ relay '));
      assert.equal(relayed.length, 1, lines.join('\n'));
      assert.equal(lines.indexOf(relayed[0]!), lines.length - 1, 'the slowest comes last');
      await expectEcho(peer);
      assert.match((await selectedPair(endpoint))!.localCandidate, / typ relay /);
      assert.ok(coturn.isRelayPort(peer.remote!.port));
      await waitFor('a channel', () => /CHANNEL_BIND processed, success/.test(coturn.log));

      const closed = () => coturn.log.match(/closed \(2nd stage\)|delete: realm/g)?.length ?? 0;
      const before = closed();
      await harness.release(endpoint);
      await waitFor('the allocation to be given back', () => closed() > before, 20_000);
      assert.equal(harness.host.context!.transports.failures, 0);
    });
  }

  test('relayed IPv6 beside IPv4, asked for with family=both', { skip: skipWithoutIPv6 }, async () => {
    const dual = await Coturn.start(['--relay-ip=::1']);
    try {
      await start();
      const turnUrl = `${dual.url('udp')}&family=both`;
      const relayed = (port: number): boolean => dual.isRelayPort(port);
      const { peer, endpoint, lines } = await callOver('relay', { turnUrl }, relayed, '::1');
      const addresses = lines
        .filter((line) => line.includes(' typ relay '))
        .map((line) => line.split(' ')[4]);
      assert.deepEqual(addresses.toSorted(), ['127.0.0.1', '::1']);
      await expectEcho(peer);
      assert.match((await selectedPair(endpoint))!.localCandidate, / ::1 \d+ typ relay /);
    } finally {
      await dual.stop();
    }
  });

  test('IPv6 of a server that has none costs the candidate and nothing else', async () => {
    await start();
    const { lines } = await callOver('relay', { turnUrl: `${coturn.url('udp')}&family=both` });
    const relayed = lines.filter((line) => line.includes(' typ relay '));
    assert.deepEqual(
      relayed.map((line) => line.split(' ')[4]),
      ['127.0.0.1'],
    );
  });

  test('two endpoints that both can only be reached by their relays', async () => {
    await start({ externalIPv4: NOWHERE, turnUrl: coturn.url('udp'), iceTcp: false });
    const caller = await harness.create('WebRtcEndpoint', pipeline);
    const callee = await harness.create('WebRtcEndpoint', pipeline);
    const offer = await harness.invoke<string>(caller, 'generateOffer');
    const answer = await harness.invoke<string>(callee, 'processOffer', { offer });
    await harness.invoke(caller, 'processAnswer', { answer });
    for (const endpoint of [caller, callee]) await harness.invoke(endpoint, 'gatherCandidates');
    for (const [from, to] of [
      [caller, callee],
      [callee, caller],
    ] as const) {
      for (const candidate of (await gathered(from)).filter((line) => line.includes(' typ relay ')))
        await harness.invoke(to, 'addIceCandidate', {
          candidate: { candidate, sdpMid: '', sdpMLineIndex: 0 },
        });
    }
    for (const endpoint of [caller, callee]) {
      await waitFor('DTLS', () =>
        harness.eventsOf(endpoint, 'DtlsConnectionStateChange').some(({ state }) => state === 'CONNECTED'),
      );
      const pair = (await selectedPair(endpoint))!;
      assert.ok([pair.localCandidate, pair.remoteCandidate].some((line) => / typ relay /.test(line)));
    }
  });

  test('what is wrong with a server costs its candidates and nothing else', async () => {
    await start();
    const babbler = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('220 this is no TURN server\r\n');
    }).listen(0, '127.0.0.1');
    await once(babbler, 'listening');
    const babble = `user:secret@127.0.0.1:${(babbler.address() as AddressInfo).port}`;
    for (const set of [
      { turnUrl: coturn.url('udp').replace('secret', 'wrong') },
      { turnUrl: `${babble}?transport=tcp` },
      { turnUrl: `${babble}?transport=tls` },
      { turnUrl: 'nonsense' },
      { turnUrl: 'user:secret@127.0.0.1:1?transport=tcp' },
      { turnUrl: 'user:secret@does-not-exist.invalid:3478' },
      { stunServerAddress: 'does-not-exist.invalid' },
      { stunServerAddress: '127.0.0.1', stunServerPort: 1 },
    ]) {
      const { lines } = await callOver('relay', set);
      assert.ok(lines.length > 0);
      assert.ok(
        lines.every((line) => line.includes(' typ host')),
        JSON.stringify(set),
      );
    }
    babbler.close();
  });

  test('a server that goes away takes the relayed address with it, and the endpoint says so', async () => {
    await start();
    const another = await Coturn.start();
    try {
      const { peer, endpoint } = await callOver('relay', { turnUrl: another.url('tcp') }, (port) =>
        another.isRelayPort(port),
      );
      await expectEcho(peer);
      await another.stop();
      await waitFor('DISCONNECTED', () =>
        harness.eventsOf(endpoint, 'IceComponentStateChanged').some(({ state }) => state === 'DISCONNECTED'),
      );
      assert.equal(harness.host.context!.transports.failures, 0);
      await harness.release(endpoint);
    } finally {
      await another.stop();
    }
  });

  test('a certificate of an unknown authority is not trusted', async () => {
    await start({ turnCaFile: '' });
    const { lines } = await callOver('relay', { turnUrl: coturn.url('tls') });
    assert.ok(lines.every((line) => line.includes(' typ host')));
  });
});
