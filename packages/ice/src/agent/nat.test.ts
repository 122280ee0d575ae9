import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network, SimpleNat } from '../testing/network.js';
import { hostCandidate, runFor, runUntil, TestPeer } from '../testing/peer.js';
import { A, bothAre, connect } from '../testing/scenario.js';

const inside = { address: '10.0.0.2', port: 7000 };
const outside = '203.0.113.9';

test('a peer behind a symmetric NAT is found by its checks, whoever controls', () => {
  for (const roles of [
    ['controlling', 'controlled'],
    ['controlled', 'controlling'],
  ] as const) {
    const network = new Network(1);
    network.addNat(
      [inside.address],
      outside,
      new SimpleNat(outside, 'address-dependent', 'address-dependent'),
    );
    const server = new TestPeer(network, 'server', [A], { role: roles[0] });
    const client = new TestPeer(network, 'client', [inside], { role: roles[1] });
    // It learnt another outside port from its STUN server.
    const reflexive = { ...hostCandidate({ address: outside, port: 39_000 }), type: 'srflx' as const };
    client.candidates.push(reflexive);
    connect(server, client);
    assert.equal(server.selections[0]!.remote.type, 'prflx');
    assert.equal(server.selections[0]!.address, outside);
    assert.notEqual(server.selections[0]!.port, 39_000);
    const { local } = client.selections[0]!;
    assert.equal(local.type, 'prflx', 'it learns how it is seen');
    assert.deepEqual([local.address, local.relatedAddress], [outside, inside.address]);
  }
});

test('two peers behind cone NATs punch through with their reflexive candidates', () => {
  const network = new Network(2);
  const nats = ['203.0.113.1', '203.0.113.2'].map((address, i) => {
    const nat = new SimpleNat(address, 'endpoint-independent', 'address-dependent');
    network.addNat([`10.0.${i}.2`], address, nat);
    return nat;
  });
  const peers = nats.map((nat, i) => {
    const socket = { address: `10.0.${i}.2`, port: 7000 };
    const peer = new TestPeer(network, `peer${i}`, [socket], { role: i ? 'controlled' : 'controlling' });
    const seen = nat.outgoing(socket, { address: '192.0.2.99', port: 3478 });
    const reflexive = { ...hostCandidate(seen), type: 'srflx' as const, priority: 1694498815 };
    peer.candidates.push(reflexive);
    peer.agent.addLocalCandidate(reflexive, { socket: 0 });
    return peer;
  });
  connect(peers[0]!, peers[1]!);
  for (const peer of peers) {
    assert.equal(peer.selections[0]!.remote.type, 'srflx');
    assert.equal(peer.selections[0]!.local.type, 'srflx', 'the known reflexive candidate, not a new one');
  }
});

test('an announced external address counts as ours', () => {
  const network = new Network(3);
  network.addNat(
    [inside.address],
    outside,
    new SimpleNat(outside, 'endpoint-independent', 'endpoint-independent'),
  );
  const server = new TestPeer(network, 'server', [inside], { role: 'controlled' });
  const announced = hostCandidate({ address: outside, port: 40_000 });
  server.agent.addLocalCandidate(announced, { socket: 0 });
  server.candidates.splice(0, 1, announced);
  const client = new TestPeer(network, 'client', [A], { role: 'controlling' });
  connect(server, client);
  assert.deepEqual(server.selections[0]!.local, announced);
  assert.equal(client.selections[0]!.address, outside);
});

test('only one side can reach the other', () => {
  for (const roles of [
    ['controlling', 'controlled'],
    ['controlled', 'controlling'],
  ] as const) {
    const network = new Network(4);
    const a = new TestPeer(network, 'alice', [A], { role: roles[0] });
    const b = new TestPeer(network, 'bob', [inside], { role: roles[1] });
    // A firewall at b lets in only what b has written to before.
    let opened = false;
    network.block = ({ from, to }) => {
      if (from.address === inside.address) opened = true;
      return to.address === inside.address && !opened;
    };
    a.signal(b);
    b.signal(a);
    a.start();
    runFor([a, b], 2000);
    assert.equal(a.agent.state, 'checking');
    b.start();
    const begin = network.now;
    runUntil([a, b], bothAre([a, b], 'completed'));
    assert.ok(network.now - begin <= 50, 'the triggered check does not wait for the retransmission timer');
  }
});

test('the NAT of the peer gives it another port: found again, by check, as controlled and as controlling', () => {
  for (const roles of [
    ['controlling', 'controlled'],
    ['controlled', 'controlling'],
  ] as const) {
    const network = new Network(5);
    const nat = new SimpleNat(outside, 'address-dependent', 'address-dependent');
    network.addNat([inside.address], outside, nat);
    const server = new TestPeer(network, 'server', [A], { role: roles[0] });
    const client = new TestPeer(network, 'client', [inside], { role: roles[1] });
    connect(server, client);
    const before = server.agent.selectedPair!.port;
    nat.reset();
    runUntil([server, client], () => server.agent.selectedPair?.port !== before, 60_000);
    runUntil([server, client], bothAre([server, client], 'completed'));
    runFor([server, client], 60_000);
    assert.ok(!server.agent.isValidated(0, outside, before), 'the old address is forgotten');
    assert.ok(bothAre([server, client], 'completed')());
  }
});
