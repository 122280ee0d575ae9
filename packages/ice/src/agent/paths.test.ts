import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidatePriority, type IceCandidate, TCP_TYPE_PREFERENCE } from '../candidate.js';
import { shortTermKey } from '../stun/checksum.js';
import { Network } from '../testing/network.js';
import { runFor, runUntil, TestPeer } from '../testing/peer.js';
import { B, bothAre, pairOf } from '../testing/scenario.js';
import { writeCheck } from './binding.js';

const LISTENER = 70;
const CONNECTION = { address: '203.0.113.9', port: 40_123 };

const passive: IceCandidate = {
  foundation: '7',
  component: 1,
  protocol: 'tcp',
  priority: candidatePriority('host', 65535, 1, TCP_TYPE_PREFERENCE.host),
  address: '192.0.2.1',
  port: 5000,
  type: 'host',
  tcpType: 'passive',
};

/** A check that a peer would send over a connection it has opened. */
function checkFor(peer: TestPeer, useCandidate = false): Uint8Array {
  return writeCheck({
    id: Uint8Array.from({ length: 12 }, () => Math.floor(peer.network.random() * 256)),
    username: Buffer.from(`${peer.agent.localUfrag}:remotefrag`),
    key: shortTermKey(peer.pwd),
    priority: 1_845_501_695,
    controlling: true,
    tieBreaker: 1n,
    useCandidate,
  });
}

test('a connection to the passive TCP candidate becomes a pair that is checked and selected', () => {
  const network = new Network(1);
  const peer = new TestPeer(network, 'alice', [], { role: 'controlled' });
  peer.agent.addLocalCandidate(passive, { socket: LISTENER });
  const remote = { ...passive, tcpType: 'active' as const, address: CONNECTION.address, port: 9 };
  peer.agent.setRemoteCredentials('remotefrag', 'r'.repeat(22));
  assert.equal(peer.agent.addRemoteCandidate(remote), false);
  peer.agent.start(network.now);
  assert.equal(peer.agent.takeTransmits().length, 0);

  const { address, port } = CONNECTION;
  peer.agent.handleStun(network.now, checkFor(peer, true), LISTENER, address, port);
  const [answer, check] = peer.agent.takeTransmits();
  assert.deepEqual({ ...answer, data: 0 }, { socket: LISTENER, address, port, data: 0 });
  assert.deepEqual({ ...check, data: 0 }, { socket: LISTENER, address, port, data: 0 });
  assert.deepEqual(peer.agent.takeEvents().at(-1), { type: 'validated', socket: LISTENER, address, port });
});

test('UDP and TCP candidates are never paired with each other', () => {
  const network = new Network(2);
  const peer = new TestPeer(network, 'alice', [{ address: '192.0.2.1', port: 5000 }], {
    role: 'controlling',
  });
  peer.agent.addLocalCandidate(passive, { socket: LISTENER });
  peer.agent.setRemoteCredentials('remotefrag', 'r'.repeat(22));
  peer.agent.addRemoteCandidate({ ...passive, protocol: 'udp', address: B.address, port: B.port });
  peer.agent.start(network.now);
  assert.deepEqual(
    peer.agent.takeTransmits().map(({ socket }) => socket),
    [0],
  );
  assert.equal(peer.agent.sizes.pairs, 1);
});

test('the pair of a TCP connection is told as what it is', () => {
  const network = new Network(3);
  const alice = new TestPeer(network, 'alice', [], { role: 'controlled' });
  // The other side is an agent with the far end of the connection as its only socket.
  const bob = new TestPeer(network, 'bob', [], { role: 'controlling' });
  alice.agent.addLocalCandidate(passive, { socket: LISTENER });
  bob.agent.addLocalCandidate(
    { ...passive, tcpType: 'active', address: CONNECTION.address, port: CONNECTION.port },
    { socket: 1 },
  );
  alice.agent.setRemoteCredentials(bob.agent.localUfrag, bob.pwd);
  bob.agent.setRemoteCredentials(alice.agent.localUfrag, alice.pwd);
  // What opens a connection: a first check.
  alice.agent.start(0);
  bob.agent.start(0);
  const first = writeCheck({
    id: new Uint8Array(12).fill(9),
    username: Buffer.from(`${alice.agent.localUfrag}:${bob.agent.localUfrag}`),
    key: shortTermKey(alice.pwd),
    priority: 1_845_501_695,
    controlling: true,
    tieBreaker: 2n ** 63n,
    useCandidate: false,
  });
  alice.agent.handleStun(0, first, LISTENER, CONNECTION.address, CONNECTION.port);
  for (let now = 0; now < 2000; now += 10) {
    for (const { data } of alice.agent.takeTransmits())
      bob.agent.handleStun(now, data, 1, passive.address, passive.port);
    for (const { data } of bob.agent.takeTransmits())
      alice.agent.handleStun(now, data, LISTENER, CONNECTION.address, CONNECTION.port);
    for (const { agent } of [alice, bob]) if (agent.nextTimeout() <= now) agent.handleTimeout(now);
  }
  assert.equal(alice.agent.state, 'completed');
  assert.equal(bob.agent.state, 'completed');
  const pair = alice.agent.selectedPair!;
  assert.deepEqual({ ...pair.local }, passive);
  assert.equal(pair.remote.protocol, 'tcp');
  assert.equal(pair.remote.tcpType, 'active');
  assert.equal(pair.remote.port, CONNECTION.port);
});

test('when the path in use is closed another one is taken at once', () => {
  const network = new Network(4);
  const { a, b, peers } = pairOf(network);
  const second = { address: '192.0.2.2', port: 5001 };
  a.sockets.push(second);
  network.listen(second, (now, { from, data }) => {
    a.agent.handleStun(now, data, 1, from.address, from.port);
    a.flush();
  });
  a.agent.addLocalCandidate(
    { ...a.candidates[0]!, ...second, priority: candidatePriority('host', 100) },
    { socket: 1 },
  );
  a.signal(b);
  b.signal(a, [
    ...a.candidates,
    { ...a.candidates[0]!, ...second, priority: candidatePriority('host', 100) },
  ]);
  a.start();
  b.start();
  runUntil(peers, bothAre(peers, 'completed'));
  assert.equal(a.agent.selectedPair?.socket, 0);

  const closed = network.now;
  network.block = ({ from, to }) => from.port === 5000 || to.port === 5000;
  a.agent.pathClosed(network.now, 0, B.address, B.port);
  b.agent.pathClosed(network.now, 0, a.sockets[0]!.address, a.sockets[0]!.port);
  a.flush();
  assert.equal(a.agent.state, 'disconnected');
  assert.ok(!a.agent.isValidated(0, B.address, B.port));
  runUntil(peers, () => a.agent.selectedPair?.socket === 1 && b.agent.selectedPair?.port === 5001);
  assert.ok(network.now - closed < 1000, `${network.now - closed}`);
  runUntil(peers, bothAre(peers, 'completed'), 10_000);
});

test('a socket that is removed takes its pairs with it', () => {
  const network = new Network(5);
  const { a, b, peers } = pairOf(network);
  a.signal(b);
  b.signal(a);
  a.start();
  b.start();
  runUntil(peers, bothAre(peers, 'completed'));
  a.agent.removeLocalBase(network.now, 0);
  a.flush();
  assert.equal(a.agent.state, 'disconnected');
  a.agent.addRemoteCandidate({ ...b.candidates[0]!, port: 6001 });
  runFor(peers, 60_000);
  assert.equal(a.agent.state, 'failed');
  assert.deepEqual(a.agent.sizes.validated, 0);
});

test('a path that belongs to somebody else is neither checked nor answered, until it is free', () => {
  const network = new Network(6);
  let taken = true;
  const asked: unknown[] = [];
  const a = new TestPeer(network, 'alice', [{ address: '192.0.2.1', port: 5000 }], {
    role: 'controlling',
    mayUse: (path) => {
      asked.push(path);
      return !taken;
    },
  });
  const b = new TestPeer(network, 'bob', [B], { role: 'controlled' });
  const peers = [a, b];
  a.signal(b);
  b.signal(a);
  a.start();
  b.start();
  runFor(peers, 1000);
  assert.ok(network.log.every(({ datagram }) => datagram.from.address === B.address));
  assert.equal(a.agent.sizes.validated, 0);
  const refused = a.events.filter(({ event }) => event.type === 'refused');
  assert.ok(refused.length > 1);
  assert.deepEqual(refused[0]!.event, { type: 'refused', socket: 0, ...B });
  assert.deepEqual(asked[0], { socket: 0, ...B });

  taken = false;
  runUntil(peers, bothAre(peers, 'completed'));
  const before = asked.length;
  assert.ok(a.agent.isAlive(network.now, 0, B.address, B.port));
  runFor(peers, 30_000);
  assert.equal(asked.length, before, 'what is ours is not asked for again');
  network.block = () => true;
  runFor(peers, 8000);
  assert.ok(!a.agent.isAlive(network.now, 0, B.address, B.port));
});
