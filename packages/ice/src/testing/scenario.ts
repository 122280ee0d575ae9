import type { IceRole, IceState } from '../agent/types.js';
import type { Network } from './network.js';
import { runUntil, TestPeer } from './peer.js';

export const A = { address: '192.0.2.1', port: 5000 };
export const B = { address: '198.51.100.1', port: 6000 };

/** Two peers with one socket each. */
export function pairOf(network: Network, roleA: IceRole = 'controlling', roleB: IceRole = 'controlled') {
  const a = new TestPeer(network, 'alice', [A], { role: roleA });
  const b = new TestPeer(network, 'bob', [B], { role: roleB });
  return { a, b, peers: [a, b] };
}

export function bothAre(peers: readonly TestPeer[], state: IceState): () => boolean {
  return () => peers.every(({ agent }) => agent.state === state);
}

/** Signals both ways, starts both and waits until both are through. */
export function connect(a: TestPeer, b: TestPeer): void {
  a.signal(b);
  b.signal(a);
  a.start();
  b.start();
  runUntil([a, b], bothAre([a, b], 'completed'));
}
