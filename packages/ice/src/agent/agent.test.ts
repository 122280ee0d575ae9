import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../testing/network.js';
import { runFor, runUntil, TestPeer } from '../testing/peer.js';
import type { IceRole } from './types.js';

const A = { address: '192.0.2.1', port: 5000 };
const B = { address: '198.51.100.1', port: 6000 };

function pairOf(network: Network, roleA: IceRole = 'controlling', roleB: IceRole = 'controlled') {
  const a = new TestPeer(network, 'alice', [A], { role: roleA });
  const b = new TestPeer(network, 'bob', [B], { role: roleB });
  return { a, b, peers: [a, b] };
}

test('two agents connect within three round trips and say so in order', () => {
  const network = new Network(1, { delay: 5 });
  const { a, b, peers } = pairOf(network);
  a.signal(b);
  b.signal(a);
  a.start();
  b.start();
  const begin = network.now;
  runUntil(peers, () => peers.every(({ agent }) => agent.state === 'completed'));
  assert.ok(network.now - begin <= 30);
  for (const peer of peers) {
    assert.deepEqual(
      peer.events.map(({ event }) => (event.type === 'state' ? event.state : event.type)),
      ['checking', 'validated', 'selectedPair', 'connected', 'completed'],
    );
  }
  assert.equal(a.selections[0]!.address, B.address);
  assert.equal(b.selections[0]!.port, A.port);
  assert.equal(a.selections[0]!.local.type, 'host');
});

test('an idle connection costs one request in 4 to 6 seconds and stays', () => {
  const network = new Network(2);
  const { a, b, peers } = pairOf(network);
  a.signal(b);
  b.signal(a);
  a.start();
  b.start();
  runUntil(peers, () => peers.every(({ agent }) => agent.state === 'completed'));
  const before = a.agent.counters.requestsSent;
  runFor(peers, 600_000);
  const sent = a.agent.counters.requestsSent - before;
  assert.ok(sent >= 100 && sent <= 150, `${sent}`);
  assert.deepEqual(a.states, ['checking', 'connected', 'completed']);
});
