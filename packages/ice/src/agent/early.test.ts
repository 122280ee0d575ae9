import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../testing/network.js';
import { runFor, runUntil, TestPeer } from '../testing/peer.js';
import { A, bothAre, pairOf } from '../testing/scenario.js';

test('checks before our side knows the peer are answered at once, and checked when it does', () => {
  for (const started of [true, false]) {
    const network = new Network(1, { delay: 5 });
    const { a, b, peers } = pairOf(network);
    if (started) a.start();
    b.signal(a);
    b.start();
    runFor(peers, 300);
    assert.equal(b.agent.counters.responsesReceived, 1);
    assert.equal(a.validated.size, 1, 'DTLS may come from there already');
    assert.equal(a.agent.counters.requestsSent, 0);
    assert.equal(a.agent.state, 'new');
    a.agent.setRemoteCredentials(b.agent.localUfrag, b.pwd);
    const begin = network.now;
    a.start();
    runUntil(peers, bothAre(peers, 'completed'));
    assert.ok(network.now - begin <= 50);
    assert.equal(a.selections[0]!.remote.type, 'prflx');
  }
});

test('an early nomination counts', () => {
  const network = new Network(2);
  const { a, b, peers } = pairOf(network, 'controlled', 'controlling');
  b.signal(a);
  b.start();
  runFor(peers, 1000);
  assert.equal(b.agent.state, 'completed');
  a.start();
  a.agent.setRemoteCredentials(b.agent.localUfrag, b.pwd);
  runUntil(peers, bothAre(peers, 'completed'), 100);
});

test('early requests of others than the peer that is named later are forgotten; their number is bounded', () => {
  const network = new Network(3);
  const a = new TestPeer(network, 'alice', [A], { role: 'controlled' });
  const others = Array.from({ length: 20 }, (_, i) => {
    const other = new TestPeer(network, `other${i}`, [{ address: '198.51.100.1', port: 7000 + i }], {
      role: 'controlling',
    });
    other.signal(a);
    other.start();
    return other;
  });
  runFor([a, ...others], 100);
  assert.equal(a.agent.sizes.early, 16);
  assert.equal(a.agent.counters.limited, 4 * 2, 'a check and a nomination each of four');
  a.start();
  a.agent.setRemoteCredentials('otherXfrag', 'x'.repeat(22));
  runFor([a, ...others], 100);
  assert.equal(a.agent.sizes.pairs, 0);
});
