import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortTermKey } from '../stun/checksum.js';
import { Network } from '../testing/network.js';
import { runFor, runUntil, TestPeer } from '../testing/peer.js';
import { A, B, bothAre, connect, pairOf } from '../testing/scenario.js';
import { writeCheck } from './binding.js';

test('a path that breaks is disconnected after 7.5 to 9 s, and comes back when it works again', () => {
  for (let seed = 0; seed < 10; seed++) {
    const network = new Network(seed);
    const { a, b, peers } = pairOf(network);
    connect(a, b);
    runFor(peers, 20_000 + seed * 100);
    network.block = () => true;
    const begin = network.now;
    runUntil(peers, bothAre(peers, 'disconnected'));
    // Up to 6 s before the break came the last answer.
    assert.ok(network.now - begin >= 1000 && network.now - begin <= 9000, `${network.now - begin}`);
    runFor(peers, 5000);
    network.block = () => false;
    const repaired = network.now;
    runUntil(peers, bothAre(peers, 'completed'));
    assert.ok(network.now - repaired <= 1100);
    assert.deepEqual(a.states.slice(-3), ['disconnected', 'connected', 'completed']);
    assert.equal(a.selections.length, 1);
    assert.equal(a.validated.size, 1);
  }
});

test('single losses do not look like a broken path', () => {
  const network = new Network(1);
  const { a, b, peers } = pairOf(network);
  connect(a, b);
  network.conditions.loss = 0.05;
  runFor(peers, 600_000);
  assert.ok(bothAre(peers, 'completed')());
  assert.ok(!a.states.includes('disconnected') && !b.states.includes('disconnected'));
});

test('consent is lost 30 s after the last answer: failed, invalidated, and nothing more is sent', () => {
  const network = new Network(2);
  const { a, b, peers } = pairOf(network);
  connect(a, b);
  runFor(peers, 10_000);
  network.block = () => true;
  const begin = network.now;
  runUntil(peers, bothAre(peers, 'failed'));
  assert.ok(network.now - begin >= 24_000 && network.now - begin <= 30_100, `${network.now - begin}`);
  assert.deepEqual(a.events.at(-2)!.event, { type: 'invalidated', socket: 0, ...B });
  assert.equal(a.validated.size + b.validated.size, 0);
  assert.equal(a.agent.selectedPair, undefined);
  const sent = network.log.length;
  network.block = () => false;
  runFor(peers, 120_000);
  assert.equal(network.log.length, sent);
});

test('one way blocked: the side whose requests are not answered knows, and both recover when it opens', () => {
  const network = new Network(3);
  const { a, b, peers } = pairOf(network);
  connect(a, b);
  network.block = ({ from }) => from.address === A.address;
  runUntil(peers, () => a.agent.state === 'failed' && b.agent.state === 'failed', 40_000);
  assert.equal(a.validated.size + b.validated.size, 0);
  network.block = () => false;
  // A peer that comes back with a check is answered and checked, as after a long sleep.
  b.agent.addRemoteCandidate(a.candidates[0]!);
  a.agent.restart(network.now, 'alice2', 'x'.repeat(30));
  b.agent.restart(network.now, 'bob2', 'y'.repeat(30));
  a.signal(b, b.candidates, 'y'.repeat(30));
  b.signal(a, a.candidates, 'x'.repeat(30));
  runUntil(peers, bothAre(peers, 'completed'));
});

test('a failed controlled agent is found again by a peer that did not give up', () => {
  const network = new Network(4);
  const server = new TestPeer(network, 'server', [A], { role: 'controlled' });
  const client = new TestPeer(network, 'client', [B], {
    role: 'controlling',
    timing: { consentTimeout: 300_000 },
  });
  connect(server, client);
  network.block = () => true;
  runUntil([server, client], () => server.agent.state === 'failed');
  runFor([server, client], 20_000);
  network.block = () => false;
  runUntil([server, client], bothAre([server, client], 'completed'), 5000);
  assert.deepEqual(server.states.slice(-3), ['failed', 'connected', 'completed']);
  assert.equal(server.validated.size, 1);
});

test('when the selected path dies another one takes over', () => {
  for (const roles of [
    ['controlling', 'controlled'],
    ['controlled', 'controlling'],
  ] as const) {
    const network = new Network(5);
    const a = new TestPeer(network, 'alice', [A, { address: '192.0.2.2', port: 5000 }], { role: roles[0] });
    const b = new TestPeer(network, 'bob', [B], { role: roles[1] });
    connect(a, b);
    assert.equal(a.agent.selectedPair!.socket, 0);
    runFor([a, b], 10_000);
    network.block = ({ from, to }) => from.address === A.address || to.address === A.address;
    runUntil(
      [a, b],
      () => a.agent.selectedPair?.socket === 1 && b.agent.selectedPair?.address === '192.0.2.2',
      15_000,
    );
    runUntil([a, b], bothAre([a, b], 'completed'));
    runFor([a, b], 60_000);
    assert.ok(bothAre([a, b], 'completed')());
    assert.equal(b.validated.size, 1, 'the dead address is forgotten');
  }
});

test('a process that was suspended asks before it gives up', () => {
  const network = new Network(6);
  const { a, b, peers } = pairOf(network);
  connect(a, b);
  network.now += 45_000;
  a.agent.handleTimeout(network.now);
  b.agent.handleTimeout(network.now);
  runFor(peers, 10_000);
  assert.ok(bothAre(peers, 'completed')());
  assert.ok(!a.states.includes('failed'));
});

/** A browser that checks its other pair for a while before it nominates it: eight requests in a second. */
function checksOtherPair(network: Network, server: TestPeer, client: TestPeer, times: number): void {
  for (let i = 0; i < times; i++) {
    const data = writeCheck({
      id: Uint8Array.from({ length: 12 }, () => Math.floor(network.random() * 256)),
      username: Buffer.from(`${server.agent.localUfrag}:${client.agent.localUfrag}`),
      key: shortTermKey(server.pwd),
      priority: 1_845_501_695,
      controlling: true,
      tieBreaker: 2n ** 63n,
      useCandidate: false,
    });
    network.send({ from: B, to: SECOND, data });
    runFor([server, client], 125);
  }
}

const SECOND = { address: '192.0.2.2', port: 5000 };

test('a controlled agent follows a peer that is heard on another path only, before that is nominated', () => {
  for (const delay of [5, 100, 400]) {
    const network = new Network(7, { delay });
    // Neither has anything else that would make it change.
    const timing = { disconnectedAfter: 60_000 };
    const server = new TestPeer(network, 'server', [A, SECOND], { role: 'controlled', timing });
    const client = new TestPeer(network, 'client', [B], { role: 'controlling', timing });
    connect(server, client);
    runFor([server, client], 20_000);
    assert.equal(server.agent.selectedPair!.socket, 0);
    network.block = ({ from, to }) => from.address === A.address || to.address === A.address;
    const begin = network.now;
    runFor([server, client], 3000);
    while (server.agent.selectedPair!.socket === 0 && network.now - begin < 15_000)
      checksOtherPair(network, server, client, 1);
    assert.equal(server.agent.selectedPair!.socket, 1);
    // One check finds out that the pair works, four that the selected one does not.
    const took = network.now - begin - 3000;
    assert.ok(took <= 1000 + 8 * delay, `${took} ms at ${delay} ms`);
    assert.ok(!server.states.includes('disconnected'));
  }
});

test('and does not leave a path that answers, however often another one is checked', () => {
  for (const loss of [0, 0.2]) {
    const network = new Network(8, { delay: 100, jitter: 100 });
    const server = new TestPeer(network, 'server', [A, SECOND], { role: 'controlled' });
    const client = new TestPeer(network, 'client', [B], { role: 'controlling' });
    connect(server, client);
    network.conditions.loss = loss;
    checksOtherPair(network, server, client, 480);
    assert.equal(server.agent.selectedPair!.socket, 0);
    assert.equal(server.selections.length, 1);
  }
});
