import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { frameDatagram, StunAttribute, StunClass, StunWriter, shortTermKey } from '@rivero/ice';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { TcpTunnel } from '../test-support/tcp-tunnel.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';
import { TCP_LIMITS } from '../transport/tcp-listener.js';

describe('ICE-TCP', () => {
  let harness: WorkerHarness;
  let pipeline: string;
  let peer: TestPeer | undefined;
  let tunnel: TcpTunnel | undefined;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    harness = await WorkerHarness.start();
    pipeline = await harness.create('MediaPipeline', null);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    tunnel?.close();
    await peer?.close();
    tunnel = undefined;
    peer = undefined;
    await harness.close();
  });

  const listener = () => harness.host.context!.transports.tcpListeners[0]!;

  /** A connection of somebody, and whether the worker has closed it. */
  async function stranger(): Promise<{ socket: Socket; closed: () => boolean }> {
    const socket = connect(listener().port, listener().local.address);
    sockets.push(socket);
    let closed = false;
    socket.on('error', () => {});
    socket.on('close', () => {
      closed = true;
    });
    socket.resume();
    await once(socket, 'connect');
    return { socket, closed: () => closed };
  }

  /** A check for an endpoint, with the right username and a wrong password. */
  function forgedCheck(ufrag: string): Uint8Array {
    return new StunWriter()
      .start(StunClass.Request, crypto.getRandomValues(new Uint8Array(12)))
      .text(StunAttribute.Username, `${ufrag}:else`)
      .uint32(StunAttribute.Priority, 1)
      .uint64(StunAttribute.IceControlling, 1n)
      .integrity(shortTermKey('not the password of anybody'))
      .fingerprint()
      .finish();
  }

  async function endpointUfrag(): Promise<string> {
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    const offer = await harness.invoke<string>(endpoint, 'generateOffer');
    await harness.invoke(endpoint, 'gatherCandidates');
    await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0);
    return /a=ice-ufrag:(\S+)/.exec(offer)![1]!;
  }

  /** A call whose peer gets through by TCP only; the endpoint sends back what comes. */
  async function callOverTcp(): Promise<{ peer: TestPeer; tunnel: TcpTunnel; endpoint: string }> {
    const opened = await TcpTunnel.open(listener().local.address, listener().port);
    tunnel = opened;
    const caller = await TestPeer.open({ hears: (port) => port === opened.port });
    peer = caller;
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(endpoint, 'connect', { sink: endpoint });
    const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer: offerOf(caller) });
    await harness.invoke(endpoint, 'gatherCandidates');
    await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0);
    caller.accept(answer, answer.includes('a=setup:active') ? 'server' : 'client');
    caller.addCandidate(opened.candidate);
    await waitFor('the call to be secured', () => caller.secured);
    return { peer: caller, tunnel: opened, endpoint };
  }

  let sequence = 1;
  function send(count: number, size = 1000): void {
    for (let i = 0; i < count; i++) {
      const timestamp = sequence * 3000;
      const payload = vp8Payload(true, size, 1);
      peer!.sendRtp({ payloadType: 96, marker: true, sequence: sequence++, timestamp, ssrc: 2222, payload });
    }
  }
  beforeEach(() => {
    sequence = 1;
  });

  const states = (endpoint: string) =>
    harness.eventsOf(endpoint, 'IceComponentStateChanged').map(({ state }) => state);

  test('a call over TCP; releasing the endpoint closes the connection', async () => {
    const call = await callOverTcp();
    await waitFor('video to come back', () => {
      send(1);
      return call.peer.rtp.length >= 20;
    });
    const [pair] = await harness.invoke<{ localCandidate: string }[]>(call.endpoint, 'getICECandidatePairs');
    assert.match(pair!.localCandidate, / TCP .* tcptype passive$/);
    assert.equal(listener().connections, 1);
    await harness.release(call.endpoint);
    await waitFor('the connection to be closed', () => call.tunnel.closed === 1);
    await waitFor('the connection to be forgotten', () => listener().connections === 0);
  });

  test('a connection that breaks is noticed at once, and replaced by the next one of the peer', async () => {
    const call = await callOverTcp();
    await waitFor('READY', () => states(call.endpoint).includes('READY'));
    const remotes = () =>
      harness
        .eventsOf(call.endpoint, 'NewCandidatePairSelected')
        .map(({ candidatePair }) => (candidatePair as { remoteCandidate: string }).remoteCandidate);
    const [former] = remotes();
    await call.tunnel.reconnect();
    await waitFor('DISCONNECTED', () => states(call.endpoint).includes('DISCONNECTED'), 2000);
    await waitFor('READY again', () => states(call.endpoint).filter((state) => state === 'READY').length > 1);
    assert.equal(remotes().length, 2, 'the pair that is used from now on is told of');
    assert.notEqual(remotes()[1], former, 'it is another one');
    const [pair] = await harness.invoke<{ remoteCandidate: string }[]>(call.endpoint, 'getICECandidatePairs');
    assert.equal(pair!.remoteCandidate, remotes()[1]);
    const before = call.peer.rtp.length;
    await waitFor('video to come back', () => {
      send(1);
      return call.peer.rtp.length >= before + 20;
    });
  });

  test('to a peer that does not read media is dropped, nothing grows, and it goes on when it reads', async () => {
    const call = await callOverTcp();
    await waitFor('video to come back', () => {
      send(1);
      return call.peer.rtp.length >= 20;
    });
    call.tunnel.tcp.pause();
    await waitFor(
      'media to be dropped',
      () => {
        send(50, 1100);
        return listener().dropped > 500;
      },
      30_000,
    );
    assert.equal(call.tunnel.closed, 0);
    call.tunnel.tcp.resume();
    const last = sequence;
    await waitFor('new packets to come back', () => {
      send(1);
      return call.peer.rtp.some((packet) => packet.timestamp >= last * 3000);
    });
    assert.equal(harness.host.context!.transports.failures, 0);
  });

  test('who asks for an endpoint that does not exist, or speaks something else, is turned away', async () => {
    const wrong = [
      frameDatagram(forgedCheck('nobody')),
      frameDatagram(Uint8Array.of(22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1)),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Uint8Array.of(0xff, 0xff, 0),
    ];
    for (const bytes of wrong) {
      const { socket, closed } = await stranger();
      socket.write(bytes);
      await waitFor('the connection to be closed', closed, 3000);
    }
  });

  test('who cannot prove that he belongs to the call is turned away after a few attempts', async () => {
    const ufrag = await endpointUfrag();
    const { socket, closed } = await stranger();
    socket.write(frameDatagram(forgedCheck(ufrag)));
    const second = await stranger();
    second.socket.write(Buffer.concat(Array.from({ length: 9 }, () => frameDatagram(forgedCheck(ufrag)))));
    await waitFor('the connection to be closed', second.closed, 3000);
    assert.equal(closed(), false);
    await waitFor('the deadline of the first', closed, 12_000);
  });

  test('one address can have only so many connections without a call, and a call still gets through others', async () => {
    const limit = TCP_LIMITS.unprovenPerAddress;
    const open = await Promise.all(Array.from({ length: limit }, stranger));
    await waitFor('the connections', () => listener().connections === limit);
    const tooMany = await stranger();
    await waitFor('the connection to be closed', tooMany.closed, 3000);
    assert.equal(listener().refused, 1);
    for (const { socket } of open.slice(0, 2)) socket.destroy();
    await waitFor('two to be forgotten', () => listener().connections === limit - 2);
    await callOverTcp();
  });

  test('without iceTcp nobody listens', async () => {
    await harness.close();
    harness = await WorkerHarness.start({ iceTcp: false });
    assert.equal(harness.host.context!.transports.tcpListeners.length, 0);
    await assert.rejects(once(connect(harness.host.context!.transports.port, '127.0.0.1'), 'connect'));
  });
});
