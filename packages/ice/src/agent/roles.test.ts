import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../testing/network.js';
import { runFor, TestPeer } from '../testing/peer.js';
import { A, B, bothAre, connect } from '../testing/scenario.js';

test('both claim the same role: the larger tie-breaker controls, and the call connects', () => {
  for (const role of ['controlling', 'controlled'] as const) {
    for (const [tieA, tieB] of [
      [1n, 2n],
      [2n ** 64n - 1n, 5n],
      [7n, 7n],
    ] as const) {
      for (let seed = 0; seed < 4; seed++) {
        const network = new Network(seed, { jitter: 20, loss: seed / 20 });
        const a = new TestPeer(network, 'alice', [A], { role, tieBreaker: tieA });
        const b = new TestPeer(network, 'bob', [B], { role, tieBreaker: tieB });
        connect(a, b);
        assert.notEqual(a.agent.role, b.agent.role);
        if (tieA !== tieB) assert.equal(a.agent.role === 'controlling', tieA > tieB);
        assert.ok(a.agent.counters.roleConflicts + b.agent.counters.roleConflicts > 0);
        runFor([a, b], 30_000);
        assert.ok(bothAre([a, b], 'completed')());
      }
    }
  }
});

test('a conflict over several candidates settles too', () => {
  for (let seed = 0; seed < 10; seed++) {
    const network = new Network(seed, { delay: 20, jitter: 30 });
    const sockets = (last: number) => [1, 2, 3].map((net) => ({ address: `10.${net}.0.${last}`, port: 9 }));
    const a = new TestPeer(network, 'alice', sockets(1), { role: 'controlling' });
    const b = new TestPeer(network, 'bob', sockets(2), { role: 'controlling' });
    connect(a, b);
    assert.equal(a.sockets[a.agent.selectedPair!.socket]!.address, b.agent.selectedPair!.address);
    assert.notEqual(a.agent.role, b.agent.role);
  }
});
