import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFor } from '../testing/forge.js';
import { Network } from '../testing/network.js';
import { runFor, runUntil, TestPeer } from '../testing/peer.js';
import { A, B, bothAre, connect, pairOf } from '../testing/scenario.js';

const pwd = (name: string) => `${name}-restarted-password-0123`;

function restart(peer: TestPeer, name: string): string {
  peer.agent.restart(peer.network.now, `${name}new`, pwd(name));
  peer.flush();
  return pwd(name);
}

test('the old pair stays in use and its address valid until the new one is selected', () => {
  const network = new Network(1);
  const { a, b, peers } = pairOf(network);
  connect(a, b);
  runFor(peers, 3000);
  restart(a, 'alice');
  assert.equal(a.agent.state, 'checking');
  assert.equal(a.agent.localUfrag, 'alicenew');
  assert.equal(a.agent.remoteUfrag, undefined);
  // The answer takes longer than a consent interval: old credentials serve both ways meanwhile.
  const received = a.agent.counters.requestsReceived;
  const answers = a.agent.counters.responsesReceived;
  runFor(peers, 35_000);
  assert.ok(a.agent.counters.requestsReceived >= received + 5);
  assert.ok(a.agent.counters.responsesReceived >= answers + 5);
  assert.equal(a.agent.selectedPair!.address, B.address);
  assert.equal(a.validated.size, 1);
  assert.equal(b.agent.state, 'completed');
  restart(b, 'bob');
  a.signal(b, b.candidates, pwd('bob'));
  b.signal(a, a.candidates, pwd('alice'));
  runUntil(peers, bothAre(peers, 'completed'));
  assert.deepEqual(a.states, ['checking', 'connected', 'completed', 'checking', 'connected', 'completed']);
  assert.equal(a.selections.length, 2);
  assert.ok(!a.events.some(({ event }) => event.type === 'invalidated'), 'the address was valid throughout');
  assert.deepEqual([...a.validated], [...new Set([`0|${B.address}|${B.port}`])]);
  const { wrongUfrag } = a.agent.counters;
  runFor(peers, 60_000);
  assert.ok(bothAre(peers, 'completed')());
  assert.equal(a.agent.counters.wrongUfrag, wrongUfrag);
});

test('a restart moves the call to another path without a gap', () => {
  const network = new Network(2);
  const a = new TestPeer(network, 'alice', [A], { role: 'controlled' });
  const b = new TestPeer(network, 'bob', [B, { address: '198.51.100.2', port: 6000 }], {
    role: 'controlling',
  });
  connect(a, b);
  assert.equal(a.agent.selectedPair!.address, B.address);
  restart(a, 'alice');
  restart(b, 'bob');
  network.block = ({ from, to }) => {
    // The first address works for the old credentials only until the new pair is there: it is going away.
    return (from.address === B.address || to.address === B.address) && a.agent.state === 'completed';
  };
  a.signal(b, [b.candidates[1]!], pwd('bob'));
  b.signal(a, a.candidates, pwd('alice'));
  runUntil([a, b], bothAre([a, b], 'completed'));
  runFor([a, b], 40_000);
  runUntil([a, b], () => a.agent.selectedPair?.address === '198.51.100.2' && a.agent.state === 'completed');
  assert.ok(!a.validated.has(`0|${B.address}|${B.port}`));
});

test('restarting again before the first one is through, and before anything was connected', () => {
  const network = new Network(3);
  const { a, b, peers } = pairOf(network);
  a.agent.restart(network.now, 'alicefrag2', a.pwd);
  assert.equal(a.agent.state, 'new');
  connect(a, b);
  restart(a, 'x1');
  restart(a, 'x2');
  const bobs = restart(b, 'bob');
  assert.ok(a.agent.selectedPair, 'still the pair of the first generation');
  a.signal(b, b.candidates, bobs);
  b.signal(a, a.candidates, pwd('x2'));
  runUntil(peers, bothAre(peers, 'completed'));
});

test('checks with the new credentials that come before the answer are answered and used later', () => {
  const network = new Network(4);
  const { a, b, peers } = pairOf(network);
  connect(a, b);
  restart(a, 'alice');
  restart(b, 'bob');
  b.signal(a, a.candidates, pwd('alice'));
  runFor(peers, 100);
  assert.equal(a.agent.sizes.early, 1);
  assert.equal(b.agent.counters.wrongUfrag + a.agent.counters.wrongUfrag, 0);
  a.agent.setRemoteCredentials('bobnew', pwd('bob'));
  const begin = network.now;
  runUntil(peers, bothAre(peers, 'completed'));
  assert.ok(network.now - begin <= 60);
});

test('requests for the old credentials are answered, and tell nothing about the new generation', () => {
  const network = new Network(6);
  const { a, b, peers } = pairOf(network);
  connect(a, b);
  const old = checkFor(a, b, { controlling: false, useCandidate: true });
  restart(a, 'alice');
  const { responsesSent } = a.agent.counters;
  a.agent.handleStun(network.now, old, 0, '198.51.100.7', 7);
  assert.equal(a.agent.counters.responsesSent, responsesSent + 1);
  assert.equal(a.agent.sizes.early, 0);
  a.agent.setRemoteCredentials('bobnew', pwd('bob'));
  a.agent.handleStun(network.now, old, 0, '198.51.100.8', 8);
  assert.equal(a.agent.sizes.pairs, 0);
  runFor(peers, 100);
  assert.ok(!network.log.some(({ datagram }) => datagram.to.port === 7 && datagram.data[0] === 0));
});

test('a restart that is never answered fails when the old pair is gone too', () => {
  const network = new Network(5);
  const { a, b, peers } = pairOf(network);
  connect(a, b);
  restart(a, 'alice');
  runFor(peers, 100_000);
  assert.equal(a.agent.state, 'checking');
  b.agent.close();
  runUntil(peers, () => a.agent.state === 'failed', 40_000);
  assert.equal(a.validated.size, 0);
});
